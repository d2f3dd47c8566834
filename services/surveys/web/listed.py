"""Every page of surveys. Pure."""

from shared.web.registry import Listed

LONGEST = 200_000  # bytes: the longest letter in every question would be refused, a long one in several is not

PAGES = (
    Listed("/answer/{token}", "link", "what a survey asks and what becomes of an answer; the receipt of one"),
    Listed("/answer/{token}/questions/{step}", "link", "a question, or all of them", form=True, longest=LONGEST),
    Listed("/answer/{token}/check", "link", "one's answers, to be checked and sent", form=True, longest=LONGEST),
    Listed("/answer/{token}/saved", "link", "that answers are saved, and how to come back"),
    Listed("/answer/{token}/nothing", "link", "a nil return, to be sent", form=True),
    Listed("/answer/{token}/withdraw", "link", "one's answer, to be changed or withdrawn", form=True),
    Listed("/copy/{token}", "link", "one's own answer, to keep"),
    Listed("/results/{token}", "link", "published results, small numbers protected, and “you said, we did”"),
    Listed("/preview/{token}", "link", "a survey as its respondents will see it, for its authors"),
    Listed("/preview/{token}/questions/{step}", "link", "its questions", form=True, longest=LONGEST),
    Listed("/preview/{token}/check", "link", "where its answers would be checked", form=True, longest=LONGEST),
)
