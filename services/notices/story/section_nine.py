"""The statement of the officer who certifies the bundle, in the form that section 9 wants. Pure.

Criminal Justice Act 1967 s.9(2)(b) and (3A), and Criminal Procedure Rules 2020 r.16.2: a written statement is evidence
if it is signed, declares that it is true to the best of the maker's knowledge and belief and that they made it knowing
that they would be liable to prosecution if they wilfully stated in it anything that they knew to be false or did not
believe to be true, and says their age where they are under 18.
"""

from shared.writing.paper import Section

_DECLARATION = (
    "This statement is true to the best of my knowledge and belief and I make it knowing that, if it is tendered in "
    "evidence, I shall be liable to prosecution if I have wilfully stated in it anything which I know to be false, or "
    "do not believe to be true."
)
_BLANK = "……………………………………"


def statement(authority: str, child: str, parent: str, sessions: str, pages: tuple[str, ...]) -> tuple[Section, ...]:
    """For a person to read, correct and sign; the system signs none of it."""
    exhibits = ", ".join(pages)
    lines = (
        f"I am employed by {authority}. I make this statement from its records. They are kept in the course of its "
        "work by people who have, or may reasonably be supposed to have, personal knowledge of what they recorded.",
        f"{parent} is named in those records as a parent of {child}. The school's registers show {sessions} on which "
        f"{child} was absent without authority. They are listed under “Certificate of attendance”.",
        f"I produce the parts of this bundle as exhibits: {exhibits}.",
        _DECLARATION,
    )
    maker = (
        ("Statement of", _BLANK),
        ("Age if under 18", f"(if over 18, write “over 18”) {_BLANK}"),
        ("Occupation", _BLANK),
    )
    return (
        Section("Witness statement (Criminal Justice Act 1967, section 9)", lines, maker),
        Section("Signature of the witness", rows=(("Signed", _BLANK), ("Date", _BLANK))),
    )
