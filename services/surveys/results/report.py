"""Published results as a page that anybody can read: how many, who, how long, and each question with its bars. Pure."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from services.surveys.results.charts import bars
from services.surveys.results.rates import percent
from shared.time.clock import in_words
from shared.writing.counting import number_of
from shared.writing.paper import Page, Section

_HIDDEN = "not shown"
_DIMENSIONS = {"group": "By group", "district": "By district", "phase": "By phase", "who": "By who answered"}


def report(shown: dict[str, Any], loop: Sequence[Section] = ()) -> Page:
    """The report; `loop` are the sections of “you said, we did”, if there are any."""
    least = shown["least_shown"]
    lead = [
        f"{shown['respondents']} answers; {shown['answered']} of {shown['invited']} invited answered officially "
        f"({percent(shown['answered'], shown['invited'])}).",
        f"The survey {shown['window']['opening'].replace('opens', 'opened')} and {shown['window']['closed']}. "
        f"Results of {in_words(date.fromisoformat(shown['day']))}.",
    ]
    if least > 1:
        lead.append(f"Counts of fewer than {least} people are not shown, nor figures that would reveal them.")
    if shown["editions"] > 1:
        lead.append(
            f"The survey has {shown['editions']} versions. Each answer is counted under the version it was given to."
        )
    sections = [_time(shown), _how(shown), *_rates(shown["rates"]), *(_item(item) for item in shown["items"])]
    sections += [
        Section(each["title"], rows=(("Half of the answers are at most", f"{each['median']}"),))
        for each in shown["numbers"]
    ]
    return Page(
        f"Results: {shown['title']}", tuple(lead), tuple(each for each in (*loop, *sections) if each is not None)
    )


def _time(shown: dict[str, Any]) -> Section | None:
    time = shown["time"]
    if time is None:
        return None
    rows = [
        ("Half took at most", number_of(time["median"], "minute")),
        ("Nine in ten took at most", number_of(time["ninetieth"], "minute")),
    ]
    if time["promise"] is not None:
        kept = "kept" if time["median"] <= time["promise"] else "not kept"
        rows.append(
            ("Promised", f"no longer than {number_of(time['promise'], 'minute')}: {kept} for half of the respondents")
        )
    return Section("How long it took", rows=tuple(rows))


def _how(shown: dict[str, Any]) -> Section:
    rows = [(_CHANNELS[name], _count(count)) for name, count in shown["channels"].items() if count != 0]
    rows.append(("No comments", _count(shown["nothing_to_say"])))
    return Section("How answers were sent", rows=tuple(rows))


_CHANNELS = {
    "link": "Online",
    "email": "By email, entered by staff",
    "phone": "By phone, entered by staff",
    "letter": "By letter, entered by staff",
}


def _rates(rates: dict[str, Any]) -> list[Section]:
    found = []
    for dimension, groups in rates.items():
        rows = tuple((each["group"], _rate(each)) for each in groups)
        if rows:
            found.append(Section(f"Who answered: {_DIMENSIONS[dimension].lower()}", rows=rows))
    return found


def _rate(group: dict[str, Any]) -> str:
    if group["answered"] is None:
        return f"{group['invited']} invited; answers {_HIDDEN}"
    return f"{group['answered']} of {group['invited']} ({percent(group['answered'], group['invited'])})"


def _item(item: dict[str, Any]) -> Section:
    counts = list(zip(item["columns"], item["counts"], strict=True))
    total = None if None in item["counts"] else sum(item["counts"])
    rows = [(label, _share(count, total)) for label, count in counts]
    for dimension, groups in item["by"].items():
        for group in groups:
            if group["respondents"] is not None and any(count is not None for count in group["counts"]):
                shown_counts = "; ".join(
                    f"{label}: {_count(count)}" for label, count in zip(item["columns"], group["counts"], strict=True)
                )
                rows.append((f"{_DIMENSIONS[dimension]}, {group['group']} ({group['respondents']})", shown_counts))
    lines = (item["note"],) if "note" in item else ()
    return Section(item["title"], lines, tuple(rows), bars(item["title"], counts))


def _share(count: int | None, total: int | None) -> str:
    if count is None:
        return _HIDDEN
    return f"{count} ({percent(count, total)})" if total else str(count)


def _count(count: int | None) -> str:
    return _HIDDEN if count is None else str(count)
