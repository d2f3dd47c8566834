"""Whether somebody is signed in at the command line; who it is, is read only if so."""

import os
from importlib import import_module
from pathlib import Path

VARIABLE = "EVERYDAY_CREDENTIAL"
USUAL = Path("~/.config/everyday/credential")
_NAMES = {"EVERYDAY_OFFICER_ID": "id", "EVERYDAY_OFFICER": "name", "EVERYDAY_OFFICER_ROLE": "role"}


def become_signed_in() -> None:
    """Make the signed-in person the one who acts, if neither the command nor the environment names anybody."""
    if not os.environ.get(VARIABLE) and not USUAL.expanduser().is_file():
        return
    credential = import_module("shared.cli.signing").own()
    for variable, field in _NAMES.items() if credential else ():
        os.environ.setdefault(variable, str(getattr(credential.person, field)))
