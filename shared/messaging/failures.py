"""Why a message is not taken: for good, because its speaker may not say it, or because it came too early. Pure."""


class Permanent(Exception):
    """This message can never succeed as it stands. The text is shown to people: it must hold no personal data."""


class Forged(Permanent):
    """Who published this message may not say it, or what it says of itself does not agree: it has no effect."""


class NotYetKnown(Exception):
    """What this message is about has not been heard of yet: it waits on the retry ladder, and is parked in the end.

    The text is shown to people: it must hold no personal data.
    """
