"""How a case stands, in the few facts that gauges count over all cases. Pure."""

from typing import Any

from services.notices.casefile.file import CaseFile


def standing(file: CaseFile) -> dict[str, Any]:
    """What is kept beside a case for counting: its state and since when, its open notices, what waits for a person.

    A prompt is open until a person has acted on what it was about.
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
