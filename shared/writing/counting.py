"""Numbers of things as people say them."""


def number_of(number: float, what: str, many: str = "") -> str:
    """Such as 1 session, 2 sessions, 1 person, 3,000 people, 2.5 hours."""
    return f"{number:,.10g} {what if number == 1 else many or what + 's'}"
