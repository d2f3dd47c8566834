"""Reads a TOML file that somebody has written into a model; every error names file, field and fix. Pure."""

import tomllib
from typing import TypeVar

from pydantic import BaseModel, ValidationError

M = TypeVar("M", bound=BaseModel)


def read_toml(model: type[M], text: str, name: str, invalid: type[ValueError]) -> M:
    """The model in a file's text; raises `invalid` with every problem, one on each line."""
    try:
        return model.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise invalid(f"{name}: this is not TOML: {error}") from None
    except ValidationError as error:
        problems = [
            f"{name}: {'.'.join(map(str, each['loc'])) or 'as a whole'}: {each['msg'].removeprefix('Value error, ')}"
            for each in error.errors(include_url=False)
        ]
        raise invalid("\n".join(problems)) from None
