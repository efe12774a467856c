"""Message styling (XEP-0393): text with ``*``, ``_``, ``~`` and the like to a tree, and back."""

import re
from bisect import bisect_left
from collections.abc import Callable, Sequence
from itertools import groupby

from msgspec import Struct

from bridge.model.content import (
    Block,
    Code,
    CodeBlock,
    Colour,
    Content,
    Emoji,
    Face,
    Heading,
    Inline,
    Link,
    Listing,
    Maths,
    Mention,
    Paragraph,
    Quote,
    Rule,
    Spoiler,
    Style,
    Styled,
    Table,
    Text,
    inline_text,
)

DEEPEST_QUOTE = 8
"""Quotes inside quotes; what is deeper stays text."""
LONGEST_STYLED = 1 << 16
"""Characters; longer text is a paste, and is not searched for styles."""

_FACES: dict[str, Face] = {"*": "bold", "_": "italic", "~": "strike"}
_SIGNS: dict[str, str] = {face: sign for sign, face in _FACES.items()}
_STYLED = re.compile(r"[*_~`]|^>", re.MULTILINE)
_MAY_OPEN = re.compile(r"(?:^|[\s*_~`])[*_~`]\S|^>", re.MULTILINE)
_FENCE = "```"


class Written(Struct, frozen=True):
    """Content as the body of a message."""

    body: str
    styled: bool = False
    """Directives were written into it: it is to be read as styled."""
    spoiler: str | None = None
    """Not None: the whole message should be covered, with this hint (XEP-0382)."""
    mentions: tuple[Mention, ...] = ()
    """Who is mentioned, in the order of the text."""


# --- text to tree --------------------------------------------------------------------------------


def read(body: str, *, unstyled: bool = False, style: Style = "text") -> Content:
    """Turn a body into content. Every text has a meaning; nothing raises."""
    if unstyled or len(body) > LONGEST_STYLED or not _STYLED.search(body):
        return Content((Paragraph((Text(body),)),), style)
    return Content(_blocks(body.split("\n"), 0), style)


def looks_styled(body: str) -> bool:
    """Tell whether some client might show this text in another way than it is written.

    Clients differ in the finer points of XEP-0393, so this rather says yes.
    """
    return _MAY_OPEN.search(body) is not None


def _blocks(lines: Sequence[str], depth: int) -> tuple[Block, ...]:
    blocks: list[Block] = []
    running: list[str] = []
    at = 0
    while at < len(lines):
        line = lines[at]
        fenced = line.startswith(_FENCE)
        if not fenced and (not line.startswith(">") or depth >= DEEPEST_QUOTE):
            running.append(line)
            at += 1
            continue
        _close(blocks, running)
        block, at = _code(lines, at) if fenced else _quote(lines, at, depth)
        blocks.append(block)
    _close(blocks, running)
    return tuple(blocks) or (Paragraph((Text(""),)),)


def _close(blocks: list[Block], running: list[str]) -> None:
    """End the paragraph that has gathered."""
    if running:
        spans: list[Inline] = []
        for number, line in enumerate(running):
            _spans(line if number == 0 else "\n" + line, spans)
        blocks.append(Paragraph(_joined(spans)))
        running.clear()


def _code(lines: Sequence[str], at: int) -> tuple[CodeBlock, int]:
    language = lines[at][len(_FENCE) :].strip()
    end = at + 1
    while end < len(lines) and lines[end] != _FENCE:
        end += 1
    text = "\n".join(lines[at + 1 : end])
    return CodeBlock(text, language if language.isalnum() else ""), end + 1


def _quote(lines: Sequence[str], at: int, depth: int) -> tuple[Quote, int]:
    end = at
    inner = []
    while end < len(lines) and lines[end].startswith(">"):
        line = lines[end][1:]
        inner.append(line[1:] if line[:1].isspace() else line)
        end += 1
    return Quote(_blocks(inner, depth + 1)), end


def _spans(line: str, out: list[Inline]) -> None:
    """Read the spans of one line; a ``\\n`` at its begin belongs to the text before."""
    closers = {
        sign: [
            match.start()
            for match in re.finditer(re.escape(sign), line)
            if match.start() and not line[match.start() - 1].isspace()
        ]
        for sign in "*_~`"
        if sign in line
    }
    _range(line, 0, len(line), closers, out)


def _range(
    line: str, start: int, end: int, closers: dict[str, list[int]], out: list[Inline]
) -> None:
    plain_from = at = start
    while at < end:
        close = _closer(line, at, start, end, closers)
        if close is None:
            at += 1
            continue
        out.append(Text(line[plain_from:at]))
        if line[at] == "`":
            out.append(Code(line[at + 1 : close]))
        else:
            inner: list[Inline] = []
            _range(line, at + 1, close, closers, inner)
            out.append(Styled(_FACES[line[at]], _joined(inner)))
        plain_from = at = close + 1
    out.append(Text(line[plain_from:end]))


def _closer(line: str, at: int, start: int, end: int, closers: dict[str, list[int]]) -> int | None:
    """Find where the span that opens here ends, if one opens here (XEP-0393 §6.2).

    A directive that is doubled opens nothing: ``**`` is Markdown, or dots of a sort.
    """
    places = closers.get(line[at])
    if not places or at + 2 >= end or line[at + 1].isspace() or line[at + 1] == line[at]:
        return None
    if at > start and not line[at - 1].isspace():
        return None
    first = bisect_left(places, at + 2)
    return places[first] if first < len(places) and places[first] < end else None


def _joined(spans: list[Inline]) -> tuple[Inline, ...]:
    """Put neighbouring texts together and leave out empty ones."""
    out: list[Inline] = []
    for is_text, group in groupby(spans, lambda span: type(span) is Text):
        if not is_text:
            out.extend(group)
        elif text := "".join(span.text for span in group if isinstance(span, Text)):
            out.append(Text(text))
    return tuple(out) or (Text(""),)


# --- tree to text --------------------------------------------------------------------------------

Named = Callable[[Mention], str]
"""Answers how a person is called in the room that the text goes to."""


def write(content: Content, named: Named = lambda mention: mention.name) -> Written:
    """Turn content into a body. Directives are only written where clients will read them."""
    match content.blocks:
        case (Paragraph(children=(Text(text),)),):
            return Written(text)
    writer = _Writer(named)
    body = "\n".join(writer.block(block) for block in content.blocks)
    return Written(body, writer.wrote, writer.spoiler, tuple(writer.mentions))


class _Writer:
    def __init__(self, named: Named):
        self.named = named
        self.wrote = False
        """A directive was written, so that the body is to be read as styled."""
        self.spoiler: str | None = None
        self.mentions: list[Mention] = []

    def block(self, block: Block) -> str:
        match block:
            case Paragraph():
                return self.inline(block.children)
            case Heading():
                return self.wrapped("*", self.inline(block.children))
            case Quote():
                self.wrote = True
                inner = "\n".join(map(self.block, block.children))
                return "\n".join(f"> {line}" for line in inner.split("\n"))
            case CodeBlock():
                self.wrote = True
                text = re.sub(r"^```$", " ```", block.text, flags=re.MULTILINE)
                return f"{_FENCE}{block.language}\n{text}\n{_FENCE}"
            case Listing():
                return "\n".join(self.items(block))
            case Table():
                return "\n".join(" | ".join(map(self.inline, row)) for row in block.rows)
            case Rule():
                return "---"

    def items(self, listing: Listing) -> list[str]:
        lines = []
        for number, item in enumerate(listing.items, start=listing.start or 0):
            marker = "-" if listing.start is None else f"{number}."
            first, *more = "\n".join(map(self.block, item)).split("\n")
            lines.append(f"{marker} {first}")
            lines += [f"{' ' * len(marker)} {line}" for line in more]
        return lines

    def inline(self, spans: Sequence[Inline]) -> str:
        out = ""
        for span in spans:
            out += self.span(span, not out or out[-1].isspace())
        return out

    def span(self, span: Inline, may_open: bool) -> str:
        match span:
            case Text():
                return span.text
            case Mention():
                self.mentions.append(span)
                return self.named(span)
            case Code():
                return self.wrapped("`", span.text) if may_open else span.text
            case Styled():
                return self.styled(span, may_open)
            case Spoiler():
                self.spoiler = self.spoiler or span.reason
                return self.inline(span.children)
            case Link():
                text = self.inline(span.children)
                return text if text in (span.url, "") else f"{text} <{span.url}>"
            case Colour():
                return self.inline(span.children)
            case Emoji() | Maths():
                return inline_text((span,)) if type(span) is Emoji else f"${inline_text((span,))}$"

    def styled(self, span: Styled, may_open: bool) -> str:
        inner = self.inline(span.children)
        if span.face == "sup":
            return f"^{inner}"
        sign = _SIGNS.get(span.face)
        return self.wrapped(sign, inner) if sign and may_open else inner

    def wrapped(self, sign: str, text: str) -> str:
        """Put directives round each line of a text that can bear them (XEP-0393 §6.2)."""
        if sign in text:
            return text
        return "\n".join(self.wrapped_line(sign, line) for line in text.split("\n"))

    def wrapped_line(self, sign: str, line: str) -> str:
        core = line.strip()
        if not core:
            return line
        self.wrote = True
        begin = line.index(core)
        return f"{line[:begin]}{sign}{core}{sign}{line[begin + len(core) :]}"
