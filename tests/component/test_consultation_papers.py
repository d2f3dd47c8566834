"""What a consultation leaves on paper: the integrity export, the report, the exports; and that a change shows."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from services.surveys.results.charts import as_png, bars
from services.surveys.results.integrity import as_page, broken, changed_since
from services.surveys.results.report import report
from services.surveys.results.themes import you_said
from shared.contracts.surveys import AddPaper, DisposeComment, Invite, PublishResults, RecordExport, RecordTheme
from shared.store.documents import Store
from shared.writing.paper import as_html, as_pdf, as_text
from shared.writing.tables import as_csv
from tests.surveying import Surveying, example, surveying

NOON = datetime(2024, 4, 30, 11, tzinfo=UTC)


@pytest.fixture
async def surveys(store: Store) -> AsyncIterator[Surveying]:
    async with surveying(store, NOON) as service:
        yield service


@pytest.fixture
async def consultation(surveys: Surveying) -> str:
    """The code of conduct's consultation, with answers, a decision and a theme."""
    reference = await surveys.invited(example("code-of-conduct"), 10)
    await surveys.do(AddPaper, survey=reference, name="Draft code", label="draft v3", sha256="a" * 64, size=140_000)
    police = {"name": "PC Gurney", "email": "gurney@police.example.org", "group": "police", "official": True}
    await surveys.do(Invite, survey=reference, recipients=[police])
    await surveys.timers()
    for number, invitation in enumerate(await surveys.invitations(reference)):
        if number < 9:
            await surveys.answers(invitation, {"overall": 4, "comments": f"=SUM(A1) comment {number}"}, minutes=4)
    running = await surveys.running(reference)
    comment = (await surveys.reading.comments(running))[0][0].reference
    decided = {"outcome": "accepted", "reason": "It is right.", "clause": "4.2"}
    await surveys.do(DisposeComment, survey=reference, comment=comment, **decided)
    theme = {
        "title": "More time",
        "said": "Ten days are too short.",
        "count": 9,
        "decision": "Fifteen.",
        "clause": "4.2",
    }
    await surveys.do(RecordTheme, survey=reference, **theme)
    return reference


async def entries(surveys: Surveying, reference: str) -> list[dict[str, Any]]:
    return await surveys.reading.integrity(await surveys.running(reference))


async def test_the_export_holds_everything_and_is_whole(surveys: Surveying, consultation: str) -> None:
    found = await entries(surveys, consultation)
    assert broken(found) == []
    kinds = {
        kind: [each["what"] for each in found if each["kind"] == kind] for kind in {each["kind"] for each in found}
    }
    assert {"published", "opened", "invited", "paper_added"} <= set(kinds["survey"])
    assert kinds["consultee"].count("invited") == 11
    assert kinds["consultee"].count("responded") == 9
    assert len(kinds["answer"]) == 9
    assert len(kinds["disposition"]) == len(kinds["theme"]) == len(kinds["edition"]) == 1
    assert [each["at"] for each in found] == sorted(each["at"] for each in found)


@pytest.mark.parametrize("how", ["changed", "removed", "added", "swapped"])
async def test_whatever_is_done_to_an_export_shows(surveys: Surveying, consultation: str, how: str) -> None:
    found = json.loads(json.dumps(await entries(surveys, consultation)))
    place = next(n for n, each in enumerate(found) if each["kind"] == "disposition")
    if how == "changed":
        found[place]["outcome"] = "not_accepted"
    elif how == "removed":
        del found[place]
    elif how == "added":
        found.insert(place, {**found[place]})
    else:
        found[place - 1], found[place] = found[place], found[place - 1]
    assert broken(found)


async def test_a_later_export_still_says_what_an_earlier_said_and_a_change_in_the_store_shows(
    surveys: Surveying, consultation: str
) -> None:
    earlier = await entries(surveys, consultation)
    await surveys.do(RecordExport, survey=consultation, head=earlier[-1]["hash"], entries=len(earlier))
    later = await entries(surveys, consultation)
    assert len(later) == len(earlier) + 1
    assert changed_since(earlier, later) == []
    collection = surveys.store["dispositions"]
    [decision] = await collection.find({})
    history = [{**decision["history"][0], "outcome": "not_accepted"}]
    await collection.set_all({"_id": decision["_id"]}, {"history": history})
    [problem] = changed_since(earlier, await entries(surveys, consultation))
    assert "(decided) is not in the store as it was then" in problem


async def test_the_export_can_be_read_by_people(surveys: Surveying, consultation: str, tmp_path: Path) -> None:
    found = await entries(surveys, consultation)
    page = as_page("The code of conduct", found)
    assert page.sections[0].heading == "What was decided"
    file = tmp_path / "integrity.pdf"
    file.write_bytes(as_pdf(page, NOON))
    text = "".join(each.extract_text() for each in PdfReader(file).pages)
    assert found[-1]["hash"][:40] in "".join(text.split())
    assert "Fifteen." in text


async def test_the_report_has_a_chart_beside_every_table_and_names_nobody(
    surveys: Surveying, consultation: str, tmp_path: Path
) -> None:
    surveys.clock.instant = datetime(2024, 5, 18, tzinfo=UTC)
    await surveys.timers(40)
    await surveys.do(PublishResults, survey=consultation)
    running = await surveys.running(consultation)
    shown = await surveys.reading.results(running, now=False)
    page = report(shown, you_said(await surveys.reading.themes(running), 5))
    written = as_html(page)
    assert written.count("<svg") == len(shown["items"])
    assert written.count("<title>") == len(shown["items"]) + 1
    assert "Bar chart. How far do you agree" in written
    assert "We did: Fifteen." in as_text(page)
    assert "School 1" not in written
    file = tmp_path / "report.pdf"
    file.write_bytes(as_pdf(page, NOON))
    assert "9 of 11" in "".join(each.extract_text() for each in PdfReader(file).pages)


async def test_exports_keep_free_text_from_names_and_run_nothing(surveys: Surveying, consultation: str) -> None:
    running = await surveys.running(consultation)
    rows, columns = await surveys.reading.answers(running)
    assert len(rows) == 9
    assert not {"comments", "papers", "name"} & set(columns)
    texts = await surveys.reading.texts(running)
    assert all(set(each) == {"question", "text"} for each in texts)
    assert "\"'=SUM(A1)" in as_csv(texts, ("question", "text")) or "'=SUM(A1)" in as_csv(texts, ("question", "text"))
    names = await surveys.reading.respondents(running)
    assert {each["response"] for each in names} == {row["response"] for row in rows}
    assert not any("comment" in str(value) for each in names for value in each.values())


def test_a_chart_is_drawn_to_scale_says_what_it_shows_and_escapes_what_it_is_told() -> None:
    figure = bars("A <b>?", [("yes & no", 20), ("no", 10), ("few", None)])
    assert figure.says == "Bar chart. A <b>?: yes & no 20; no 10; few not shown"
    assert "A &lt;b&gt;?" in figure.svg
    widths = [
        float(part.split('"')[0]) for part in figure.svg.split("<rect")[1:] for part in [part.split('width="')[1]]
    ]
    assert widths == [330.0, 165.0]
    assert as_png(figure).startswith(b"\x89PNG")
