"""Policies are data: versions by date, every value cited, and a file that is wrong is told what to mend."""

import re
from datetime import date
from importlib import resources
from pathlib import Path

import pytest

from services.notices.attendance.policy import PolicyInvalid, policies, policies_of, read_policy, shipped

TEXT = resources.files("services.notices").joinpath("policies/norfolk-2024.toml").read_text("utf-8")


def test_the_shipped_policy_is_norfolks_with_a_source_for_every_value() -> None:
    [policy] = shipped().versions
    assert (policy.threshold.sessions, policy.threshold.weeks) == (10, 10)
    assert (policy.fee(1).discounted, policy.fee(1).full, policy.fee(2).full) == (8000, 16000, 16000)
    assert policies(None) is shipped()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (TEXT.replace("sessions = 10", 'sessions = "ten"', 1), r"threshold\.sessions: .*integer"),
        (TEXT.replace("sessions = 10", "sesions = 10", 1), r"threshold\.sesions: Extra inputs"),
        (TEXT.replace('"limit" = ', '"limits" = ', 1), r"sources: say where \[limit\]"),
        (TEXT.replace('["G", "N", "O", "U"]', '["G", "N", "O", "ZZ"]'), r"not in \[codes\]: ZZ"),
        (TEXT.replace('blocking_codes = ["N"]', 'blocking_codes = ["I"]'), "only a code that counts can block"),
        (TEXT.replace("shortest_weeks = 3", "shortest_weeks = 9"), "shortest_weeks must not be more"),
        (TEXT.replace("discount_days = 21\n", "", 1), "a discount has an amount and days"),
        (TEXT.replace("sequence = 2", "sequence = 1", 1), "one entry for the first notice"),
        ("id = [", "this is not TOML"),
    ],
)
def test_a_policy_that_is_wrong_names_file_field_and_fix(wrong: str, said: str) -> None:
    with pytest.raises(PolicyInvalid, match=said) as caught:
        read_policy(wrong, "ours.toml")
    assert "ours.toml" in str(caught.value)


def test_another_authority_brings_its_own_versions_and_the_day_chooses(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(TEXT.replace('id = "norfolk-2024"', 'id = "suffolk-1"'))
    later = re.sub(r"effective_from = .*", "effective_from = 2026-09-01", TEXT).replace("full = 16000", "full = 20000")
    (tmp_path / "b.toml").write_text(later.replace('id = "norfolk-2024"', 'id = "suffolk-2"'))
    ours = policies_of(tmp_path)
    told = [ours.on(day).id for day in (date(2020, 1, 1), date(2026, 8, 31), date(2026, 9, 1))]
    assert told == ["suffolk-1", "suffolk-1", "suffolk-2"]
    assert ours.on(date(2027, 1, 1)).fee(1).full == 20000
    assert not ours.counts("O", date(2024, 8, 18))
    assert ours.counts("O", date(2024, 8, 19))


def test_two_versions_of_one_day_or_none_at_all_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PolicyInvalid, match="no policy"):
        policies_of(tmp_path)
    for name in ("a", "b"):
        (tmp_path / f"{name}.toml").write_text(TEXT)
    with pytest.raises(PolicyInvalid, match="same day"):
        policies_of(tmp_path)
