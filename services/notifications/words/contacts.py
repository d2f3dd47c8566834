"""The contact book: whom a reader may ask, by kind of question. Data of the authority, with clear errors."""

from functools import cache
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, EmailStr, Field, StringConstraints, model_validator

from services.notifications.settings import WordingSettings
from shared.writing.toml_files import read_toml

Kind = Literal["duty_line", "penalty_notices", "court", "post"]
Line = Annotated[str, StringConstraints(min_length=1, max_length=100, strip_whitespace=True)]
Phone = Annotated[str, StringConstraints(pattern=r"^0[0-9 ]{9,13}$")]
Domain = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)+$")]
Secure = Annotated[str, StringConstraints(pattern=r"^https://[A-Za-z0-9./_-]+$")]
Hashtag = Annotated[str, StringConstraints(pattern=r"^#[A-Za-z0-9]+$")]

_SHIPPED = Path(__file__).parents[1] / "contacts.toml"


class ContactsInvalid(ValueError):
    """A contact book that cannot be used. The text names file, field and fix."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Contact(_Part):
    """The contact for one kind of question."""

    name: Line
    phones: tuple[Phone, ...] = ()
    email: EmailStr
    hours: Line | None = None


class Campaign(_Part):
    """What the campaign's messages carry."""

    name: Line
    parents_link: Secure
    hashtags: Annotated[tuple[Hashtag, ...], Field(min_length=1)]


class ContactBook(_Part):
    """Everything that messages say about the authority itself."""

    authority: Line
    team: Line
    post: Annotated[tuple[Line, ...], Field(min_length=2, max_length=6)]
    """The lines of the postal address."""
    own_domains: tuple[Domain, ...]
    """Domains whose addresses stay clickable in words that people have typed."""
    kinds: dict[Kind, Contact]
    campaign: Campaign

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if missing := sorted({"duty_line", "penalty_notices", "court", "post"} - set(self.kinds)):
            raise ValueError(f"kinds: add [kinds.{missing[0]}]")
        for kind in ("duty_line", "penalty_notices", "court"):
            if not self.kinds[kind].phones:
                raise ValueError(f"kinds.{kind}.phones: give at least one phone number")
        return self


def read_contacts(text: str, name: str) -> ContactBook:
    """Read one contact book; raises ContactsInvalid with every problem."""
    return read_toml(ContactBook, text, name, ContactsInvalid)


@cache
def contact_book(file: Path | None = None) -> ContactBook:
    """The authority's own book where a setting names one, else the one that is shipped; raises ContactsInvalid."""
    place = file or WordingSettings().contacts_file or _SHIPPED
    try:
        return read_contacts(place.read_text("utf-8"), place.name)
    except OSError as error:
        raise ContactsInvalid(f"{place.name}: {error.strerror}") from None
