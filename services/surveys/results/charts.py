"""Bars as SVG, for screens, printers and screen readers; the numbers are beside them in words. Pure."""

from collections.abc import Sequence
from xml.sax.saxutils import escape

import typst

from shared.writing.paper import Figure

_WIDTH, _LABEL, _BAR, _GAP = 640, 250, 22, 8
_LONGEST = 40  # characters of a label; the table has all of it


def bars(title: str, counts: Sequence[tuple[str, int | None]]) -> Figure:
    """One bar for each count, scaled to the largest; a hidden count is labelled as hidden."""
    largest = max((count for _, count in counts if count), default=1)
    room = _WIDTH - _LABEL - 60
    lines = []
    for place, (label, count) in enumerate(counts):
        top = place * (_BAR + _GAP)
        middle = top + _BAR * 0.7
        lines.append(f'<text x="{_LABEL - 8}" y="{middle:.1f}" text-anchor="end">{escape(_short(label))}</text>')
        if count is None:
            lines.append(f'<text x="{_LABEL + 4}" y="{middle:.1f}" fill="#505a5f">not shown</text>')
            continue
        width = round(room * count / largest, 1)
        lines.append(f'<rect x="{_LABEL}" y="{top}" width="{width}" height="{_BAR}" fill="#1d70b8"/>')
        lines.append(f'<text x="{_LABEL + width + 6:.1f}" y="{middle:.1f}">{count}</text>')
    height = max(len(counts) * (_BAR + _GAP), _BAR)
    says = f"Bar chart. {title}: " + "; ".join(
        f"{label} {'not shown' if count is None else count}" for label, count in counts
    )
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}" '
        f'font-family="Arial, sans-serif" font-size="13" fill="#0b0c0c">'
        f"<title>{escape(title)}</title><desc>{escape(says)}</desc>{''.join(lines)}</svg>"
    )
    return Figure(svg, says)


def as_png(figure: Figure) -> bytes:
    """The same picture as PNG, at 144 dots an inch."""
    source = (
        '#set page(width: auto, height: auto, margin: 8pt, fill: white)\n#image(bytes(sys.inputs.svg), format: "svg")'
    )
    png = typst.compile(
        source.encode(), format="png", ppi=144, ignore_system_fonts=True, sys_inputs={"svg": figure.svg}
    )
    if not isinstance(png, bytes):
        raise TypeError("one picture was asked for")
    return png


def _short(label: str) -> str:
    return label if len(label) <= _LONGEST else label[: _LONGEST - 1] + "…"
