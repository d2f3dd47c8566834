"""Every command about a case or a notice by its short name, and how its fields are typed."""

from typing import Any

from typer.core import TyperCommand

from services.notices.cli import typed
from services.notices.cli.asking import rules
from services.notices.deciding.commands import COMMANDS
from shared.contracts.base import Command

NAMES = {kind.key().split(".")[1]: kind for kind in COMMANDS}


class ListsCommands(TyperCommand):
    """Its help ends with every command, how its fields are typed, and the kinds of papers of the policy."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        lines = [
            " ".join((f"{name} {'N-…' if 'notice' in kind.model_fields else 'C-…'}", *examples(kind)))
            for name, kind in sorted(NAMES.items())
        ]
        self.epilog = "\n\n".join(
            (
                "Commands, with what each needs (what is in brackets may be left out):",
                *lines,
                f"Kinds of papers: {', '.join(kinds_of_papers())}.",
                "Amounts are pounds: 80, £80, 80.00. They are shown before they count; a script confirms with --yes.",
                "Exit codes: 0 done, 1 refused, 2 bad input, 3 sent and not confirmed yet.",
            )
        )
        super().format_help(ctx, formatter)


def examples(kind: type[Command]) -> list[str]:
    """How each field of a command is typed."""
    return [typed.example(name, field) for name, field in typed.fields(kind).items()]


def kinds_of_papers() -> list[str]:
    """Every paper that the current policy names."""
    referral = rules().versions[-1].referral
    return sorted({*referral.always, *(kind for each in (*referral.holiday, *referral.other) for kind in each)})
