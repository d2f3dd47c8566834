"""The contract catalogue: every event and command by its type, collected from the modules that define them."""

from collections.abc import Iterator
from inspect import isclass
from types import ModuleType

from shared.contracts import bookings, casework, circulars, erasure, hosting, mis, notices, notifications, surveys
from shared.contracts.base import Command, Event, Message


def _defined_in(module: ModuleType) -> Iterator[type[Message]]:
    """The messages of one module, in its order; a class without a type of its own is what several have in common."""
    for each in vars(module).values():
        if isclass(each) and issubclass(each, Message) and each.__module__ == module.__name__ and each.has_type():
            yield each


CATALOGUE: dict[str, type[Message]] = {
    message.key(): message
    for module in (mis, notices, casework, hosting, bookings, notifications, circulars, surveys, erasure)
    for message in _defined_in(module)
}


def asked_of(service: str) -> tuple[type[Command], ...]:
    """The commands that a service takes: a command's type begins with the name of whom it asks."""
    return tuple(
        message for key, message in CATALOGUE.items() if issubclass(message, Command) and key.startswith(f"{service}.")
    )


__all__ = ["CATALOGUE", "Command", "Event", "Message", "asked_of"]
