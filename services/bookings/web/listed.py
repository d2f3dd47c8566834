"""Every page of bookings. Pure."""

from shared.web.registry import Listed

_LONGEST = 80_000  # bytes: what is written may be of signs that take twelve each

PAGES = (
    Listed("/meetings", "anybody", "meetings and webcasts that can be booked"),
    Listed("/meetings/{meeting}", "anybody", "a meeting: what, for whom, when, where, whether there is room"),
    Listed("/meetings/{meeting}/book", "anybody", "who is coming, the check, the booking", form=True, longest=_LONGEST),
    Listed("/booked/{token}", "link", "what came of a booking"),
    Listed("/join/{token}", "link", "the way into a webcast, while it is open", form=True, leads_out=True),
    Listed("/cancel/{token}", "link", "a booking, to be cancelled", form=True),
    Listed("/offer/{token}", "link", "a place on offer, to be taken or left to the next", form=True),
    Listed("/still-coming/{token}", "link", "a meeting that has changed, and whether one still comes", form=True),
    Listed("/evaluate/{token}", "link", "the meeting's questions on how it was", form=True, longest=_LONGEST),
    Listed("/calendar/{token}", "link", "the diary entry, as a file"),
    Listed("/certificate/{token}", "link", "one's own certificate of attendance, as PDF"),
    Listed("/certificates/{code}", "anybody", "whether a certificate is genuine"),
)
