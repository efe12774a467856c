"""Message markup (XEP-0394): ranges of a body that are styled, code, quotes or lists. Pure.

Only read: no widespread client shows it, and those that did would show the directives of XEP-0393,
which everybody else needs in the body, a second time.
"""

import re
from typing import Literal
from xml.etree.ElementTree import Element

from msgspec import Struct, structs

from bridge.model.content import (
    Block,
    Code,
    CodeBlock,
    Content,
    Face,
    Inline,
    Listing,
    Paragraph,
    Quote,
    Style,
    Styled,
    Text,
)

MARKUP = "urn:xmpp:markup:0"
MOST_MARKS = 200
DEEPEST = 8
"""Blocks inside blocks; what is deeper stays text."""

_FACES: dict[str, Face] = {"strong": "bold", "emphasis": "italic", "deleted": "strike"}
_SIGNS = {"bold": "*", "italic": "_", "strike": "~", "code": "`"}
_BULLET = re.compile(r"(?:[*•-]|\d{1,9}[.)])[ \t]+")
_BLOCKS = ("bcode", "bquote", "list")

Ranges = tuple[tuple[int, int], ...]


class Mark(Struct, frozen=True):
    """Code points of the body that are more than text."""

    kind: Literal["span", "bcode", "bquote", "list"]
    start: int
    end: int
    faces: tuple[str, ...] = ()
    items: tuple[int, ...] = ()
    """Where each item of a list begins."""
    ordered: bool = False
    language: str = ""


def marks(xml: Element) -> tuple[Mark, ...]:
    """Read ``<markup/>``; what makes no sense is left out."""
    found: list[Mark] = []
    for child in xml:
        kind = child.tag.removeprefix(f"{{{MARKUP}}}")
        start, end = _number(child.get("start")), _number(child.get("end"))
        if len(found) >= MOST_MARKS or not 0 <= start < end:
            continue
        if kind == "span":
            faces = tuple(it.tag.removeprefix(f"{{{MARKUP}}}") for it in child[:8])
            found.append(Mark("span", start, end, faces))
        elif kind == "bcode":
            found.append(Mark("bcode", start, end, language=child.get("language", "")[:40]))
        elif kind == "bquote":
            found.append(Mark("bquote", start, end))
        elif kind == "list":
            items = sorted({_number(it.get("start")) for it in child[:MOST_MARKS]})
            ordered = child.get("ordered") in ("true", "1")
            within = tuple(it for it in items if start <= it < end)
            found.append(Mark("list", start, end, (), within, ordered))
    return tuple(found)


def without(found: tuple[Mark, ...], removed: Ranges) -> tuple[Mark, ...]:
    """Move marks to where their text is once these ranges of the body are gone."""

    def moved(at: int) -> int:
        return at - sum(min(at, end) - start for start, end in removed if at > start)

    return tuple(
        structs.replace(
            mark,
            start=moved(mark.start),
            end=moved(mark.end),
            items=tuple(sorted({moved(it) for it in mark.items})),
        )
        for mark in found
    )


def read(body: str, found: tuple[Mark, ...], style: Style = "text") -> Content:
    """Turn a body with marks into content. Ranges that are not in it, or cross, mean nothing."""
    ordered = sorted(
        (mark for mark in found if 0 <= mark.start < mark.end <= len(body)),
        key=lambda mark: (mark.start, -mark.end),
    )
    reader = _Reader(body, [mark for mark in ordered if mark.kind == "span"])
    blocks = [mark for mark in ordered if mark.kind in _BLOCKS]
    return Content(reader.blocks(0, len(body), blocks, 0) or (Paragraph((Text(""),)),), style)


class _Reader:
    def __init__(self, body: str, spans: list[Mark]):
        self.body = body
        self.spans = spans
        self.hidden: set[int] = set()
        """Places of characters that only stand in for a mark: ``>``, bullets."""

    def blocks(self, start: int, end: int, marks: list[Mark], depth: int) -> tuple[Block, ...]:
        out: list[Block] = []
        at = start
        for number, mark in enumerate(marks):
            if mark.start < at or mark.end > end or depth >= DEEPEST:
                continue
            self.paragraph(at, mark.start, out)
            inner = [it for it in marks[number + 1 :] if it.end <= mark.end]
            out.append(self.block(mark, inner, depth + 1))
            at = mark.end
        self.paragraph(at, end, out)
        return tuple(out)

    def block(self, mark: Mark, inner: list[Mark], depth: int) -> Block:
        match mark.kind:
            case "bcode":
                return self.code(mark)
            case "list":
                return self.listing(mark, inner, depth)
            case _:
                self.hide_quotation_marks(mark)
                blocks = self.blocks(mark.start, mark.end, inner, depth)
                return Quote(blocks or (Paragraph((Text(""),)),))

    def code(self, mark: Mark) -> CodeBlock:
        lines = self.text(mark.start, mark.end).strip("\n").split("\n")
        if len(lines) > 1 and lines[0].startswith("```") and lines[-1] == "```":
            lines = lines[1:-1]
        return CodeBlock("\n".join(lines), mark.language if mark.language.isalnum() else "")

    def listing(self, mark: Mark, inner: list[Mark], depth: int) -> Listing:
        within = (it for it in mark.items if mark.start < it < mark.end)
        starts = sorted({mark.start, *within})
        items = []
        for start, end in zip(starts, [*starts[1:], mark.end], strict=True):
            if bullet := _BULLET.match(self.body, start, end):
                self.hidden.update(range(start, bullet.end()))
            deeper = [it for it in inner if start <= it.start and it.end <= end]
            items.append(self.blocks(start, end, deeper, depth) or (Paragraph((Text(""),)),))
        return Listing(tuple(items), 1 if mark.ordered else None)

    def hide_quotation_marks(self, mark: Mark) -> None:
        at = mark.start
        for line in self.body[mark.start : mark.end].split("\n"):
            begin = at
            while begin in self.hidden:
                begin += 1
            if begin < at + len(line) and self.body[begin] == ">":
                space = begin + 1 < at + len(line) and self.body[begin + 1] == " "
                self.hidden.update((begin, begin + 1) if space else (begin,))
            at += len(line) + 1

    def paragraph(self, start: int, end: int, out: list[Block]) -> None:
        """Put the text between two blocks; the line ends at the blocks belong to neither."""
        if start and start < end and self.body[start] == "\n":
            start += 1
        if end < len(self.body) and start < end and self.body[end - 1] == "\n":
            end -= 1
        spans: list[Inline] = []
        at = start
        for mark in self.spans:
            if mark.start < at or mark.end > end:
                continue
            spans += self.plain(at, mark.start)
            spans.append(self.span(mark))
            at = mark.end
        spans += self.plain(at, end)
        if spans:
            out.append(Paragraph(tuple(spans)))

    def span(self, mark: Mark) -> Inline:
        text = self.text(mark.start, mark.end)
        faces = [_FACES[face] for face in dict.fromkeys(mark.faces) if face in _FACES]
        is_code = "code" in mark.faces
        sign = _SIGNS["code"] if is_code else _SIGNS[faces[0]] if faces else ""
        if sign and len(text) > 2 and text[0] == text[-1] == sign:
            text = text[1:-1]
        inline: Inline = Code(text) if is_code else Text(text)
        for face in reversed(faces):
            inline = Styled(face, (inline,))
        return inline

    def plain(self, start: int, end: int) -> list[Inline]:
        text = self.text(start, end)
        return [Text(text)] if text else []

    def text(self, start: int, end: int) -> str:
        if not self.hidden:
            return self.body[start:end]
        return "".join(self.body[at] for at in range(start, end) if at not in self.hidden)


def _number(value: str | None) -> int:
    known = value is not None and value.isascii() and value.isdigit() and len(value) < 8
    return int(value) if known and value else -1
