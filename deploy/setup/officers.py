"""`python -m deploy.setup.officers FOLDER`: the authority of a laptop, whose key is no secret.

The development overlay and compose believe whom it issues a credential; production never does.
"""

import hashlib
from pathlib import Path
from typing import Annotated

import typer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from deploy.setup.development import KEY
from shared.signing.authority import Folder
from shared.signing.credentials import Authority

AUTHORITY = Authority(Ed25519PrivateKey.from_private_bytes(hashlib.sha256(KEY.encode()).digest()))


def main(folder: Annotated[Path, typer.Argument(help="a new folder")]) -> None:
    """Write it into a folder, for `everyday officers issue`. Example: python -m deploy.setup.officers laptop"""
    Folder(folder).begin(AUTHORITY)
    typer.echo(f"now: everyday officers issue --authority {folder} --id … --name … --role … --into …")


if __name__ == "__main__":
    typer.run(main)
