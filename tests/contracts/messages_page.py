"""docs/asyncapi.md and docs/surveys-api.md: the AsyncAPI and OpenAPI documents as pages for people."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from shared.contracts import CATALOGUE
from shared.messaging.access import PRODUCERS, SERVICES, may_say
from shared.signing.signatories import DECIDES

Schema = Mapping[str, Any]

_ENVELOPE = ("type", "id", "time", "subject", "correlation_id", "causation_id", "version")
HEAD = """# Every message

Made from `deploy/asyncapi/` by `make contracts`; a test compares. Who says a message has a topic exchange of its name,
and publishes on it; the routing key is the message's name. Each service has a queue of its own for each message
that it hears, named `<service>.<message>`. Every message is JSON and carries `id`, `time` and `type`, and may carry
`subject`, `correlation_id`, `causation_id` and `version`: [base.py](../shared/contracts/base.py) says what they mean.
A field with ? may be left out. Readers ignore fields that they do not know.

What no service says comes from outside: `mis` is what the schools' management information systems send through,
`casework` is people at work (the command line and its pages), `finance` is where payments are booked. Each may publish
what stands here and nothing else: [access.py](../shared/messaging/access.py). Whoever publishes sets the AMQP property
`user_id` to the name by which it logs in; what has none, or comes from somebody else, is parked as forged.

A command that decides is *signed*: its header `officer` carries the credential of the person whom the field names,
`~`, and a JWT by that person's key (EdDSA) with `act` (the message's name), `sha256` (of the body, in hexadecimal) and
`iat`. Without it, or with another's, it is refused ([decision 50](decisions/0050-an-officer-is-a-person.md)).
"""


def messages_page(documents: Mapping[str, Schema]) -> str:
    """The AsyncAPI documents of all services as one page: who hears and says what, then each message's fields."""
    parts = [HEAD.rstrip()]
    told: dict[str, tuple[Schema, Schema]] = {}
    ends: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for service, document in sorted(documents.items()):
        for operation in document["operations"].values():
            message = _found(document, _found(document, operation["messages"][0]))
            payload = _found(document, message["payload"])
            name = payload["properties"]["type"]["const"]
            told[name] = (payload, document["components"]["schemas"])
            if operation["action"] == "receive":
                ends[name]["Heard by"].append(service)
    for identity in (*SERVICES, *PRODUCERS):
        for message in may_say(identity):
            ends[message.key()]["Said by"].append(identity)
    for service in (*sorted(documents), *PRODUCERS):
        parts.append(f"## {service}")
        for way, verb in (("Heard by", "Hears"), ("Said by", "Says")):
            names = sorted(name for name, each in ends.items() if service in each[way])
            if names:
                parts.append(f"{verb}: " + ", ".join(f"[{name}](#{name.replace('.', '')})" for name in names) + ".")
    parts.append("## Messages")
    for name, (payload, schemas) in sorted(told.items()):
        who = " ".join(f"{way} {' and '.join(services)}." for way, services in sorted(ends[name].items()))
        if field := DECIDES.get(CATALOGUE[name]):
            who += f" Signed by `{field}`."
        parts += [f"### {name}", f"{_words(payload)} {who}".strip(), _table(payload, schemas)]
    return "\n\n".join(parts) + "\n"


def api_page(document: Schema) -> str:
    """An OpenAPI document as a page: each call, what is sent, what is answered."""
    info = document["info"]
    parts = [f"# {info['title']}", f"{info['description']} Made from `surveys.openapi.json` by `make contracts`."]
    for path, item in document["paths"].items():
        for verb in ("get", "put", "post", "delete"):
            if verb in item:
                parts += [f"## {verb.upper()} {path}", str(item[verb]["summary"]), *_call(item, item[verb])]
    schemas = document["components"]["schemas"]
    parts += [f"## {name}\n\n{_table(schema, schemas)}" for name, schema in sorted(schemas.items())]
    return "\n\n".join(parts) + "\n"


def _call(item: Schema, call: Schema) -> Iterator[str]:
    asked = [*item.get("parameters", ()), *call.get("parameters", ())]
    rows = [f"| `{each['name']}` | {each['in']} | {each.get('description', '')} |" for each in asked]
    yield "\n".join(["| parameter | in | |", "|---|---|---|", *rows])
    if "requestBody" in call:
        yield f"Sends {_kind(_of_body(call['requestBody']))}."
    answers = [
        f"| {code} | {answer['description']} | {_kind(_of_body(answer)) if answer.get('content') else ''} |"
        for code, answer in call["responses"].items()
    ]
    yield "\n".join(["| answer | when | what |", "|---|---|---|", *answers])


def _of_body(body: Schema) -> Schema:
    [content] = body["content"].values()
    schema: Schema = content["schema"]
    return schema


def _table(schema: Schema, schemas: Schema) -> str:
    needed = schema.get("required", ())
    fields = {name: each for name, each in schema.get("properties", {}).items() if name not in _ENVELOPE}
    rows = [
        f"| `{name}`{'' if name in needed else ' ?'} | {'. '.join(filter(None, (_kind(each), _words(each))))} |"
        for name, each in fields.items()
    ]
    nested = {name for each in fields.values() for name in _names(each)}
    lines = ["| field | what |", "|---|---|", *rows] if rows else ["No fields of its own."]
    return "\n".join(lines + [_nested(name, schemas) for name in sorted(nested) if name in schemas])


def _nested(name: str, schemas: Schema) -> str:
    """What stands inside a field, as one line under the table."""
    schema = schemas[name]
    if "enum" in schema:
        return f"\n*{name}*: {_kind(schema)}"
    needed = schema.get("required", ())
    fields = [
        f"{field}{'' if field in needed else ' ?'} {_kind(each)}"
        for field, each in schema.get("properties", {}).items()
    ]
    return f"\n*{name}*: " + "; ".join(fields)


def _kind(schema: Schema) -> str:
    """A field's kind in few words, and what bounds it."""
    if "$ref" in schema:
        return f"*{schema['$ref'].rpartition('/')[2]}*"
    if "const" in schema:
        return f"`{schema['const']}`"
    if "enum" in schema:
        return " · ".join(f"`{each}`" for each in schema["enum"])
    for several in ("anyOf", "oneOf", "allOf"):
        if several in schema:
            return " or ".join(_kind(each) for each in schema[several] if each.get("type") != "null")
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    kind = schema.get("format") or schema.get("type", "anything")
    kind = " or ".join(each for each in kind if each != "null") if isinstance(kind, list) else str(kind)
    limits = {"minimum": "≥ {}", "maximum": "≤ {}", "maxLength": "to {} characters", "pattern": "`{}`"}
    bounds = [words.format(_escaped(schema[name])) for name, words in limits.items() if name in schema]
    return ", ".join([kind, *bounds])


def _names(schema: Schema) -> Iterator[str]:
    if "$ref" in schema:
        yield schema["$ref"].rpartition("/")[2]
    for inner in (*schema.get("anyOf", ()), *schema.get("oneOf", ()), schema.get("items")):
        if isinstance(inner, Mapping):
            yield from _names(inner)


def _words(schema: Schema) -> str:
    return _escaped(" ".join(str(schema.get("description", "")).split()))


def _escaped(text: object) -> str:
    return str(text).replace("|", "\\|")


def _found(document: Schema, reference: Schema) -> Schema:
    """What a `$ref` of a document leads to."""
    found: Any = document
    for step in reference["$ref"].removeprefix("#/").split("/"):
        found = found[step.replace("~1", "/")]
    return dict(found)
