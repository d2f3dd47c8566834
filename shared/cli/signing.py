"""Who is signed in at the command line, and what they sign there.

A credential is in its holder's own file. On a private local stack, whose authority anybody there may use, the person
named signs for themselves. Signing code is loaded only where it is used, so that other commands need not wait for it.
"""

import os
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from shared.cli.output import BAD_INPUT, err, fail
from shared.cli.places import Places, places_known
from shared.cli.signed_in import USUAL, VARIABLE
from shared.contracts.base import Message
from shared.contracts.fields import Person
from shared.messaging.publisher import Sign
from shared.signing.signatories import OFFICER, decided_by
from shared.time.clock import Clock

if TYPE_CHECKING:
    from shared.signing.credentials import Credential


def own(at: Places | None = None) -> "Credential | None":
    """The credential of the signed-in person, or None; ends with a message if it is unusable.

    On a local stack, which knows only its own authority, it has to be named.
    """
    if named := os.environ.get(VARIABLE):
        return _read(Path(named))
    usual = USUAL.expanduser()
    return _read(usual) if usual.is_file() and not (at or places_known()).authority else None


def of(at: Places, who: Person) -> "Credential | None":
    """This person's credential for signing here, if they are signed in."""
    credential = own(at)
    if credential is None and at.authority:
        return _on_a_local_stack(at.authority, who)
    return credential if credential and credential.person == who else None


def signing(at: Places) -> Sign:
    """Signs those decisions that name the signed-in person, and no others."""

    def sign(message: Message, body: bytes) -> Mapping[str, str]:
        who = decided_by(message)
        credential = of(at, who) if who else None
        return {OFFICER: credential.sign(message.key(), body, Clock.wall())} if credential else {}

    return sign


def check(at: Places, message: Message) -> None:
    """End if a decision names somebody other than the signed-in person; warn if nobody is signed in."""
    who, credential = decided_by(message), own(at)
    if who is None or (at.authority and not credential):
        return
    if credential is None:
        err.print("You are not signed in, so nobody signs this; services act on signed decisions only.")
    elif credential.person != who:
        _not_you(credential, who.id)


def named(at: Places, by: str) -> "Credential | None":
    """The credential for an audit entry; ends if somebody else is named."""
    credential = own(at)
    if credential is not None and by not in ("", credential.person.id):
        _not_you(credential, by)
    if credential is None and at.authority and 0 < len(by.strip()) <= 200:
        return _on_a_local_stack(at.authority, Person(id=by, name=by, role="local"))
    return credential


def _not_you(credential: "Credential", who: str) -> None:
    you = credential.person
    words = f"You are signed in as {you.name} ({you.id}, {you.role}), and this names {who} in another name or role."
    fail(f"{words} Nobody acts for another: leave out --officer-id, --officer and --role.", BAD_INPUT)


@cache
def _read(file: Path) -> "Credential":
    from shared.signing.credentials import Credential  # noqa: PLC0415

    try:
        if file.is_file() and file.stat().st_mode & 0o077:
            fail(f"{file}: others may read your credential. Close it with: chmod 600 {file}", BAD_INPUT)
        credential = Credential.read(sys.stdin.read() if str(file) == "-" else file.read_text("utf-8"))
    except OSError as error:
        fail(f"{file}: your credential cannot be read ({error.strerror})", BAD_INPUT)
    except ValueError as error:
        fail(f"{file}: {error}", BAD_INPUT)
    if credential.claims.exp <= Clock.wall().timestamp():
        fail(f"{file}: your credential has expired: ask for a new one", BAD_INPUT)
    return credential


@cache
def _on_a_local_stack(authority: Path, who: Person) -> "Credential":
    from shared.signing.authority import Folder  # noqa: PLC0415

    return Folder(authority).issue(who, Clock.wall(), days=1, known=False)
