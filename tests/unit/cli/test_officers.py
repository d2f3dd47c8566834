"""Credentials at the command line: issued, used, run out, revoked; and nobody acts in another's name."""

import asyncio
import json
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from services.cli import app
from shared.cli import audit, signing
from shared.cli.places import Places
from shared.contracts.casework import RecordSupport, WithdrawNotice
from shared.contracts.fields import Person
from shared.people.audit import ACT, Entry
from shared.signing.authority import Folder, NoAuthority
from shared.signing.credentials import Credential, proven
from shared.signing.signatories import OFFICER, Unproven
from shared.time.clock import Clock
from tests.system.canaries import planted

JO = Person(id="officer-17", name="Jo Harwood", role="Attendance Officer")
EVA = Person(id="officer-18", name="Eva Stone", role="Attendance Officer")
ELSEWHERE = Places("amqp://nowhere", "mongodb://nowhere", None)


@pytest.fixture(autouse=True)
def nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Nobody is signed in, and no stack runs here."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    for name in [
        each for each in os.environ if each.startswith(("EVERYDAY_OFFICER", "EVERYDAY_CRED", "EVERYDAY_AUTH"))
    ]:
        monkeypatch.delenv(name)
    signing._read.cache_clear()
    yield
    for name in ("EVERYDAY_OFFICER_ID", "EVERYDAY_OFFICER", "EVERYDAY_OFFICER_ROLE"):  # as a command leaves them
        os.environ.pop(name, None)


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    folder = tmp_path / "authority"
    Folder(folder).begin()
    return folder


@pytest.fixture
def jos(authority: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Credential:
    """Jo is signed in."""
    return signed_in(monkeypatch, tmp_path, Folder(authority).issue(JO, Clock.wall(), days=9))


def signed_in(monkeypatch: pytest.MonkeyPatch, folder: Path, credential: Credential, mode: int = 0o600) -> Credential:
    file = folder / f"{credential.claims.jti}.credential"
    file.write_text(credential.text())
    file.chmod(mode)
    monkeypatch.setenv("EVERYDAY_CREDENTIAL", str(file))
    return credential


def run(*words: Any) -> Any:
    return CliRunner().invoke(app, [str(each) for each in words])


def withdrawal(who: Person) -> WithdrawNotice:
    return planted(WithdrawNotice).model_copy(update={"officer": who})  # type: ignore[return-value]


def test_an_authority_issues_lists_and_revokes(tmp_path: Path) -> None:
    folder, file = tmp_path / "a", tmp_path / "jo.credential"
    told = ("--authority", folder, "--id", JO.id, "--name", JO.name, "--role", JO.role, "--into")
    assert run("officers", "begin", "--authority", folder).exit_code == 0
    assert run("officers", "issue", *told, file, "--for", "notices").exit_code == 0
    assert run("officers", "issue", *told, tmp_path / "second").exit_code == 0
    credential = Credential.read(file.read_text())
    assert (credential.person, credential.claims.aud) == (JO, ["notices"])
    listed = run("officers", "list", "--authority", folder).stdout
    assert all(each in listed for each in (credential.claims.jti, "Jo Harwood", "notices", "all", "good"))
    assert run("officers", "revoke", JO.id, "--authority", folder, "--reason", "lost laptop").exit_code == 0
    assert "lost laptop" in run("officers", "list", "--authority", folder).stdout
    for each in (credential, Credential.read((tmp_path / "second").read_text())):
        with pytest.raises(Unproven, match="revoked"):
            proven(each.sign("a", b"", Clock.wall()), "a", b"", Folder(folder).trusted(), Clock.wall())
    assert run("officers", "revoke", JO.id, "--authority", folder, "--reason", "again").exit_code == 1


def test_secrets_are_for_one_pair_of_eyes_and_what_services_read_names_nobody(tmp_path: Path, authority: Path) -> None:
    told = ("--authority", authority, "--id", JO.id, "--name", JO.name, "--role", JO.role, "--into", tmp_path / "jo")
    assert run("officers", "issue", *told).exit_code == 0
    modes = {file.name: file.stat().st_mode & 0o777 for file in (*authority.iterdir(), tmp_path / "jo")}
    assert modes == {"authority.json": 0o600, "issued.json": 0o600, "officers.json": 0o644, "jo": 0o600}
    public = json.loads((authority / "officers.json").read_text())
    assert [sorted(key) for key in public["keys"]] == [["crv", "kid", "kty", "x"]]
    assert run("officers", "issue", *told).exit_code == 2, "a credential is never written over another"


@pytest.mark.parametrize("words", [("list",), ("revoke", "x", "--reason", "y")])
def test_where_no_authority_is_it_says_so(tmp_path: Path, words: tuple[str, ...]) -> None:
    ended = run("officers", *words, "--authority", tmp_path / "none")
    assert (ended.exit_code, "holds no authority" in ended.stderr) == (1, True)


def test_an_authority_is_never_made_twice(authority: Path) -> None:
    before = (authority / "authority.json").read_text()
    with pytest.raises(NoAuthority):
        Folder(authority).begin()
    assert (authority / "authority.json").read_text() == before


def test_whoever_is_signed_in_is_who_acts(jos: Credential) -> None:
    assert "Jo Harwood (officer-17), Attendance Officer" in run("officers", "me").stdout
    assert [os.environ.pop(name) for name in ("EVERYDAY_OFFICER_ID", "EVERYDAY_OFFICER", "EVERYDAY_OFFICER_ROLE")] == [
        *JO.model_dump().values()
    ]


def test_a_credential_may_come_in_by_standard_input(jos: Credential, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVERYDAY_CREDENTIAL", "-")
    said = CliRunner().invoke(app, ["officers", "me"], input=jos.text())
    assert "Jo Harwood (officer-17)" in said.stdout


def test_nobody_is_signed_in_by_default() -> None:
    ended = run("officers", "me")
    assert (ended.exit_code, "not signed in" in ended.stderr) == (1, True)


def test_only_decisions_that_name_the_person_are_signed(jos: Credential, authority: Path) -> None:
    sign, own, others = signing.signing(ELSEWHERE), withdrawal(JO), withdrawal(EVA)
    said = sign(own, b"body")[OFFICER]
    assert proven(said, own.key(), b"body", Folder(authority).trusted(), Clock.wall()).is_of(JO)
    assert sign(others, b"body") == sign(planted(RecordSupport), b"body") == {}


@pytest.mark.parametrize("changed", [{"id": "officer-18"}, {"name": "Eva Stone"}, {"role": "Attendance Team Manager"}])
def test_nobody_decides_in_anothers_name(jos: Credential, changed: dict[str, str], capsys: Any) -> None:
    signing.check(ELSEWHERE, withdrawal(JO))
    with pytest.raises(typer.Exit):
        signing.check(ELSEWHERE, withdrawal(JO.model_copy(update=changed)))
    assert "Nobody acts for another" in capsys.readouterr().err


def test_a_credential_that_has_run_out_or_lies_open_is_said_to_be_so(
    authority: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = Folder(authority).issue(JO, Clock.wall() - timedelta(days=10), days=9)
    signed_in(monkeypatch, tmp_path, old)
    assert "has expired" in run("officers", "me").stderr
    signed_in(monkeypatch, tmp_path, Folder(authority).issue(JO, Clock.wall(), days=9), mode=0o644)
    assert "chmod 600" in run("officers", "me").stderr
    (tmp_path / "nonsense").write_text("{}")
    (tmp_path / "nonsense").chmod(0o600)
    monkeypatch.setenv("EVERYDAY_CREDENTIAL", str(tmp_path / "nonsense"))
    assert "this is no credential" in run("officers", "me").stderr


def test_at_a_private_local_stack_whoever_is_named_signs(authority: Path) -> None:
    local = replace(ELSEWHERE, authority=authority)
    for who in (JO, EVA):
        own = withdrawal(who)
        signing.check(local, own)
        said = signing.signing(local)(own, b"body")[OFFICER]
        assert proven(said, own.key(), b"body", Folder(authority).trusted(), Clock.wall()).is_of(who)
    assert Folder(authority).issued() == []


@pytest.mark.parametrize("by", ["", " ", "x" * 201])
def test_at_a_private_local_stack_who_names_nobody_signs_nothing(authority: Path, by: str) -> None:
    assert signing.named(replace(ELSEWHERE, authority=authority), by) is None


class Kept:
    """What would be written to the audit trail."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.entries: list[Entry] = []
        monkeypatch.setattr(audit, "_asked", lambda _at, question: asyncio.run(question(self)))

    async def keep(self, entry: Entry) -> None:
        self.entries.append(entry)


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> Kept:
    return Kept(monkeypatch)


def standing(authority: Path, entry: Entry) -> str:
    return audit._judge(replace(ELSEWHERE, officers=authority / "officers.json"))(entry)


def test_an_entry_of_whoever_is_signed_in_is_proven(jos: Credential, authority: Path, kept: Kept) -> None:
    audit.witnessed(ELSEWHERE, "explain", "C-1")
    audit.witnessed(ELSEWHERE, "messages lift", "C-1", by=JO.id, why="asked")
    assert [entry.who for entry in kept.entries] == [JO.id] * 2
    assert [standing(authority, entry) for entry in kept.entries] == ["proven"] * 2


@pytest.mark.parametrize("how", ["option", "environment"])
def test_nobody_leaves_an_entry_for_another(
    jos: Credential, kept: Kept, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if how == "environment":
        monkeypatch.setenv("EVERYDAY_OFFICER_ID", EVA.id)
    with pytest.raises(typer.Exit):
        audit.witnessed(ELSEWHERE, "explain", "C-1", by=EVA.id if how == "option" else "")
    assert kept.entries == []


def test_an_entry_that_somebody_put_there_is_claimed(jos: Credential, authority: Path, kept: Kept) -> None:
    audit.witnessed(ELSEWHERE, "explain", "C-1")
    [real] = kept.entries
    forged = [
        replace(real, who=EVA.id),
        replace(real, signature=""),
        replace(real, about=("C-2",)),
        replace(real, at=real.at - timedelta(days=1)),
        replace(real, what="today"),
        replace(real, why="because"),
        replace(real, id="another"),
        Entry(Clock.wall(), EVA.id, "explain", ()),
    ]
    by_jo = Entry(Clock.wall(), EVA.id, "explain", ())
    forged.append(replace(by_jo, signature=jos.sign(ACT, by_jo.body(), Clock.wall())))
    assert {standing(authority, each) for each in forged} == {"claimed"}


def test_an_entry_by_what_was_revoked_since_says_so(jos: Credential, authority: Path, kept: Kept) -> None:
    audit.witnessed(ELSEWHERE, "explain", "C-1")
    Folder(authority).revoke(JO.id, "lost", Clock.wall())
    assert [standing(authority, entry) for entry in kept.entries] == ["revoked"]


def test_what_is_signed_is_the_entry_as_the_store_gives_it_back() -> None:
    at = datetime(2026, 11, 28, 9, 0, 0, 345_678, UTC)
    entry = Entry(at, "officer-17", "explain", ("C-1",))
    assert replace(entry, at=at.replace(microsecond=345_000)).body() == entry.body()
