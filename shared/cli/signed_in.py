"""Whether somebody is signed in at the command line; who that is, is read only then."""

import os
from importlib import import_module
from pathlib import Path

VARIABLE = "EVERYDAY_CREDENTIAL"
USUAL = Path("~/.config/everyday/credential")
_NAMES = {"EVERYDAY_OFFICER_ID": "id", "EVERYDAY_OFFICER": "name", "EVERYDAY_OFFICER_ROLE": "role"}


def become_signed_in() -> None:
    """Let whoever is signed in be who acts, where neither the command nor the environment names anybody."""
    if not os.environ.get(VARIABLE) and not USUAL.expanduser().is_file():
        return
    credential = import_module("shared.cli.signing").own()
    for variable, field in _NAMES.items() if credential else ():
        os.environ.setdefault(variable, str(getattr(credential.person, field)))
