"""A page in the list of pages: where it is, who may open it, what it shows. Pure.

The list is data: the site map in docs/ is written from it, and tests walk every page with every kind of visitor.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

Who = Literal["anybody", "link"]
WHO: Mapping[Who, str] = {"anybody": "anybody", "link": "who has its link"}


@dataclass(frozen=True)
class Listed:
    """One page. `form`: whether something can be sent there, of at most `longest` bytes."""

    path: str
    who: Who
    shows: str
    form: bool = False
    longest: int = 4_000
    by_machines: frozenset[str] = frozenset()
    """Fields that mark what a mail program sends by itself (RFC 8058): it has opened no page of ours before."""
    leads_out: bool = False
    """Whether its form leads on to another site, such as to where a webcast is held."""


def site_map(services: Mapping[str, Iterable[Listed]]) -> str:
    """The list of every service's pages, for docs/."""
    lines = [
        "# Every page",
        "",
        "Written from the services' lists of pages by `make docs`. `{…}` is a signed link's own part, a reference,",
        "or a step of a form.",
    ]
    for service, pages in services.items():
        lines += ["", f"## {service.capitalize()}", "", "| address | who | what it shows | form |", "|---|---|---|---|"]
        lines += [
            f"| `/{service}{each.path}` | {WHO[each.who]} | {each.shows} | {'yes' if each.form else ''} |"
            for each in pages
        ]
    return "\n".join(lines) + "\n"
