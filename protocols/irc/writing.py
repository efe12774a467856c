"""Write content as lines of IRC text with formatting codes (semantics.md 1.4, 1.6, 1.7)."""

import re
from collections.abc import Callable, Iterator
from itertools import groupby
from operator import itemgetter

from bridge.model import Content, Mention, Paragraph, Text
from bridge.model.content import (
    Block,
    Code,
    CodeBlock,
    Colour,
    Emoji,
    Heading,
    Inline,
    Link,
    Listing,
    Maths,
    Quote,
    Rule,
    Spoiler,
    Styled,
    Table,
)
from protocols.irc.formatting import (
    BOLD,
    COLOUR,
    ITALIC,
    MONOSPACE,
    PALETTE,
    PLAIN,
    REVERSE,
    STRIKE,
    UNDERLINE,
    Ink,
    clean,
)

NameOf = Callable[[Mention], str]

_FACES = {"bold": BOLD, "italic": ITALIC, "underline": UNDERLINE, "strike": STRIKE}
_ORDER = (BOLD, ITALIC, UNDERLINE, STRIKE, MONOSPACE, REVERSE)
_HEX = re.compile(r"[0-9a-fA-F]{6}")
_BLACK = PALETTE[1]
_LONGEST_REASON = 200

Run = tuple[str, Ink]


def lines(content: Content, name_of: NameOf, colours: bool = False) -> list[str]:
    """Write content as ready lines of any length. Lines without a visible character are left out:
    IRC cannot carry them. Codes never cross a line break."""
    if len(content.blocks) == 1 and isinstance(content.blocks[0], Paragraph):
        spans = content.blocks[0].children
        if len(spans) == 1 and type(spans[0]) is Text:  # by far the most frequent
            return [line for line in clean(spans[0].text).split("\n") if line.strip()]
    writer = _Writer(name_of, colours)
    ready = []
    for runs in writer.blocks(content.blocks):
        if any(text.strip() for text, _ in runs):
            ready.append(encode(runs))
    return ready


def encode(runs: list[Run]) -> str:
    """Write runs of text as one line; what is open at the end is left open."""
    written: list[str] = []
    before = PLAIN
    # Runs without text part nothing: what follows a colour must be known as one.
    for ink, same in groupby((run for run in runs if run[0]), key=itemgetter(1)):
        text = "".join(part for part, _ in same)
        written.append(_change(before, ink, text))
        written.append(text)
        before = ink
    return "".join(written)


def opening(ink: Ink, text: str) -> str:
    """Return the codes that switch ``ink`` on before ``text`` at the beginning of a line."""
    return _change(PLAIN, ink, text)


def nearest(colour: str) -> int:
    """Return the palette entry that looks most like six hex digits."""
    wanted = _rgb(colour)
    return min(range(16, len(PALETTE)), key=lambda index: _distance(wanted, _RGB[index]))


class _Writer:
    def __init__(self, name_of: NameOf, colours: bool):
        self._name_of = name_of
        self._colours = colours

    def blocks(self, blocks: tuple[Block, ...]) -> Iterator[list[Run]]:
        for block in blocks:
            match block:
                case Paragraph():
                    yield from self._broken(block.children, PLAIN)
                case Heading():
                    yield from self._broken(block.children, Ink(frozenset(BOLD)))
                case Quote():
                    for runs in self.blocks(block.children):
                        yield [("> ", PLAIN), *runs]
                case CodeBlock():
                    ink = Ink(frozenset(MONOSPACE))
                    yield from ([(line, ink)] for line in clean(block.text).split("\n"))
                case Listing():
                    yield from self._items(block)
                case Table():
                    yield from self._rows(block)
                case Rule():
                    yield [("---", PLAIN)]

    def _items(self, listing: Listing) -> Iterator[list[Run]]:
        for number, item in enumerate(listing.items, start=listing.start or 0):
            marker = "- " if listing.start is None else f"{number}. "
            for runs in self.blocks(item):
                yield [(marker, PLAIN), *runs]
                marker = " " * len(marker)

    def _rows(self, table: Table) -> Iterator[list[Run]]:
        for row in table.rows:
            runs: list[Run] = []
            for cell in row:
                if runs:
                    runs.append((" | ", PLAIN))
                runs += [(text.replace("\n", " "), ink) for text, ink in self._runs(cell, PLAIN)]
            yield runs

    def _broken(self, spans: tuple[Inline, ...], ink: Ink) -> Iterator[list[Run]]:
        line: list[Run] = []
        for text, face in self._runs(spans, ink):
            first, *more = text.split("\n")
            line.append((first, face))
            for part in more:
                yield line
                line = [(part, face)]
        yield line

    def _runs(self, spans: tuple[Inline, ...], ink: Ink) -> Iterator[Run]:
        for span in spans:
            yield from self._run(span, ink)

    def _run(self, span: Inline, ink: Ink) -> Iterator[Run]:
        match span:
            case Text(text):
                yield clean(text), ink
            case Code(text):
                yield clean(text), ink._replace(toggles=ink.toggles | {MONOSPACE})
            case Mention():
                yield clean(self._name_of(span)), ink
            case Emoji():
                yield f":{clean(span.shortcode)}:", ink
            case Maths():
                yield f"${clean(span.latex)}$", ink
            case Styled():
                yield from self._styled(span, ink)
            case Colour():
                yield from self._runs(span.children, self._dye(span, ink))
            case Spoiler():
                yield from self._hidden(span, ink)
            case Link():
                yield from self._link(span, ink)

    def _styled(self, span: Styled, ink: Ink) -> Iterator[Run]:
        code = _FACES.get(span.face)
        if code is not None:
            ink = ink._replace(toggles=ink.toggles | {code})
        elif span.face == "sup":
            yield "^", ink
        yield from self._runs(span.children, ink)

    def _dye(self, span: Colour, ink: Ink) -> Ink:
        if not self._colours or ink.background == _BLACK == ink.foreground:
            return ink
        front, back = (c if c and _HEX.fullmatch(c) else None for c in _pair(span))
        front, back = front or ink.foreground, back or ink.background
        if front and back and _number(front) == _number(back):
            back = None  # nobody could read it, and it would be taken for a spoiler
        return ink._replace(foreground=front, background=back)

    def _hidden(self, span: Spoiler, ink: Ink) -> Iterator[Run]:
        """Each line says that it hides something, since some terminals show it."""
        hidden = ink._replace(foreground=_BLACK, background=_BLACK)
        told = False
        for text, face in self._runs(span.children, hidden):
            for number, part in enumerate(text.split("\n")):
                if number:
                    yield "\n", PLAIN
                    told = False
                if part.strip() and not told:
                    yield _label(span.reason), PLAIN
                    told = True
                yield part, face

    def _link(self, span: Link, ink: Ink) -> Iterator[Run]:
        inner = list(self._runs(span.children, ink))
        url = clean(span.url).replace("\n", "")
        text = "".join(text for text, _ in inner)
        if text.strip() in ("", url, url.removeprefix("mailto:")):
            yield url, ink
            return
        yield from inner
        yield f" ({url})", ink


def _label(reason: str) -> str:
    why = " ".join(clean(reason).replace("]", ")").split())[:_LONGEST_REASON]
    return f"[spoiler: {why}] " if why else "[spoiler] "


def _pair(span: Colour) -> tuple[str | None, str | None]:
    return span.foreground, span.background


def _change(before: Ink, after: Ink, text: str) -> str:
    toggles = "".join(code for code in _ORDER if code in before.toggles ^ after.toggles)
    if (before.foreground, before.background) == (after.foreground, after.background):
        return toggles
    return toggles + _colour_code(before, after, text)


def _colour_code(before: Ink, after: Ink, text: str) -> str:
    front, back = after.foreground, after.background
    if not front and not back:
        return COLOUR + (BOLD * 2 if text[:1].isdigit() else "")
    code = f"{COLOUR}{_number(front):02}"
    if back or before.background:
        return f"{code},{_number(back):02}"
    return code + (BOLD * 2 if text[:1] == "," and text[1:2].isdigit() else "")


def _number(colour: str | None) -> int:
    if colour is None:
        return 99
    return 1 if colour == _BLACK else nearest(colour)


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[:2], 16), int(colour[2:4], 16), int(colour[4:6], 16)


_RGB = tuple(_rgb(colour) for colour in PALETTE)


def _distance(a: tuple[int, int, int], b: tuple[int, int, int]) -> float:
    """The "redmean" approximation of how different two colours look."""
    red = (a[0] + b[0]) / 2
    r, g, b_ = a[0] - b[0], a[1] - b[1], a[2] - b[2]
    return (2 + red / 256) * r * r + 4 * g * g + (2 + (255 - red) / 256) * b_ * b_
