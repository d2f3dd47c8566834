"""Money as people write it at the command line: pounds. Contracts and stores keep pence."""

import re

_WRITTEN = re.compile(r"£?\s*(?P<pounds>[0-9]{1,3}(,[0-9]{3})+|[0-9]+)(\.(?P<pence>[0-9]{2}))?")
_FARTHEST = 1_000_000  # pounds: more than anybody pays here, so probably a typing mistake


def read_pounds(text: str) -> int:
    """Pence from pounds as people write them: `80`, `£80`, `80.00`, `£1,080.00`.

    Raises:
        ValueError: it is not written like that. The text says how to write it.
    """
    written = _WRITTEN.fullmatch(text.strip())
    if written is None or (pounds := int(written["pounds"].replace(",", ""))) > _FARTHEST:
        raise ValueError("write pounds, such as 80, £80, 80.00 or £1,080.00")
    return pounds * 100 + int(written["pence"] or 0)
