"""The HTTP API beneath the pages as an OpenAPI 3.1 document. Written to docs/ by `make contracts`."""

from typing import Any

from services.surveys.web.api import Finished, Progress, Withdrawal

Spec = dict[str, Any]

_PURPOSES = {
    "answer": "The link of an invitation.",
    "copy": "The link in a confirmation.",
    "results": "A link to results.",
}
_ERRORS = {
    "400": "The body cannot be read; `problems` say why.",
    "404": "The link is not complete, or not one of ours.",
    "409": "It is too late, too early, or answered already; `words` say which.",
    "413": "The body is larger than 200,000 bytes.",
    "422": "Some answers need another look; `problems` name question and fix.",
    "503": "The store cannot be reached at this moment: try again.",
}


def openapi() -> Spec:
    """The document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Everyday Counts: surveys",
            "version": "1",
            "description": "What a page shows and sends for somebody who has a link. A GET changes nothing.",
        },
        "paths": {
            "/answer/{token}": {
                "parameters": [_token("answer")],
                "get": _call(
                    "look", "The survey in the respondent's language, with saved answers.", "View", "404 503", lang=True
                ),
                "post": _call(
                    "send",
                    "Send a finished answer; the same submission twice is one.",
                    "Accepted",
                    "400 404 409 413 422 503",
                    Finished,
                ),
            },
            "/answer/{token}/progress": {
                "parameters": [_token("answer")],
                "put": _call("save", "Save answers so far.", "Saved", "400 404 409 413 422 503", Progress),
            },
            "/answer/{token}/withdraw": {
                "parameters": [_token("answer")],
                "post": _call("withdraw", "Take the answer back.", "Withdrawn", "400 404 409 413 503", Withdrawal),
            },
            "/copy/{token}": {
                "parameters": [_token("copy")],
                "get": _call("copy", "The respondent's own answer, to keep.", "Copy", "404 503"),
            },
            "/results/{token}": {
                "parameters": [_token("results")],
                "get": _call("results", "Published results, and “you said, we did”.", "Results", "404 503"),
            },
        },
        "components": {"schemas": _schemas()},
    }


def _token(purpose: str) -> Spec:
    where = {"name": "token", "in": "path", "required": True, "schema": {"type": "string"}}
    return {**where, "description": _PURPOSES[purpose]}


def _call(
    name: str,
    summary: str,
    answer: str,
    errors: str,
    body: type[Progress] | type[Withdrawal] | None = None,
    *,
    lang: bool = False,
) -> Spec:
    call: Spec = {"operationId": name, "summary": summary, "responses": {"200": _json("As asked.", answer)}}
    call["responses"] |= {status: _json(_ERRORS[status], "Error") for status in errors.split()}
    if body is not None:
        call["requestBody"] = {"required": True, **_content(body.__name__)}
    if lang:
        code = {
            "name": "lang",
            "in": "query",
            "schema": {"type": "string"},
            "description": "A language's code, such as cy.",
        }
        call["parameters"] = [code]
    return call


def _json(description: str, schema: str) -> Spec:
    return {"description": description, **_content(schema)}


def _content(schema: str) -> Spec:
    return {"content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}}


def _schemas() -> Spec:
    bodies = {kind.__name__: kind.model_json_schema() for kind in (Progress, Finished, Withdrawal)}
    problem = _object(question="string", words="string")
    error = _object(code="string", words="string")
    error["properties"]["problems"] = {"type": "array", "items": problem}
    return {
        **bodies,
        "Error": {"type": "object", "required": ["error"], "properties": {"error": error}},
        "Saved": _saved(problem),
        "Withdrawn": _object(withdrawn="boolean"),
        "Accepted": _object(accepted="boolean", response="string null"),
        "View": _object(
            survey="string",
            edition="integer",
            title="string",
            introduction="string",
            state="string",
            opening="string",
            closing="string",
            closes_at="string",
            grace="string",
            promise="string null",
            mode="string",
            mode_words="string",
            saving_words="string",
            official="boolean",
            nothing_to_say="boolean",
            contact="object",
            language="string",
            languages="array",
            questions="array",
            saved="object",
            asked="array",
            response="string null",
            begun="string",
            submission="string",
        ),
        "Copy": _object(
            survey="string",
            title="string",
            edition="integer",
            papers="array",
            response="string",
            answered_at="string null",
            nothing_to_say="boolean",
            answers="array",
        ),
        "Results": _object(results="object", you_said_we_did="array"),
    }


def _saved(problem: Spec) -> Spec:
    """`problems` is there if some answers were not saved; the others were."""
    spec = _object(saved="boolean")
    spec["properties"]["problems"] = {"type": "array", "items": problem}
    return spec


def _object(**fields: str) -> Spec:
    kinds = {name: type_words.split() for name, type_words in fields.items()}
    properties = {name: {"type": kind if len(kind) > 1 else kind[0]} for name, kind in kinds.items()}
    return {"type": "object", "required": sorted(fields), "properties": properties}
