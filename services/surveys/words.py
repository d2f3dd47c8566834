"""What respondents are told, in plain English: what becomes of their answer, and what is lost by it. Pure."""

from services.surveys.document import Survey
from shared.counting import number_of

_MODES = {
    "named": (
        "Your answer is kept with your name, and may be published with it. Until it closes you can change or withdraw "
        "it, and read it again by its reference."
    ),
    "confidential": (
        "The Attendance Team sees who gave your answer; what is published never names you. Until it closes you can "
        "change or withdraw it, and read it again by its reference."
    ),
    "anonymous": (
        "Your answer is kept apart from your name: we know that you have answered, not what. This is why, once it is "
        "sent, we can neither change nor withdraw it, nor give you a copy or a reference of it. Please write nothing "
        "that says who you are. Until others have answered too, your answer rests, unread, with your invitation."
    ),
}
_SAVED = {
    "named": "You can save your answers and go on later by the same link, until it closes.",
    "confidential": "You can save your answers and go on later by the same link, until it closes.",
    "anonymous": (
        "You can save your answers and go on later by the same link. What you save is kept with your invitation, so it "
        "is not anonymous until you send it; then the saved copy is removed. Do not save if you do not want that."
    ),
}


def mode_words(survey: Survey) -> str:
    """What becomes of an answer."""
    return _MODES[survey.mode]


def saving_words(survey: Survey) -> str:
    """What becomes of answers that are saved and not yet sent."""
    return _SAVED[survey.mode]


def promise_words(survey: Survey) -> str | None:
    """Such as: takes no longer than 10 minutes."""
    if survey.promise_minutes is None:
        return None
    return f"takes no longer than {number_of(survey.promise_minutes, 'minute')}"
