"""What `make audit` says: weaknesses by name, and never that all is well when nobody could be asked."""

import json

import pytest

from deploy.audit import NOBODY_ANSWERED, report


def answer(*weaknesses: str) -> str:
    found = [{"id": each, "fix_versions": ["2.0"]} for each in weaknesses]
    return json.dumps({"dependencies": [{"name": "orjson", "version": "1.0", "vulns": found}], "fixes": []})


def test_nothing_known_is_fine(capsys: pytest.CaptureFixture[str]) -> None:
    assert report(answer(), "") == 0
    assert "1 packages were asked about" in capsys.readouterr().out


def test_a_weakness_is_named_with_what_mends_it_and_fails(capsys: pytest.CaptureFixture[str]) -> None:
    assert report(answer("PYSEC-1"), "") == 1
    assert "orjson 1.0: PYSEC-1, mended in 2.0" in capsys.readouterr().out


@pytest.mark.parametrize("said", ["", "{}", "connection refused"])
def test_no_answer_is_a_failure_and_is_said_plainly(said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert report(said, "ERROR: could not\nconnect") == NOBODY_ANSWERED
    assert "nobody could be asked, so nothing is known: ERROR: could not connect" in capsys.readouterr().out
