"""Why a message is not accepted: for good, because its speaker may not say it, or because it came too early. Pure."""


class Permanent(Exception):
    """This message can never succeed as it is. The text is shown to people: it must hold no personal data."""


class Forged(Permanent):
    """Its publisher may not send this message, or its details contradict each other: it has no effect."""


class NotYetKnown(Exception):
    """The subject of this message is not known yet: it waits on the retry ladder, and is finally parked.

    The text is shown to people: it must hold no personal data.
    """
