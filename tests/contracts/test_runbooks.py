"""A runbook has its parts; that its commands exist, and its links lead somewhere, is held by test_docs.py."""

import re
from pathlib import Path

import pytest

from tests.contracts.test_metrics import RUNBOOKS

PAGES = sorted(RUNBOOKS.glob("Everyday*.md"))
HEADINGS = [
    "What it means", "Whom it hurts", "First three commands", "How to mend", "How to replay safely",
    "When to stop sending",
]  # fmt: skip
ids = {"ids": lambda path: path.stem}


@pytest.mark.parametrize("page", PAGES, **ids)
def test_a_runbook_has_its_parts_and_three_first_commands(page: Path) -> None:
    text = page.read_text()
    assert text.startswith(f"# {page.stem}\n")
    assert re.findall(r"^## (.*)$", text, re.M) == HEADINGS
    assert len(re.findall(r"```sh\n(.*?)```", text, re.S)[0].splitlines()) == 3
