"""Makes plain text of what data files hold: HTML, entities, stray control characters. Pure.

Cleaning never changes what a person would read. What it cannot clean (NUL characters, which are
always damage) is refused, not mangled.
"""

import html
import re
from html.parser import HTMLParser
from typing import Any

MARKUP = re.compile(r"<[a-zA-Z/!][^<]*>|&(?:#\d+|#[xX][0-9a-fA-F]+|[a-zA-Z]\w*);")
CONTROLS = re.compile(r"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
BLANK_LINES = re.compile(r"\n{2,}")
MOST_MARKS = 5_000
"""Tags in one text: with far more, it is not a description, and reading it would take for ever."""
LONGEST_KEY = 200
BREAKING = frozenset({"p", "br", "div", "li", "ul", "ol", "tr", "table", "h1", "h2", "h3", "h4", "h5", "h6"})
SILENT = frozenset({"script", "style", "head", "title", "noscript"})


def key(value: Any) -> Any:
    """A key as it is written, but for white space around it: cleaning could make one key of two.

    Raises ``ValueError`` for what nobody could type.
    """
    if isinstance(value, bool):
        raise ValueError("must be a text")  # noqa: TRY004
    text = value.strip() if isinstance(value, str) else value
    if isinstance(text, str) and not text.isprintable():
        raise ValueError("has characters that cannot be printed")
    return text


def is_key(text: str) -> bool:
    """Whether a row could have this text as its key."""
    return text.isprintable() and text.strip() == text and 0 < len(text) <= LONGEST_KEY


def line(text: str) -> str:
    """One line of plain text. Raises ``ValueError`` for a NUL character."""
    return text if _is_clean(text) else " ".join(_plain(text).split())


def paragraphs(text: str) -> str:
    """Plain text that keeps its paragraphs. Raises ``ValueError`` for a NUL character."""
    if _is_clean(text):
        return text
    plain = _plain(text)
    if "\r" in plain:
        plain = plain.replace("\r\n", "\n").replace("\r", "\n")
    lines = "\n".join(text.rstrip(" \t") for text in plain.split("\n"))
    return BLANK_LINES.sub("\n\n", lines).strip()


def _is_clean(text: str) -> bool:
    """Whether nothing needs doing, as for most values: printable words with single spaces between them."""
    return text.isprintable() and "  " not in text and "<" not in text and "&" not in text and text.strip() == text


def _plain(text: str) -> str:
    if "\0" in text:
        raise ValueError("has a NUL character: the file is damaged here, or not text")
    if MARKUP.search(text):
        text = _without_markup(text)
    return CONTROLS.sub(" ", text).replace("\0", " ")


def _without_markup(text: str) -> str:
    if "<" not in text:
        return html.unescape(text)
    if text.count("<") > MOST_MARKS:
        raise ValueError(f"has more than {MOST_MARKS:,} tags: it is not a text")
    reader = _TextReader()
    reader.feed(text)
    reader.close()
    return "".join(reader.parts)


class _TextReader(HTMLParser):
    """Collects what a browser would show, a line for every block."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        if tag in SILENT:
            self._silent += 1
        elif tag in BREAKING:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag in BREAKING:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(data)
