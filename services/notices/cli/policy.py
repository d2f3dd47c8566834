"""`everyday policy`: the code of conduct that applies, and a check of your own."""

import difflib
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from pydantic import BaseModel
from rich.table import Column, Table

from services.notices.attendance.policy import Policy, PolicyInvalid, read_policy
from services.notices.cli.asking import rules
from shared.cli.output import BAD_INPUT, err, fail, out
from shared.time.clock import in_words

app = typer.Typer(no_args_is_help=True, help="The code of conduct as data: show it, check a file, compare two.")
_LEFT_OUT = {"codes", "sources", "wording", "contact"}


@app.command()
def show(on: Annotated[str, typer.Option(help="the version in force on a day, such as 2024-10-04")] = "") -> None:
    """Show every value with its source. Example: everyday policy show --on 2024-10-04"""
    versions = rules()
    try:
        day = date.fromisoformat(on) if on else date.max
    except ValueError:
        fail("--on: write a day such as 2024-10-04", BAD_INPUT)
    first, policy = versions.versions[0], versions.on(day)
    if day < first.effective_from:
        out.print(
            f"No policy was in force on {in_words(day)}: the first, {first.id}, is in force from "
            f"{in_words(first.effective_from)}.",
            markup=False, soft_wrap=True,
        )  # fmt: skip
        return
    table = Table(
        Column("value", overflow="fold"),
        "is",
        "source",
        title=f"{policy.authority}: {policy.id}, from {policy.effective_from}",
    )
    for name, value in _values(policy):
        source = policy.sources.get(name) or policy.sources.get(name.split(".")[0]) or ""
        table.add_row(name, value, source)
    out.print(table)


@app.command()
def check(file: Annotated[Path, typer.Argument(help="a policy file (TOML)")]) -> None:
    """Check a policy file and say everything that is wrong with it. Example: everyday policy check ours.toml"""
    policy = _read(file)
    err.print(f"[green]{policy.id} is a complete policy[/green], in force from {policy.effective_from}")


@app.command()
def diff(before: Path, after: Path) -> None:
    """Say in which values two policy files differ. Example: everyday policy diff 2024.toml draft.toml"""
    old, new = dict(_values(_read(before))), dict(_values(_read(after)))
    changed = [name for name in sorted(old.keys() | new.keys()) if old.get(name) != new.get(name)]
    table = Table("value", before.name, after.name)
    for name in changed:
        table.add_row(name, old.get(name, ""), new.get(name, ""))
    out.print(table if changed else "they have the same values")
    wording = difflib.unified_diff(
        _wording(_read(before)), _wording(_read(after)), before.name, after.name, lineterm="", n=0
    )
    for line in wording:
        out.print(line, markup=False, soft_wrap=True)


def _read(file: Path) -> Policy:
    try:
        return read_policy(file.read_text("utf-8"), file.name)
    except OSError as error:
        fail(f"{file}: {error.strerror}", BAD_INPUT)
    except PolicyInvalid as error:
        fail(str(error), BAD_INPUT)


def _values(policy: Policy) -> list[tuple[str, str]]:
    found = []
    for name in type(policy).model_fields:
        part = getattr(policy, name)
        if name in _LEFT_OUT:
            continue
        if isinstance(part, BaseModel):
            found += [(f"{name}.{inner}", _plain(getattr(part, inner))) for inner in type(part).model_fields]
        elif name == "fees":
            found += [
                (f"fees.{fee.sequence}.{inner}", _plain(getattr(fee, inner)))
                for fee in policy.fees
                for inner in type(fee).model_fields
            ]
        else:
            found.append((name, _plain(part)))
    return found


def _plain(value: object) -> str:
    if isinstance(value, frozenset):
        return " ".join(sorted(value))
    if isinstance(value, tuple):
        return "; ".join(_plain(each) for each in value)
    return str(value)


def _wording(policy: Policy) -> list[str]:
    return [
        *policy.wording.how_to_pay,
        policy.wording.discharge,
        policy.wording.consequence,
        *policy.wording.withdrawal_grounds,
    ]
