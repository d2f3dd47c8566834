"""The main job, told as it happens: a half-term of registers, and one absence that becomes a letter."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta

import aio_pika
from rich.console import Console
from rich.table import Table

from deploy.local import loop_story
from deploy.local.half_term import half_term
from deploy.local.pace import StoryFailed, send, until
from deploy.local.stack import Stack
from services.notices.asking.explain import Explain
from services.notices.cli.asking import ask, rules
from services.notices.cli.deciding import authorisation, request
from services.notices.store.oddities import FIXES, oddities
from services.notices.story.page import page_of
from services.notices.story.story import Story, hash_for
from shared.cli import asking
from shared.cli.clock import move
from shared.cli.input import read_lines
from shared.cli.marks_csv import read_marks
from shared.cli.places import Places
from shared.cli.send import publish, read_bytes, read_text, say_how
from shared.contracts import Message
from shared.contracts.fields import Person
from shared.contracts.mis import MarksAmended, RegisterTaken
from shared.messaging.topology import HEARS, queue_name
from shared.store.documents import Store
from shared.time.clock import LONDON, Clock, in_words, local_date, write_offset
from shared.writing.characters import shown
from shared.writing.paper import as_text

_HALF_TERM_ENDS = datetime(2024, 10, 25, 18, 0, tzinfo=LONDON)
_SCHOOL = Person(id="attendance-lead", name="Chris Amis", role="Attendance Lead")
_OFFICER = Person(id="officer-17", name="Jo Harwood", role="Attendance Officer")


def tell(stack: Stack, console: Console, file: str, seed: int) -> None:
    """Feed registers, show who met the threshold, and live one notice through to its service."""
    at = stack.places()
    if file:
        _feed(at, console, _own(file, at))
        stories = _stories(at)
        _show(console, stories)
        _say_who_is_on_no_roll(at, console)
    else:
        stories = load(at, console, seed)
    ready = next(iter(sorted((story for story in stories if _willing(story)), key=_is_no_holiday)), None)
    if ready is None:
        console.print("no case is ready for an officer's decision")
        return
    _live(stack, at, console, ready)
    if not file:
        loop_story.tell(stack, at, console)
    console.print(
        f"\npost room  {stack.post_room}\nletters    {stack.letters_folder}\nmails      {stack.mail_folder}\n"
        f"logs       {stack.logs}",
        highlight=False,
    )


def load(at: Places, console: Console, seed: int) -> list[Story]:
    """Feed the generated half-term, with the clock at its end, and show who met the threshold: every case's story.

    The same seed gives the same messages, so loaded twice it is there once.
    """
    if at.clock_file is not None:
        move(at.clock_file, _HALF_TERM_ENDS)
    _feed(at, console, list(half_term(seed)))
    stories = _stories(at)
    _show(console, stories)
    return stories


def _feed(at: Places, console: Console, messages: list[Message]) -> None:
    console.rule(f"{len(messages)} messages from the schools")
    started = time.monotonic()
    asyncio.run(publish(at.amqp, messages))
    until(lambda: asyncio.run(_settled(at, messages)), "the services did not take every message")
    console.print(f"taken in {time.monotonic() - started:.1f} s")


def _stories(at: Places) -> list[Story]:
    return [ask(at, _teller(file.reference)) for file in ask(at, lambda explaining: explaining.files())]


def _live(stack: Stack, at: Places, console: Console, story: Story) -> None:
    case = str(story["case"])
    parent = _willing(story) or ""
    console.rule(f"the school asks for a notice in {case}")
    asked = request(story, (parent,), _SCHOOL, papers(at.clock().today()), at.clock())
    send(at, asked)
    until(lambda: ask(at, _teller(case))["state"] == "requested", "the school's request was not taken")
    story = ask(at, _teller(case))
    console.print("its papers are complete by the checklist of the code of conduct")
    console.rule(f"{_OFFICER.name} decides on {case}")
    reason = (
        "Absences that the school had not authorised; support is not working."
        if _is_no_holiday(story)
        else "A holiday in term time that the school had refused; support is not appropriate."
    )
    command = authorisation(story, parent, _OFFICER, reason, hash_for(story, parent), at.clock())
    send(at, command)
    until(lambda: _notice(at, case) is not None, "the notice was not issued")
    console.print("issued; now the clock goes on, a few hours at a time, until the notice is deemed served")
    until(lambda: asyncio.run(_accepted(at)), "the letter was not taken by the print provider")
    for _ in range(80):
        notice = _notice(at, case)
        if notice is not None and notice["state"] == "discount_period":
            break
        _let_pass(stack, at, timedelta(hours=3))
        time.sleep(0.4)  # the story's own pace: the services look for what is due twice a second
    else:
        raise StoryFailed("the letter was never deemed served")
    console.rule("the story")
    print(shown(as_text(page_of(ask(at, _teller(case))))))


def _let_pass(stack: Stack, at: Places, hours: timedelta) -> None:
    """Move the clock on, and say each new day."""
    before, after = at.clock().now(), at.clock().now() + hours
    write_offset(stack.clock_file, after - Clock.wall())
    if local_date(after) > local_date(before):
        print(f"  {in_words(local_date(after))}")


def _own(file: str, at: Places) -> list[Message]:
    now = at.clock().now()
    if file.lower().endswith((".csv", ".txt", ".tsv")):
        registers, problems, read = read_marks(read_bytes(file), None, {}, now)
        messages: list[Message] = list(registers)
        say_how(read.notes)
    else:
        messages, problems = read_lines(read_text(file).split("\n"), now)
    if problems:
        raise StoryFailed("\n".join(f"line {each.line}: {each.field}: {each.fix}" for each in problems[:50]))
    return messages


def _show(console: Console, stories: list[Story]) -> None:
    table = Table("case", "school", "sessions", "codes", "decision", title="The national threshold is met")
    for story in stories:
        codes = sorted({mark["code"] for mark in story["evidence"]["sessions"]})
        decision = "ready" if _willing(story) else "blocked: " + ", ".join(_blockers(story)).replace("_", " ")
        if story["threshold_met"]:
            table.add_row(story["case"], story["urn"], str(story["count"]), " ".join(codes), decision)
    console.print(table)


def _say_who_is_on_no_roll(at: Places, console: Console) -> None:
    """Registers alone reach nothing: a pupil's marks count once the school's record has the pupil on its roll."""
    odd = asking.ask(at, "notices", oddities)
    waiting = {each.untidy.upn for each in odd if each.untidy.reason == "never_on_roll"}
    if waiting:
        console.print(f"{len(waiting)} pupils' marks do not count yet: {FIXES['never_on_roll']}", soft_wrap=True)


def _willing(story: Story) -> str | None:
    """A parent to whom nothing but the school's request stands in the way of a notice."""
    return next((parent["parent_id"] for parent in story["parents"] if not _missing(parent)), None)


def _missing(parent: Story) -> set[str]:
    return {reason["code"] for reason in parent["blocked_by"]} - {"not_requested"}


def papers(today: date) -> tuple[str, ...]:
    """Every paper that the checklist of a day's policy may ask for."""
    rule = rules().on(today).referral
    sets = [*rule.holiday, *rule.other]
    return (*rule.always, *sorted({kind for each in sets for kind in each}))


def _is_no_holiday(story: Story) -> bool:
    return {mark["code"] for mark in story["evidence"]["sessions"]} != {"G"}


def _blockers(story: Story) -> list[str]:
    return sorted({code for parent in story["parents"] for code in _missing(parent)})


def _teller(case: str) -> Callable[[Explain], Awaitable[Story]]:
    return lambda explaining: explaining.story(case)


def _notice(at: Places, case: str) -> Story | None:
    notices = ask(at, _teller(case))["notices"]
    return notices[0] if notices else None


async def _accepted(at: Places) -> bool:
    store = Store(at.mongo, "notifications")
    try:
        return bool(await store["deliveries"].count({"channel": "letter", "state": "accepted"}))
    finally:
        store.close()


async def _settled(at: Places, messages: list[Message]) -> bool:
    """Whether every register has been kept, nothing waits in a queue, and no outbox holds a message."""
    expected = sum(isinstance(message, RegisterTaken | MarksAmended) for message in messages)
    store = Store(at.mongo, "notices")
    try:
        kept = await store["registers"].count({})
        waiting = [len(await store[name].pending(1)) for name in ("pupils", "cases")]
    finally:
        store.close()
    return kept >= expected and not any(waiting) and not await _queued(at.amqp)


async def _queued(amqp: str) -> int:
    connection = await aio_pika.connect(amqp)
    async with connection:
        channel = await connection.channel()
        names = [queue_name(service, message) for service, heard in HEARS.items() for message in heard]
        queues = [await channel.declare_queue(name, passive=True) for name in names]
        return sum(queue.declaration_result.message_count or 0 for queue in queues)
