"""The body of an email, written once in Markdown, as HTML and as text. Pure.

The text is also what GOV.UK Notify gets: it reads a dialect of Markdown in which underlined lines are headings, and
lines that begin with a hyphen or a number are lists. A line of plain words that begins like these gets a backslash.
"""

import re
from collections.abc import Iterable

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from shared.writing.characters import is_number

_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")
_ADDRESS_AND_STOP = re.compile(r"(https?://\S+?)[.](?:\s+|$)")
"""Many mail programs take a full stop as part of the address: the line ends instead."""
_LINE_OF_MARKUP = re.compile(r"[#*\-+^•>=~`|\[_]|[0-9]+[.)]")


def as_html(markdown: str) -> str:
    """The inner HTML: headings, paragraphs, lists, tables with headers, links and strong words."""
    return str(_MARKDOWN.render(markdown)).replace("<th>", '<th scope="col">')


def as_text(markdown: str) -> str:
    """The same as text, each paragraph on one line: mail programs wrap lines themselves."""
    tree = SyntaxTreeNode(_MARKDOWN.parse(markdown))
    return "\n\n".join(_block(node) for node in tree.children) + "\n"


def _block(node: SyntaxTreeNode) -> str:
    match node.type:
        case "heading":
            words = _inert(_words(node))
            underline = {"h1": "=", "h2": "-"}.get(node.tag, "")
            return f"{words}\n{underline * min(len(words), 65)}".rstrip()
        case "paragraph":
            return "\n".join(_inert(line) for line in _ADDRESS_AND_STOP.sub(r"\1\n", _words(node)).strip().split("\n"))
        case "bullet_list":
            return "\n".join(f"- {_item(item)}" for item in node.children)
        case "ordered_list":
            return "\n".join(f"{number}. {_item(item)}" for number, item in enumerate(node.children, start=1))
        case "table":
            return "\n".join(f"- {row}" for row in _rows(node))
    raise ValueError(f"an email has no room for a {node.type}")


def _item(item: SyntaxTreeNode) -> str:
    words = (_ADDRESS_AND_STOP.sub(r"\1 ", _words(child)).split("\n") for child in item.children)
    return " ".join(_inert(" ".join(lines).strip()) for lines in words)


def _rows(table: SyntaxTreeNode) -> Iterable[str]:
    """Each row on one line: the first cell as it is, the others after their column's heading."""
    head, *bodies = table.children
    columns = [_words(cell).lower() for cell in head.children[0].children]
    for row in (row for body in bodies for row in body.children):
        first, *others = (_words(cell) for cell in row.children)
        named = (f"{column} {words}" for column, words in zip(columns[1:], others, strict=True) if words)
        yield _inert(", ".join([first, *named]))


def _words(node: SyntaxTreeNode) -> str:
    """The text of a node, with line breaks, and links as their words and address."""
    match node.type:
        case "text":
            return node.content
        case "softbreak":
            return " "
        case "hardbreak":
            return "\n"
        case "link":
            return _link("".join(map(_words, node.children)), str(node.attrs["href"]))
        case "heading" | "paragraph" | "inline" | "strong" | "th" | "td":
            return "".join(map(_words, node.children))
    raise ValueError(f"an email has no room for a {node.type}")


def _link(words: str, address: str) -> str:
    shown = address.removeprefix("mailto:").removeprefix("tel:")
    return shown if words in {shown, shown.removeprefix("https://")} else f"{words}: {shown}"


def _inert(line: str) -> str:
    """The line as plain words: no Markdown reader takes its beginning for a heading, a list or a quotation."""
    bare = line.lstrip()
    if not (found := _LINE_OF_MARKUP.match(bare)):
        return bare
    place = found.end() - 1 if is_number(found[0][0]) else 0
    return f"{bare[:place]}\\{bare[place:]}"
