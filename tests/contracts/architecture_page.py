"""What comes from the code in docs/architecture.md and in the README: who speaks to whom, the rooms of each service."""

import ast
import re
import tomllib
from collections import Counter
from pathlib import Path

from shared.messaging.topology import HEARS, SPEAKERS

ROOT = Path(__file__).parents[2]
MAP, README = ROOT / "docs" / "architecture.md", ROOT / "README.md"


def as_markdown(page: Path = MAP) -> str:
    """A page as it stands, with its parts between `<!-- from the code: … -->` and `<!-- end -->` written anew."""
    text = page.read_text()
    for name, written in {"who speaks to whom": picture(), "rooms": rooms()}.items():
        part = re.compile(rf"(<!-- from the code: {name} -->\n).*?(<!-- end -->)", re.S)
        text = part.sub(lambda found, written=written: f"{found[1]}{written}{found[2]}", text)
    return text


def picture() -> str:
    """Everybody who speaks, and how many types of message each service hears from them."""
    heard = Counter((message.speaker(), service) for service, messages in HEARS.items() for message in messages)
    outside = [name for name in SPEAKERS if name not in HEARS]
    lines = [
        "```mermaid",
        "flowchart LR",
        *(f"    {name}([{name}])" for name in outside),
        *(f"    {name}[{name}]" for name in HEARS),
    ]
    lines += [
        f"    {speaker} -->|{number}| {service}"
        for (speaker, service), number in sorted(heard.items())
        if speaker != service
    ]
    return "\n".join([*lines, "```", ""])


def rooms() -> str:
    """The rooms of each service and of what they share, from the top down: imports run downwards only."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = {each["containers"][0]: each["layers"] for each in contracts if "containers" in each}
    lines: list[str] = []
    for house in [*(f"services.{service}" for service in HEARS), "shared"]:
        lines += [f"\n**{house.removeprefix('services.')}**\n", "| room | modules | what is in it |", "|---|---|---|"]
        names = [name for layer in layers[house] for name in layer.split(" | ")]
        folders = [ROOT / house.replace(".", "/") / name for name in names]
        lines += [_row(folder) for folder in folders if folder.is_dir()]
    return "\n".join(lines).lstrip("\n") + "\n"


def _row(folder: Path) -> str:
    said = ast.get_docstring(ast.parse((folder / "__init__.py").read_text())) or ""
    number = len([path for path in folder.glob("*.py") if not path.name.startswith("__")])
    return f"| [{folder.name}](../{folder.relative_to(ROOT)}/__init__.py) | {number} | {said.splitlines()[0]} |"
