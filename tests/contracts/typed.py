"""What a page tells somebody to type, held against what there is: commands, options, targets, files and resources."""

import re
import shlex
from itertools import pairwise
from pathlib import Path
from typing import Any

from deploy.manifests.render import OVERLAYS, render
from tests.command_line import whole
from tests.contracts.vocabulary import vocabulary

ROOT = Path(__file__).parents[2]
COMMAND: Any = whole()
MAKEFILE = (ROOT / "Makefile").read_text()
KUBECTL = {
    "annotate", "apply", "config", "create", "delete", "describe", "exec", "get", "label", "logs", "patch", "rollout",
    "scale", "set", "top", "wait",
}  # fmt: skip
NOT_OURS = {"cd", "curl", "docker", "env", "git", "grep", "kustomize", "openssl", "pip", "rabbitmq-diagnostics"}
"""Programs of others: only the files that they are given are looked at."""
MADE_LATER = {"statefulset/everyday-rabbitmq-server", "job/backup-by-hand", "job/restore-1", "namespace/mis-gateway"}
"""What an operator, a command of the page itself, or somebody else makes: the overlays do not name it."""
_FILE = re.compile(r"(?:deploy|docs|tests|services|shared)/[\w./-]*\w")


class NotThere(Exception):
    """Something that a page tells somebody to type does not exist; the text says which."""


def blocks(text: str) -> list[str]:
    """The lines of a page's `sh` blocks, without their remarks."""
    found = re.findall(r"^ *```sh\n(.*?)^ *```", text, re.S | re.M)
    lines = [re.split(r"\s+#(?: |$)", line)[0].strip() for block in found for line in block.splitlines()]
    return [line for line in lines if line]


def inline(text: str) -> list[str]:
    """Commands within sentences: whole ones, that begin with a program of ours."""
    prose = re.sub(r"^ *```.*?^ *```", "", text, flags=re.S | re.M)
    spans = [span.replace("\n", " ") for span in re.findall(r"`([^`]+)`", prose)]
    return [re.sub(r" +", " ", span) for span in spans if re.match(r"(everyday|kubectl|make) [a-z]", span)]


def check(line: str) -> None:
    """Raises NotThere where a line names something that does not exist."""
    for part in re.split(r"\||&&|;(?=\s|$)", line.replace("\\|", "|")):
        words = shlex.split(part)
        _program(line, words)
        for word in words:
            for file in _FILE.findall(word) if "://" not in word else ():
                _is_there((ROOT / file).exists(), line, file)


def _program(line: str, words: list[str]) -> None:
    while words and (re.fullmatch(r"[A-Z_]+=.*", words[0]) or words[0] == "env"):
        words = words[1:]
    program, *rest = words
    if program in {"everyday", ".venv/bin/everyday"}:
        _everyday(line, rest)
    elif program == "make":
        _make(line, rest)
    elif program.endswith("/python") or program == "python":
        _python(line, rest)
    elif program == "kubectl":
        _kubectl(line, rest)
    else:
        _is_there(program in NOT_OURS, line, program)


def _everyday(line: str, words: list[str]) -> None:
    command, rest = COMMAND, [word for word in words if word != "…"]
    while hasattr(command, "commands"):
        if not rest or rest[0] not in command.commands:
            _is_there(command.invoke_without_command, line, " ".join(words))
            break
        command = command.commands[rest.pop(0)]
    try:
        command.make_parser(command.context_class(command)).parse_args(list(rest))
    except Exception as error:
        raise NotThere(f"{line}: {error}") from None
    if "--event" in rest:
        event = rest[rest.index("--event") + 1]
        _is_there(event in {said.event for said in vocabulary()}, line, event)


def _make(line: str, words: list[str]) -> None:
    for word in words:
        name, sign, _ = word.partition("=")
        there = f"$({name})" in MAKEFILE or f"{name} ?=" in MAKEFILE if sign else f"\n{name}:" in MAKEFILE
        _is_there(there, line, word)


def _python(line: str, words: list[str]) -> None:
    if words[:1] == ["-m"] and words[1].split(".")[0] in {"services", "deploy", "tests", "shared"}:
        if words[1] == "services.cli":
            _everyday(line, words[2:])
            return
        place = ROOT / words[1].replace(".", "/")
        _is_there(place.with_suffix(".py").exists() or (place / "__main__.py").exists(), line, words[1])


def _kubectl(line: str, words: list[str]) -> None:
    _is_there(words[0] in KUBECTL, line, words[0])
    if "--" in words:
        _program(line, words[words.index("--") + 1 :])
        words = words[: words.index("--")]
    made = {(each["kind"].lower(), each["metadata"]["name"]) for overlay in OVERLAYS for each in render(overlay)}
    named = [tuple(found.groups()) for word in words if (found := re.fullmatch(r"(?:--from=)?([a-z]+)/([\w-]+)", word))]
    if words[0] != "create":
        kinds = {kind for kind, _ in made}
        named += [pair for pair in pairwise(words) if pair[0] in kinds and re.fullmatch(r"\w[\w-]*", pair[1])]
    for kind, name in named:
        _is_there((kind, name) in made or f"{kind}/{name}" in MADE_LATER, line, f"{kind} {name}")


def _is_there(there: bool, line: str, what: str) -> None:
    if not there:
        raise NotThere(f"{line}: {what}")
