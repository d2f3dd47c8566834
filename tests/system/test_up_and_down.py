"""`make up` and `make down`: ready when the one returns, gone when the other does."""

import json
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
from pymongo import MongoClient

from deploy.local.patience import stretched


def local(folder: Path, command: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "deploy.local", command],
        cwd=folder, capture_output=True, text=True, timeout=stretched(120), check=False,
    )  # fmt: skip


def cases(addresses: dict[str, Any]) -> int:
    """The cases of who meets the threshold in the end; who met it on the way only, as messages came, is watched."""
    with MongoClient[dict[str, Any]](addresses["mongo"]) as client:
        return client["notices"]["cases"].count_documents({"state": {"$ne": "watching"}})


def alive_in(folder: Path) -> list[str]:
    """The processes that work in a folder."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (place / "cwd").resolve().is_relative_to(folder):
                found.append((place / "cmdline").read_text().replace("\0", " "))
    return found


def test_a_stack_in_the_background_is_ready_when_up_returns_and_gone_when_down_does(tmp_path: Path):
    up = local(tmp_path, "up")
    try:
        assert up.returncode == 0, up.stdout
        addresses = json.loads((tmp_path / ".local" / "stack.json").read_text())
        for service in ("notices", "notifications", "bookings", "surveys"):
            assert httpx.get(f"{addresses['http'][service]}/ready").status_code == 200
        assert "make sample" in up.stdout
        for _ in range(2):  # loaded twice, it is there once
            sample = local(tmp_path, "sample")
            assert sample.returncode == 0, sample.stdout
            assert cases(addresses) == 13
        again = local(tmp_path, "up")
        assert again.returncode == 1
        assert "already running" in again.stdout
    finally:
        down = local(tmp_path, "down")
    assert (down.returncode, down.stdout) == (0, "stopped\n")
    assert not (tmp_path / ".local" / "stack.json").exists()
    assert alive_in(tmp_path) == []
    logs = (tmp_path / ".local" / "stack" / "logs").glob("*.jsonl")
    stopped = {path.stem for path in logs if '"service_stopped"' in path.read_text()}
    assert stopped == {"notices", "notifications", "bookings", "surveys"}
