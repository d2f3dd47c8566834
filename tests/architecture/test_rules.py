"""The rules of the house, held against the code."""

import ast
import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from services.bookings import app as bookings
from services.bookings.places.states import BOOKING
from services.bookings.settings import BookingsSettings
from services.notices import app as notices
from services.notices.casefile.case_states import CASE
from services.notices.casefile.notice_states import NOTICE
from services.notices.settings import NoticesSettings
from services.notifications import app as notifications
from services.notifications.deliveries.delivery import DELIVERY
from services.notifications.deliveries.intent import INTENT
from services.notifications.settings import NotificationsSettings
from services.surveys import app as surveys
from services.surveys.answers.states import INVITATION, SURVEY
from services.surveys.settings import SurveysSettings
from shared.machine import Machine
from shared.messaging.topology import HEARS, queue_name
from shared.running.service import Parts
from shared.store.documents import Store
from shared.time.clock import Clock

ROOT = Path(__file__).parents[2]
SERVICES = ("notices", "bookings", "notifications", "surveys")
OURS = ("shared", "services", "deploy", "tests")
MOST_PARTS = 7


def modules(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def test_what_says_that_it_is_pure_is_held_to_it() -> None:
    """`make check` holds the contracts of pyproject.toml; this asks that no module claims more than they hold."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    pure = next(each["source_modules"] for each in contracts if each["name"].startswith("Pure"))
    claims = 0
    for path in [*modules("shared"), *modules("services")]:
        if re.search(r"\bPure\b[.:]", ast.get_docstring(ast.parse(path.read_text())) or ""):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            assert any(f"{name}.".startswith(f"{each}.") for each in pure), (
                f"{name}: add it to the contract, or it is not pure"
            )
            claims += 1
    assert claims > 50


def test_every_room_says_what_it_is_and_what_it_never_does() -> None:
    for service in SERVICES:
        for room in sorted((ROOT / "services" / service).glob("*/__init__.py")):
            said = ast.get_docstring(ast.parse(room.read_text())) or ""
            assert len(said.splitlines()) == 3, room
            assert " never " in said.splitlines()[2], room


def test_the_wall_clock_is_read_in_one_place() -> None:
    for path in [*modules("shared"), *modules("services")]:
        if path.name != "clock.py":
            assert "datetime.now(" not in path.read_text(), path


REACHES_INSIDE = "subscriptions.py"  # the one module that reaches inside the libraries of messaging
OF_THE_LIBRARIES = {"get_underlay_channel"}  # public, and what it leads to is not
OFFERED = {"_replace"}  # the standard library's: a named tuple's fields take the other names
TOLD_NOWHERE_ELSE = {"_labelnames"}  # a metric's labels, for the page of metrics: prometheus_client tells them only so


def test_nobody_reaches_inside_a_library() -> None:
    """A name that begins with an underscore is used where it is defined; tests may also use any of our own."""
    everywhere = [path for folder in OURS for path in modules(folder)]
    ours = set().union(*map(private_names, everywhere)) | OFFERED
    for path in everywhere:
        if path.name == REACHES_INSIDE or path == Path(__file__):
            continue
        of_others = ours | TOLD_NOWHERE_ELSE if path.is_relative_to(ROOT / "tests") else private_names(path) | OFFERED
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Attribute):
                is_private = node.attr.startswith("_") and not node.attr.endswith("_")
                is_own = isinstance(node.value, ast.Name) and node.value.id in {"self", "cls"}
                known = ours if is_own else of_others
                assert not is_private or node.attr in known, f"{path}:{node.lineno}: {node.attr} is not ours"
                assert node.attr not in OF_THE_LIBRARIES, f"{path}:{node.lineno}: {node.attr}: see {REACHES_INSIDE}"
            if isinstance(node, ast.ImportFrom) and node.module and not node.module.startswith(OURS):
                assert "._" not in f".{node.module}", f"{path}:{node.lineno}: {node.module} is not ours"


def private_names(path: Path) -> set[str]:
    """What a module defines with an underscore before its name: attributes, functions, classes, fields."""
    names: set[str] = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            names.add(node.attr)
    return {name for name in names if name.startswith("_")}


def test_what_is_not_known_yet_is_waited_for_in_one_way() -> None:
    for path in modules("services"):
        assert "raise NotYetKnown" not in path.read_text(), f"{path}: known() says it with the field's name"


STATES: dict[str, tuple[Machine[Any, Any], ...]] = {
    "notices": (CASE, NOTICE),
    "notifications": (DELIVERY, INTENT),
    "bookings": (BOOKING,),
    "surveys": (SURVEY, INVITATION),
}


@pytest.mark.parametrize("service", SERVICES)
def test_states_are_gathered_in_a_set_that_has_a_type(service: str) -> None:
    """mypy takes any text in a set that is written where it is used; in one with a type it refuses a misspelt state."""
    names = {state for machine in STATES[service] for state in machine.states}
    for path in modules(f"services/{service}"):
        nodes = list(ast.walk(parsed(path)))
        typed = {id(inside) for each in nodes if isinstance(each, ast.AnnAssign) for inside in ast.walk(each)}
        for node in nodes:
            if not isinstance(node, ast.Compare | ast.BinOp) or id(node) in typed:
                continue
            for display in node.comparators if isinstance(node, ast.Compare) else [node.right]:
                said = {item.value for item in getattr(display, "elts", ()) if isinstance(item, ast.Constant)}
                assert not said & names, f"{path}:{node.lineno}: name these states, with their type"


def parts(name: str) -> Parts:
    address = "mongodb://127.0.0.1:1/"
    store = Store(address, name)
    if name == "notifications":
        key = f"test-{'0' * 8}-0000-0000-0000-{'0' * 12}-{'0' * 8}-0000-0000-0000-{'0' * 12}"
        secrets = {"notify_key": key, "link_key": "key", "public_url": "https://here.example", "address_key": "key"}
        settings = NotificationsSettings(amqp_url="amqp://127.0.0.1:1/", mongo_url=address, **secrets)
        return notifications.composer(settings)(store, Clock())
    if name == "notices":
        return notices.composer(NoticesSettings(amqp_url="amqp://127.0.0.1:1/", mongo_url=address))(store, Clock())
    if name == "surveys":
        ours = SurveysSettings(
            amqp_url="", mongo_url=address, link_key="key", public_url="https://surveys.example", address_key="key"
        )
        return surveys.composer(ours)(store, Clock())
    theirs = BookingsSettings(
        amqp_url="", mongo_url=address, link_key="key", public_url="https://bookings.example", address_key="key"
    )
    return bookings.composer(theirs)(store, Clock())


def test_digits_are_those_from_0_to_9() -> None:
    """`\\d`, `isdigit` and `int` take digits of every script, which no reader after us does."""
    for path in [*modules("shared"), *modules("services"), *modules("deploy")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and path.name != "access.py":
                letters = node.value.replace(r"[^\W\d_]", "")  # letters of any script
                assert r"\d" not in letters, f"{path}:{node.lineno}: write [0-9]"
            if isinstance(node, ast.Attribute) and path.name != "characters.py":
                assert node.attr not in {"isdigit", "isdecimal", "isnumeric"}, f"{path}:{node.lineno}: is_number"


@pytest.mark.parametrize("name", SERVICES)
async def test_a_service_subscribes_once_to_exactly_what_the_topology_says(name: str) -> None:
    made = parts(name)
    queues = [subscriber.queue.name for router in made.routers for subscriber in router.subscribers]  # type: ignore[attr-defined]
    queues += [queue_name(name, bulk.message) for bulk in made.bulk]
    assert sorted(queues) == sorted(queue_name(name, message) for message in HEARS[name])


def collaborators(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    given = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    return [each.arg for each in given if each.arg not in {"self", "cls"}]


def puts_together(path: Path, function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """A constructor, and at a service's doors every function."""
    return function.name == "__init__" or path.name in {"app.py", "handlers.py"} or "web" in path.parent.parts


def does_work(written: ast.ClassDef) -> bool:
    """Whether a class of fields alone, whose constructor nobody wrote, does what a service does."""
    names = {each.name for each in written.body if isinstance(each, ast.FunctionDef)}
    return "__init__" not in names and any(isinstance(each, ast.AsyncFunctionDef) for each in written.body)


def test_nothing_is_put_together_of_more_than_seven_parts() -> None:
    """Whoever needs more does several things: give each its own class. A bag that holds them all changes nothing."""
    counted = 0
    for path in [*modules("shared"), *modules("services")]:
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and puts_together(path, node):
                given = collaborators(node)
                assert len(given) <= MOST_PARTS, f"{path}:{node.lineno}: {node.name} takes {', '.join(given)}"
                counted += 1
            if isinstance(node, ast.ClassDef) and does_work(node):
                fields = [each for each in node.body if isinstance(each, ast.AnnAssign)]
                assert len(fields) <= MOST_PARTS, f"{path}:{node.lineno}: {node.name} has {len(fields)} parts"
                counted += 1
    assert counted > 150


@pytest.mark.parametrize("folder", ["shared", "services"])
def test_the_code_names_no_county(folder: str) -> None:
    """Names, addresses and numbers of an authority stand in files that another authority replaces, or overrides."""
    for path in modules(folder):
        found = re.search(r"norfolk|\b01603\b", path.read_text(), re.IGNORECASE)
        assert not found, f"{path}: {found and found[0]} belongs in a file that another authority replaces"
