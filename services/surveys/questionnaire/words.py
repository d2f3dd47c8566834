"""What respondents are told, in plain English: what becomes of their answer, and what that rules out. Pure."""

from services.surveys.questionnaire.document import Survey
from shared.writing.counting import number_of

_MODES = {
    "named": (
        "Your answer is kept with your name, and may be published with it. Until the survey closes you can change, "
        "withdraw or read your answer."
    ),
    "confidential": (
        "The Attendance Team can see who gave each answer. What we publish never names you. Until the survey closes "
        "you can change, withdraw or read your answer."
    ),
    "anonymous": (
        "We keep your answer apart from your name. We know that you have answered, but not what you said. So once you "
        "have sent it, you cannot change or withdraw it, and we cannot give you a copy. Please do not write anything "
        "that shows who you are. Until other people have answered too, your answer stays unread with your invitation."
    ),
}
_SAVED = {
    "named": "You can save your answers and continue later with the same link, until the survey closes.",
    "confidential": "You can save your answers and continue later with the same link, until the survey closes.",
    "anonymous": (
        "You can save your answers and continue later with the same link. Saved answers are kept with your invitation, "
        "so they are not anonymous until you send them. Then we delete the saved copy. If you do not want this, do "
        "not save."
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
