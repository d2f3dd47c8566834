"""`python -m deploy.backup take|check|restore`: what the cluster's jobs `backup` and `restore` run."""

from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from deploy.backup import copies
from deploy.backup.restoring import NotRestored, restore
from deploy.backup.taking import take
from shared.running.settings import setting
from shared.time.clock import Clock

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)

Place = Annotated[Path, typer.Argument(help="the folder of the copies", exists=True, file_okay=False)]
Name = Annotated[str, typer.Argument(envvar="EVERYDAY_COPY", help="which copy; without it the newest")]
_SILENT = 30_000  # milliseconds until a server that does not answer is given up


@app.command("take")
def take_(
    place: Place, keep: Annotated[int, typer.Option(min=1, help="days after which an old copy goes")] = 35
) -> None:
    """Copy every database of the server at EVERYDAY_MONGO_URL as of one moment, and read the copy back.

    Example: python -m deploy.backup take /backup --keep 35
    """
    now = Clock.wall()
    try:
        whole, kept = take(_client(), place, now)
    except (PyMongoError, copies.CopyBroken, OSError) as error:
        _fail(error)
    print(
        f"{whole.name}: {_counted({name: each.documents for name, each in kept.items()})}, as of one moment; read back"
    )
    for copy in copies.forget(place, now, keep):
        print(f"{copy.name} is older than {keep} days, and gone")


@app.command("check")
def check(place: Place, name: Name = "") -> None:
    """Read a copy and hold it to its manifest, such as after carrying it elsewhere; no server is asked.

    Example: python -m deploy.backup check /backup
    """
    copy = _chosen(place, name)
    try:
        kept = copies.check(copy)
    except copies.CopyBroken as error:
        _fail(error)
    print(f"{copy.name}: {_counted({name: each.documents for name, each in kept.items()})}, as they were written")


@app.command("restore")
def restore_(
    place: Place,
    name: Name = "",
    login: Annotated[Path | None, typer.Option(help="a folder with the files `user` and `password`")] = None,
) -> None:
    """Bring a copy back into the server at EVERYDAY_MONGO_URL, whose stores have to be empty.

    Example: python -m deploy.backup restore /backup everyday-2026-11-24T013000Z
    """
    copy = _chosen(place, name)
    print(f"from {copy.name}")
    try:
        there = restore(_client(login), copy)
    except (PyMongoError, copies.CopyBroken, NotRestored, OSError) as error:
        _fail(error)
    for collection, documents in there.items():
        if documents:
            print(f"{collection}: {documents}")
    print(f"{copy.name} is back: {_counted(there)}")


def _client(login: Path | None = None) -> "MongoClient[dict[str, Any]]":
    url = setting("EVERYDAY_MONGO_URL")
    if not url:
        _fail(ValueError("EVERYDAY_MONGO_URL does not say where MongoDB is"))
    if login is None:
        return MongoClient(url, serverSelectionTimeoutMS=_SILENT)
    user, password = ((login / file).read_text().strip() for file in ("user", "password"))
    return MongoClient(url, serverSelectionTimeoutMS=_SILENT, username=user, password=password)


def _chosen(place: Path, name: str) -> Path:
    there = {copy.name: copy for copy in copies.listed(place)}
    if not there:
        _fail(ValueError(f"there is no copy in {place}"))
    if name and name not in there:
        _fail(ValueError(f"there is no copy {name}; there are {', '.join(there)}"))
    return there[name or max(there)]


def _counted(documents: dict[str, int]) -> str:
    return f"{sum(documents.values())} documents of {len(documents)} collections"


def _fail(error: Exception) -> NoReturn:
    """Say what went wrong. What a server says of a refused write may hold a document: only its code is shown."""
    words = f"MongoDB refused (code {error.code})" if isinstance(error, OperationFailure) else str(error)
    typer.echo(words, err=True)
    raise typer.Exit(1)


if __name__ == "__main__":
    app()
