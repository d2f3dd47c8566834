import json
from pathlib import Path

import pytest
import typer

from shared.cli.output import BAD_INPUT
from shared.cli.places import Places, places

LOCAL = {"amqp": "amqp://local", "mongo": "mongodb://local", "clock_file": "/stack/clock.json"}


@pytest.fixture(autouse=True)
def _nothing_in_the_environment(monkeypatch, tmp_path):
    for name in ("AMQP_URL", "MONGO_URL", "CLOCK_FILE", "OFFICERS"):
        monkeypatch.delenv(f"EVERYDAY_{name}", raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def local_stack(tmp_path) -> Path:
    file = tmp_path / ".local" / "stack.json"
    file.parent.mkdir()
    file.write_text(json.dumps(LOCAL))
    return file


def test_the_nearest_local_stack_is_found_from_a_folder_within(local_stack, monkeypatch, tmp_path):
    within = tmp_path / "a" / "b"
    within.mkdir(parents=True)
    monkeypatch.chdir(within)
    assert places() == Places("amqp://local", "mongodb://local", Path("/stack/clock.json"))


def test_the_environment_comes_first_and_leaves_out_the_local_stacks_clock(local_stack, monkeypatch):
    monkeypatch.setenv("EVERYDAY_AMQP_URL", "amqp://elsewhere")
    assert places() == Places("amqp://elsewhere", "mongodb://local", None)


def test_an_environment_that_names_the_local_stack_keeps_its_clock(local_stack, monkeypatch):
    monkeypatch.setenv("EVERYDAY_AMQP_URL", LOCAL["amqp"])
    assert places().clock_file == Path("/stack/clock.json")


def test_a_local_stacks_authority_signs_for_its_own_stack_alone(local_stack, monkeypatch):
    local_stack.write_text(json.dumps({**LOCAL, "officers": "/stack/officers"}))
    here = places()
    assert (here.authority, here.officers) == (Path("/stack/officers"), Path("/stack/officers/officers.json"))
    monkeypatch.setenv("EVERYDAY_AMQP_URL", "amqp://elsewhere")
    assert (places().authority, places().officers) == (None, None)
    monkeypatch.setenv("EVERYDAY_OFFICERS", "/run/officers.json")
    assert (places().authority, places().officers) == (None, Path("/run/officers.json"))


def test_a_clock_file_of_the_environment_is_taken(monkeypatch):
    monkeypatch.setenv("EVERYDAY_AMQP_URL", "amqp://a")
    monkeypatch.setenv("EVERYDAY_MONGO_URL", "mongodb://a")
    monkeypatch.setenv("EVERYDAY_CLOCK_FILE", "/c.json")
    assert places() == Places("amqp://a", "mongodb://a", Path("/c.json"))


def test_without_a_stack_it_says_what_to_do(capsys):
    with pytest.raises(typer.Exit) as ended:
        places()
    assert ended.value.exit_code == BAD_INPUT
    assert "make up" in capsys.readouterr().err


def test_who_needs_the_broker_alone_is_asked_for_no_store(monkeypatch, capsys):
    monkeypatch.setenv("EVERYDAY_AMQP_URL", "amqp://a")
    assert places("amqp") == Places("amqp://a", "", None)
    with pytest.raises(typer.Exit):
        places()
    assert "set EVERYDAY_MONGO_URL" in capsys.readouterr().err


def test_a_spoilt_stack_file_is_bad_input_and_no_traceback(local_stack):
    local_stack.write_text("{")
    with pytest.raises(typer.Exit) as ended:
        places()
    assert ended.value.exit_code == BAD_INPUT
