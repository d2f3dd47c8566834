"""The result of a campaign's dry run: how many would be sent what, why others would not, the price, and samples."""

from collections import Counter
from decimal import Decimal

from services.notifications.circulars.trying import TRIALS
from services.notifications.cli.asking import ask
from services.notifications.settings import WordingSettings
from shared.cli.asking import until
from shared.cli.output import FAILURE, fail, out
from shared.cli.places import Places
from shared.store.documents import Document

_PATIENCE = 60.0  # seconds for a dry run for everybody
_A = {"email": "an email", "sms": "a text"}


def tried(at: Places, asked: list[str]) -> list[Document]:
    """The results of dry runs, or an end by saying what is wrong."""

    def look() -> list[Document] | None:
        found = ask(at, lambda store: store[TRIALS].get_many(asked))
        return list(found.values()) if len(found) == len(asked) else None

    return until(look, _PATIENCE) or fail("nothing has come of it yet: is the notifications service running?", FAILURE)


def say(trials: list[Document], days: str) -> None:
    """Print what would go to how many, at which price, and a sample of each channel."""
    by_channel: Counter[str] = sum((Counter(each["by_channel"]) for each in trials), Counter())
    left_out: Counter[str] = Counter()
    for each in trials:
        left_out.update({why["why"]: why["count"] for why in each["left_out"]})
    out.print(f"{days}. Nothing was sent. Of {sum(each['asked'] for each in trials):,}:", soft_wrap=True)
    for channel, count in by_channel.items():
        out.print(
            f"  {count:,} would be sent an {channel}" if channel == "email" else f"  {count:,} would be sent a text"
        )
    for why, count in left_out.items():
        out.print(f"  {count:,} would not: {why}", markup=False)
    out.print(price(sum(each["parts"] for each in trials), WordingSettings()))
    shown = {each["channel"]: each for trial in reversed(trials) for each in reversed(trial["samples"])}
    for channel, sample in shown.items():
        out.print(f"\nOne {channel}:", style="bold")
        out.print("\n".join(filter(None, (sample["subject"], sample["text"]))), markup=False, soft_wrap=True)


def price(text_parts: int, settings: WordingSettings) -> str:
    """What the texts of a campaign cost; emails cost nothing."""
    if not text_parts:
        return "It costs nothing: there are no texts."
    free = min(text_parts, settings.sms_free_parts)
    pounds = (text_parts - free) * settings.sms_pence_per_part / Decimal(100)
    of_these = f", {free:,} of them free" if free else ""
    return f"It costs £{pounds:,.2f} without VAT: {text_parts:,} parts of texts{of_these}."
