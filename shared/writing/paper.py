"""A page as text for a terminal, as HTML for a browser, and as a tagged PDF for paper."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import typst
from jinja2 import Environment, PackageLoader, StrictUndefined

_TEMPLATES = Environment(
    loader=PackageLoader("shared.writing"), undefined=StrictUndefined, autoescape=True, trim_blocks=True
)
_TYPST = Path(__file__).parent / "templates" / "page.typ"


@dataclass(frozen=True)
class Figure:
    """A picture as our own SVG, and what it shows in words for people who cannot see it."""

    svg: str
    says: str


@dataclass(frozen=True)
class Section:
    """A heading with lines below it; `rows` are label and text. A figure repeats what rows or lines say."""

    heading: str
    lines: tuple[str, ...] = ()
    rows: tuple[tuple[str, str], ...] = ()
    figure: Figure | None = None


@dataclass(frozen=True)
class Page:
    """A page to be written as text, HTML or PDF."""

    title: str
    lead: tuple[str, ...]
    sections: tuple[Section, ...] = field(default=())


def as_text(page: Page) -> str:
    lines = [page.title, "", *page.lead]
    for section in page.sections:
        lines += ["", section.heading, *_body(section)]
    return "\n".join(lines)


def as_html(page: Page) -> str:
    """A standalone page: no script, nothing loaded from elsewhere; it prints as it looks."""
    return _TEMPLATES.get_template("page.html").render(page=page)


def as_pdf(page: Page, made_at: datetime) -> bytes:
    """A4, tagged (PDF/UA-1); the same page and instant give the same bytes."""
    return typeset(_TYPST, {"page": asdict(page)}, made_at)


def typeset(template: Path, facts: Mapping[str, object], made_at: datetime) -> bytes:
    """A template with its facts, each as JSON, as tagged PDF (PDF/UA-1); the same arguments give the same bytes."""
    pdf = typst.compile(
        template,
        format="pdf",
        ignore_system_fonts=True,
        sys_inputs={name: json.dumps(value) for name, value in facts.items()},
        pdf_standards="ua-1",
        timestamp=made_at.astimezone(UTC).replace(microsecond=0),
    )
    if not isinstance(pdf, bytes):
        raise TypeError("one PDF was asked for")
    return pdf


def _body(section: Section) -> list[str]:
    return [f"  {label}: {text}" for label, text in section.rows] + [f"  {line}" for line in section.lines]
