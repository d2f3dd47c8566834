"""The documents do not lie: what they tell somebody to type exists, links lead somewhere, no alert is left out."""

import re
import shlex
from collections import Counter
from itertools import groupby
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from services.cli import app
from tests.contracts.typed import ROOT, NotThere, blocks, check, inline

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
OPERATIONS = ROOT / "docs" / "operations.md"
name_of = {"ids": lambda page: str(page.relative_to(ROOT))}


@pytest.mark.parametrize("page", PAGES, **name_of)
def test_every_command_of_a_page_exists(page: Path) -> None:
    text = page.read_text()
    for line in [*blocks(text), *inline(text)]:
        check(line)


@pytest.mark.parametrize("page", PAGES, **name_of)
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        if re.match(r"[a-z]+:", link):
            continue
        file, _, heading = link.partition("#")
        there = page.parent / file if file else page
        assert there.exists(), link
        assert not heading or heading in anchors(there), link


def anchors(page: Path) -> set[str]:
    """The names by which headings of a page are linked to."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.M)
    return {re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


def test_shell_is_marked_as_shell_so_that_it_is_checked() -> None:
    for page in PAGES:
        for language, block in re.findall(r"^ *```(\w*)\n(.*?)^ *```", page.read_text(), re.S | re.M):
            first = re.match(r"(make|everyday|kubectl|docker|\.venv/bin/\w+) ", block.strip())
            assert language == "sh" or not first, f"{page.name}: write ```sh before {block.splitlines()[0]}"


@pytest.mark.parametrize("walk", ["register", "payment", "booking", "answer"])
def test_a_walk_on_the_map_seldom_returns_to_a_room_that_it_has_left(walk: str) -> None:
    [told] = re.findall(
        rf"^## An? {walk}$(.*?)(?=^## |\Z)", (ROOT / "docs" / "architecture.md").read_text(), re.M | re.S
    )
    entered = [room for room, _ in groupby(Path(file).parent for file in re.findall(r"\]\(([\w./]+\.py)\)", told))]
    assert len(entered) - len(set(entered)) <= 8
    if walk == "register":
        assert max(Counter(entered).values()) <= 2


def test_the_page_on_operations_says_whom_to_call_for_every_alert() -> None:
    rules = [yaml.safe_load(path.read_text()) for path in (ROOT / "deploy" / "alerts").glob("*.yaml")]
    alerts = {
        rule["alert"]: rule["labels"]["severity"]
        for file in rules for group in file["groups"] for rule in group["rules"] if "alert" in rule
    }  # fmt: skip
    rows = re.findall(r"^\| \[(\w+)\]\(runbooks/(\w+)\.md\) \| (\w+) \| \w.* \|$", OPERATIONS.read_text(), re.M)
    assert {alert: severity for alert, runbook, severity in rows if alert == runbook} == alerts


def test_every_secret_of_the_production_overlay_is_named_on_the_page() -> None:
    overlay = ROOT / "deploy" / "k8s" / "overlays" / "production"
    text = OPERATIONS.read_text()
    for file in ("secrets.yaml", "rabbitmq-identities.yaml", "mongodb-passwords.yaml"):
        for resource in yaml.safe_load_all((overlay / file).read_text()):
            for each in resource["spec"].get("data", ()):
                row = next(line for line in text.splitlines() if f"`{each['remoteRef']['key']}`" in line)
                assert each["remoteRef"]["property"] in re.findall(r"\w+", row), each


@pytest.mark.parametrize(
    "line",
    [
        "everyday ded list", "everyday dead liszt", "everyday logs --evnt x", "everyday logs --event never_said",
        "make nothing", "make run FLIE=x", "kubectl destroy x", "kubectl logs deployment/notes",
        "kubectl delete job topologie",
        "kubectl apply -k deploy/k8s/overlays/productoin",
        "kubectl exec deployment/operator -- python -m services.cli ded",
        ".venv/bin/python -m deploy.nothing", "frobnicate x", "cat x | everyday ded list", "make up && make dwon",
    ],
)  # fmt: skip
def test_a_command_that_does_not_exist_is_found(line: str) -> None:
    with pytest.raises(NotThere):
        check(line)


def test_the_commands_of_a_page_are_found_in_blocks_and_in_sentences() -> None:
    block = "   ```sh\n   make down    # and wait\n   # alone\n   ```"
    text = f"Type `make up` or\n\n{block}\n\n`everyday\ncases`, not `makefile`.\n"
    assert [*blocks(text), *inline(text)] == ["make down", "make up", "everyday cases"]


@pytest.mark.parametrize("line", ["cases states", "messages states", "templates list", "policy show", "notice --help"])
def test_a_command_that_needs_no_stack_does_what_the_page_says(line: str) -> None:
    assert CliRunner().invoke(app, shlex.split(line)).exit_code == 0
