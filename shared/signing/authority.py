"""The folder of an authority: its key, the credentials it has issued, and the file that services read."""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from shared.contracts.fields import Person
from shared.messaging.topology import HEARS
from shared.signing.credentials import Authority, Credential, Trusted

SERVICES = tuple(HEARS)
KEY, PUBLIC = "authority.json", "officers.json"
_ISSUED = "issued.json"


class NoAuthority(Exception):
    """This folder holds no authority, or already holds one. The text says which, and what to do."""


@dataclass(frozen=True)
class Issued:
    """One issued credential. The list of them names people, so it stays with the key."""

    id: str
    officer: str
    name: str
    role: str
    services: tuple[str, ...]
    expires: str
    revoked: str = ""
    """When, and why."""

    def is_good(self, now: datetime) -> bool:
        return not self.revoked and datetime.fromisoformat(self.expires) > now


def write_secret(path: Path, text: str) -> None:
    """Write a new file that nobody else may read; raises FileExistsError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)


@dataclass(frozen=True)
class Folder:
    """An authority's folder, for its administrator."""

    path: Path

    def begin(self, authority: Authority | None = None) -> None:
        """Make a new authority that has issued nothing; or store the given one."""
        authority = authority or Authority.new()
        try:
            write_secret(self.path / KEY, authority.text())
        except FileExistsError:
            raise NoAuthority(f"{self.path} holds an authority already") from None
        self._write(PUBLIC, authority.trusted().text())
        self._write(_ISSUED, "[]\n")

    def issue(
        self, who: Person, now: datetime, days: int, services: Sequence[str] = SERVICES, known: bool = True
    ) -> Credential:
        """A new credential for a person; `known`: it goes on the list, so that it can be revoked by person."""
        credential = self._authority().issue(who, services, now, days)
        if known:
            expires = datetime.fromtimestamp(credential.claims.exp, UTC).isoformat()
            given = Issued(credential.claims.jti, who.id, who.name, who.role, tuple(services), expires)
            self._keep([*self.issued(), given])
        return credential

    def revoke(self, which: str, why: str, now: datetime) -> list[Issued]:
        """Revoke a credential, or all of a person's; returns those that were valid until now."""
        found = [each for each in self.issued() if which in (each.id, each.officer) and not each.revoked]
        trusted = self.trusted().without(each.id for each in found)
        self._write(PUBLIC, trusted.text())
        gone = {each.id for each in found}
        when_and_why = f"{now.isoformat(timespec='minutes')} {why}"
        self._keep(
            [Issued(**{**asdict(each), "revoked": when_and_why}) if each.id in gone else each for each in self.issued()]
        )
        return found

    def issued(self) -> list[Issued]:
        return [Issued(**{**each, "services": tuple(each["services"])}) for each in json.loads(self._read(_ISSUED))]

    def trusted(self) -> Trusted:
        return Trusted.read(self._read(PUBLIC))

    def _authority(self) -> Authority:
        return Authority.read(self._read(KEY))

    def _keep(self, issued: Sequence[Issued]) -> None:
        self._write(_ISSUED, json.dumps([asdict(each) for each in issued], indent=1) + "\n")

    def _read(self, name: str) -> str:
        try:
            return (self.path / name).read_text("utf-8")
        except OSError:
            raise NoAuthority(f"{self.path} holds no authority: make one with `everyday officers begin`") from None

    def _write(self, name: str, text: str) -> None:
        """Write a file whole or not at all; everybody may read the services' file, only the owner the rest."""
        part = self.path / f"{name}.part"
        part.unlink(missing_ok=True)
        write_secret(part, text)
        if name == PUBLIC:
            part.chmod(0o644)
        part.replace(self.path / name)
