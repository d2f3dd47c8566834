"""How a case stands, in the few facts that are counted over all cases. Pure."""

from typing import Any

from services.notices.casefile.casefile import CaseFile


def standing(file: CaseFile) -> dict[str, Any]:
    """What is kept beside a case for counting: since when its state is, its open notices, and what waits for a person.

    A prompt is open as long as a person has not acted on what an officer was prompted about.
    """
    notices = file.notices.values()
    asked = [notice for notice in notices if notice.waits_for]
    request = file.state == "requested" and file.request is not None and bool(file.request.prompted)
    improvement = file.state == "nti_monitoring" and file.improvement is not None and bool(file.improvement.prompted)
    return {
        "since": file.since,
        "open": [
            {"state": notice.state, "since": notice.since.isoformat(), "issued_on": notice.issued_on.isoformat()}
            for notice in notices
            if notice.state != "closed"
        ],
        "prompts": len(asked) + request + improvement,
    }
