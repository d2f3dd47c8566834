"""The templates that the Notify stand-in has: one for emails, one for texts; they hold only what they are handed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from deploy.local.notify_rules import Refusal

EMAIL = "6a3cf8a6-0a3e-4d0b-9f7e-2f0f6c1f5e01"
SMS = "6a3cf8a6-0a3e-4d0b-9f7e-2f0f6c1f5e02"
_FIELD = re.compile(r"\(\(([^()]+)\)\)")


@dataclass(frozen=True)
class Template:
    """A template as somebody has set it up at Notify."""

    type: str
    subject: str
    body: str


TEMPLATES: Mapping[str, Template] = {
    EMAIL: Template("email", "((subject))", "((body))"),
    SMS: Template("sms", "", "((body))"),
}


def fill(kind: str, asked: Mapping[str, Any]) -> dict[str, str]:
    """Subject and body with every field filled in, or Notify's refusal."""
    template = TEMPLATES.get(str(asked["template_id"]))
    if template is None:
        raise Refusal(400, "BadRequestError", "Template not found")
    if template.type != kind:
        raise Refusal(400, "BadRequestError", f"{template.type} template is not suitable for {kind} notification")
    given = asked.get("personalisation") or {}
    if not isinstance(given, dict):
        raise Refusal(400, "ValidationError", "personalisation is not of type object")
    wanted = dict.fromkeys(_FIELD.findall(template.subject + template.body))
    if missing := [name for name in wanted if given.get(name) is None]:
        raise Refusal(400, "BadRequestError", f"Missing personalisation: {', '.join(missing)}")
    return {"subject": _filled(template.subject, given), "body": _filled(template.body, given)}


def _filled(text: str, given: Mapping[str, Any]) -> str:
    return _FIELD.sub(lambda found: str(given[found[1]]), text)
