"""A misspelt state or move fails mypy, for every machine: compared, set, put into a set, walked, asked of the store."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MACHINES = (
    ("services.notices.casefile.case_states", "CASE", "CaseState"),
    ("services.notices.casefile.notice_states", "NOTICE", "NoticeState"),
    ("services.notifications.deliveries.delivery", "DELIVERY", "DeliveryState"),
    ("services.notifications.deliveries.intent", "INTENT", "IntentState"),
    ("services.bookings.places.states", "BOOKING", "BookingState"),
    ("services.surveys.answers.states", "SURVEY", "SurveyState"),
    ("services.surveys.answers.states", "INVITATION", "InvitationState"),
)
USES = (
    'state == "{0}"',
    'state = "{0}"',
    'some: frozenset[{2}] = frozenset({{{1}.start, "{0}"}})',
    '{1}.after(state, "{0}")',
    '{1}.after(state, next(iter({1}.moves[state])), "{0}")',
    '{1}.of({{}}) == "{0}"',
    '{1}.among("{0}")',
    '{1}.put("{0}")',
)


@pytest.mark.timeout(120)
def test_mypy_refuses_each_use_of_a_misspelt_state(tmp_path: Path) -> None:
    wrong = []
    for number, (module, machine, states) in enumerate(MACHINES):
        wrong += [f"from {module} import {machine}, {states}", f"def use{number}(state: {states}) -> None:"]
        wrong += [f"    {use.format('misspelt', machine, states)}" for use in USES]
    program = tmp_path / "program.py"
    program.write_text("\n".join(wrong) + "\n")
    said = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache"), str(program)],
        cwd=ROOT, env={"MYPYPATH": str(ROOT), "PATH": ""}, capture_output=True, text=True, check=False,
    ).stdout  # fmt: skip
    refused = {int(line.split(":")[1]) for line in said.splitlines() if ": error: " in line}
    uses = {number for number, line in enumerate(wrong, start=1) if "misspelt" in line}
    assert refused == uses, said
