"""What a process writes to its log: one JSON object a line, whatever is in it, and no text of an exception."""

import json
import subprocess
import sys

import pytest

from shared.observing.telemetry import opaque
from shared.version import VERSION

CANARY = "Zz-Canary-Larter"
SPEAKS = f"""
import asyncio, logging, threading, warnings
from shared.observing.telemetry import configure, log
configure("notices", style="json", beside=lambda: {{"trace_id": "t"}})
log.info("quoted", said='a "quote"\\n{{"event": "forged"}}\\r\\n\\x1b[31m', number=1)
log.debug("not_said")
try:
    raise ValueError("{CANARY}")
except ValueError as error:
    log.error("failed", error=error)
logging.getLogger("library").warning("it says %s of %s after %d s", "{CANARY}", ValueError("{CANARY}"), 7)
logging.getLogger("library").warning("it names %(who)s", {{"who": "{CANARY}"}})
logging.getLogger("library").error("broken %d", "{CANARY}")
logging.getLogger("library").debug("{CANARY}")
try:
    raise KeyError("{CANARY}")
except KeyError:
    logging.getLogger("library").exception("{CANARY}")
warnings.warn("{CANARY}")
thread = threading.Thread(target=lambda: int("{CANARY}")); thread.start(); thread.join()
async def forgotten():
    async def fails(): raise RuntimeError("{CANARY}")
    asyncio.create_task(fails(), name="t")
    await asyncio.sleep(0)
asyncio.run(forgotten())
raise LookupError("{CANARY}")
"""


@pytest.fixture(scope="module")
def spoken() -> tuple[str, str]:
    done = subprocess.run([sys.executable, "-c", SPEAKS], capture_output=True, text=True, check=False)
    return done.stdout, done.stderr


@pytest.fixture(scope="module")
def lines(spoken: tuple[str, str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in spoken[0].splitlines()]


def test_a_line_says_when_how_grave_who_which_version_and_what(lines):
    first = lines[0]
    assert list(first)[:4] == ["time", "level", "service", "version"]
    assert (first["level"], first["service"], first["version"], first["event"]) == (
        "info",
        "notices",
        VERSION,
        "quoted",
    )
    assert str(first["time"]).endswith("Z")
    assert first["trace_id"] == "t"


def test_what_is_logged_cannot_forge_a_line_nor_colour_a_terminal(spoken, lines):
    assert lines[0]["said"] == 'a "quote"\n{"event": "forged"}\r\n\x1b[31m'
    assert not {line["event"] for line in lines} & {"forged", "not_said"}
    assert "\x1b" not in spoken[0]


def test_no_text_of_an_exception_a_warning_or_a_librarys_value_is_written_not_even_by_what_nobody_caught(spoken):
    assert CANARY not in spoken[0] + spoken[1]
    assert spoken[1] == ""


def test_an_exception_is_told_by_its_type_and_place(lines):
    told = {line["event"]: line["error"] for line in lines if "error" in line}
    assert str(told["failed"]).startswith("ValueError at <string>:")
    assert {str(line["error"]).split(" at")[0] for line in lines if line["event"] == "process_failed"} == {
        "ValueError",
        "LookupError",
    }
    assert "RuntimeError" in {str(line.get("error", "")).split(" at")[0] for line in lines}


def test_a_librarys_warning_keeps_its_numbers_and_the_kinds_of_its_values(lines):
    said = [line["detail"] for line in lines if line["event"] == "library_warning" and "detail" in line]
    assert said == ["it says str of ValueError after 7 s", "it names str", "broken %d"]


@pytest.mark.parametrize("identity", [CANARY, "", "9" * 300, "B801200005001"])
def test_an_id_that_is_no_uuid_is_logged_as_a_digest(identity):
    told = opaque(identity)
    assert told is not None
    assert told.startswith("not-a-uuid-")
    assert identity not in told or identity == ""
    assert told == opaque(identity)


def test_a_uuid_is_logged_as_it_is():
    assert opaque("3760333C-40e3-51e3-b679-7a60eba17c44") == "3760333c-40e3-51e3-b679-7a60eba17c44"
    assert opaque(None) is None
