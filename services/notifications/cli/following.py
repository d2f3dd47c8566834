"""Following a sending from the command line: a progress bar, and at the end what became of it."""

import time
from collections.abc import Sequence

from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from services.notifications.circulars.progress import Progress, progress
from services.notifications.cli.asking import ask
from shared.cli.asking import at_least
from shared.cli.output import err
from shared.cli.places import Places
from shared.time.clock import LONDON, in_words
from shared.writing.counting import number_of

_A_LOOK = 0.2  # seconds between two looks
_PATIENCE = 30.0  # seconds without progress until we stop watching


def follow(at: Places, intents: Sequence[str], expected: int, about: str) -> None:
    """Show how far a sending has come until it is over or nothing more happens, and say what became of it."""
    began = moved = time.monotonic()
    patience = at_least(_PATIENCE)
    shown = -1
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bar(*columns, console=err, disable=not err.is_terminal) as bar:
        task = bar.add_task("sending", total=expected)
        while True:
            found = ask(at, lambda store: progress(store, intents))
            bar.update(task, completed=found.settled, total=found.audience or expected)
            if found.settled != shown:
                shown, moved = found.settled, time.monotonic()
            if found.is_over or time.monotonic() - moved > patience:
                break
            time.sleep(_A_LOOK)
    took = time.monotonic() - began
    for line in summary_lines(found, expected, took, about):
        err.print(line, soft_wrap=True)


def summary_lines(found: Progress, expected: int, took: float, about: str) -> list[str]:
    """What became of it, in words. Outside working hours nobody is looked up yet: then it gives the expected number."""
    audience, waiting = (found.audience, found.waiting) if found.audience else (expected, expected)
    lines = [f"[green]sent[/green] {found.sent:,} of {audience:,} in {took:.0f} s"]
    if found.opens is not None:
        opens = found.opens.astimezone(LONDON)
        wait = number_of(waiting, "message waits", "messages wait")
        lines.append(f"{wait} until {in_words(opens.date())}, {opens:%H:%M}: {found.why}")
    if found.left_out:
        left_out = number_of(found.left_out, "recipient is", "recipients are")
        lines.append(f"{left_out} not sent it; see why with: everyday messages list --about {about}")
    if found.had:
        lines.append(f"{number_of(found.had, 'recipient')} had it before, or had no address for it")
    if not found.is_over:
        lines.append(f"it goes on by itself; see how far with: everyday messages list --about {about}")
    return lines
