"""What every part of a survey's document has in common. Pure."""

import re
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator


class Part(BaseModel):
    """Frozen, and strict about names, so that a misspelt field is never silently ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
"""How answers and conditions name a question or an option: lower case, digits and underscores."""
Line = Annotated[str, StringConstraints(min_length=1, max_length=300, strip_whitespace=True)]
Words = Annotated[str, StringConstraints(min_length=1, max_length=2000, strip_whitespace=True)]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})?$")]
"""A language by its code, such as `cy` (BCP 47)."""


class Worded(Part):
    """Something with a text, which may have translations."""

    text: Line
    texts: Annotated[dict[Language, Line], Field(max_length=40)] = {}

    def says(self, language: str) -> str:
        """The text in a language, or the original if there is no translation."""
        return self.texts.get(language, self.text)


class Option(Worded):
    """One of the answers to choose from. If written as plain text, its id is made from its words."""

    id: Id

    @model_validator(mode="before")
    @classmethod
    def _a_plain_text_is_an_option(cls, data: Any) -> Any:
        if isinstance(data, str):
            return {"id": slug(data), "text": data}
        if isinstance(data, dict) and "id" not in data and isinstance(data.get("text"), str):
            return {"id": slug(data["text"]), **data}
        return data


def slug(text: str) -> str:
    """An id from words: `Not at all confident` becomes `not_at_all_confident`."""
    plain = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")[:38]
    return plain if plain[:1].isalpha() else f"o_{plain}"
