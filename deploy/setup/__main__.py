"""`python -m deploy.setup mongodb:27017`: make a laptop's MongoDB a replica set of one, with every role and user."""

from typing import Annotated

import typer

from deploy.setup import development
from deploy.setup.mongodb import initiate, make_users


def main(
    address: Annotated[str, typer.Argument(help="host:port, by which clients reach it too")],
    patience: Annotated[float, typer.Option(help="seconds for it to come up")] = 120,
) -> None:
    """Make the replica set and the users of the development overlay and of compose.

    Example: python -m deploy.setup mongodb:27017
    """
    if not initiate(address, development.KEY, patience=patience):
        typer.echo(
            f"{address} did not become a primary within {patience:.0f} s: is its key file that of a laptop?", err=True
        )
        raise typer.Exit(1)
    make_users(address, development.KEY, development.passwords())
    typer.echo(f"{address} has its users")


if __name__ == "__main__":
    typer.run(main)
