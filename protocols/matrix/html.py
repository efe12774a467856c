"""Matrix HTML as a content tree. Whatever it is given, it never raises and never runs deep. Pure.

Only what the specification lists is understood ("m.room.message msgtypes"); of all other elements
the text remains, and of ``script``, ``style`` and ``mx-reply`` nothing.
"""

import re
from collections.abc import Callable, Iterable, Iterator

from lxml import etree

from bridge.model import Mention, Paragraph, Text, UserRef, inline_text
from bridge.model.content import (
    Block,
    Code,
    CodeBlock,
    Colour,
    Emoji,
    Face,
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
from protocols.matrix import mxc
from protocols.matrix.address import linked

DEEPEST = 100
"""Levels of elements that clients should accept (Matrix specification)."""
_LONGEST = 65_536
"""Characters; more than an event can hold."""

_FACES: dict[str, Face] = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "del": "strike",
    "s": "strike",
    "strike": "strike",
    "sup": "sup",
    "sub": "sub",
}
_DROPPED = frozenset({"script", "style", "mx-reply", "head", "title", "template", "noscript"})
_GROUPS = frozenset({"div", "body", "html", "details", "section", "article", "caption"})
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_BLOCKS = _GROUPS | _HEADINGS | {"p", "summary", "blockquote", "pre", "ul", "ol", "table", "hr"}
SCHEMES = ("https:", "http:", "ftp:", "mailto:", "magnet:")
"""What a link may begin with (Matrix specification)."""
_COLOUR = re.compile(r"#?([0-9a-fA-F]{6})")
_GAVE_UP = ("ERR_RESOURCE_LIMIT", "ERR_INTERNAL_ERROR", "ERR_NO_MEMORY")
_SPACE = re.compile(r"[ \t\r\n\f]+")
_UNWANTED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")

Known = Callable[[str], UserRef | None]
"""Tells who is behind an MXID: a ghost is the person it stands for."""


def clean(text: str) -> str:
    """Leave out what no network should be sent: control characters and broken surrogates."""
    return _UNWANTED.sub("", text) if _UNWANTED.search(text) else text


def read(html: str, known: Known) -> tuple[Block, ...]:
    """Read ``formatted_body``. What is deeper than 100 levels keeps only its text; nothing comes
    back for what is deeper than any parser goes, and ``body`` must do.
    """
    html = clean(html[:_LONGEST])
    if "<" not in html and "&" not in html:
        return _paragraph((Text(_SPACE.sub(" ", html)),))
    # huge_tree: libxml2 else stops at 256 levels and loses what follows; ours is the limit.
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, no_network=True)
    try:
        root = etree.fromstring(f"<div>{html}".encode(), parser)
    except etree.LxmlError:
        return ()
    if root is None or any(entry.type_name in _GAVE_UP for entry in parser.error_log):
        return ()
    return tuple(_Reader(known).blocks(root, 0))


def _paragraph(children: Iterable[Inline]) -> tuple[Paragraph, ...]:
    spans = _trimmed(list(children))
    return (Paragraph(spans),) if spans else ()


def _trimmed(spans: list[Inline]) -> tuple[Inline, ...]:
    """Join neighbouring texts and drop the space around a block, which HTML does not show."""
    joined: list[Inline] = []
    for span in spans:
        if isinstance(span, Text) and joined and isinstance(last := joined[-1], Text):
            joined[-1] = Text(_joined(last.text, span.text))
        else:
            joined.append(span)
    if joined and isinstance(first := joined[0], Text):
        joined[0] = Text(first.text.lstrip(" \n"))
    if joined and isinstance(last := joined[-1], Text):
        joined[-1] = Text(last.text.rstrip(" \n"))
    return tuple(span for span in joined if not isinstance(span, Text) or span.text)


def _joined(one: str, two: str) -> str:
    if two.startswith("\n"):
        return one.rstrip(" ") + two
    if one.endswith(("\n", " ")):
        return one + two.lstrip(" ")
    return one + two


def _colour(value: str | None) -> str | None:
    match = _COLOUR.fullmatch(value or "")
    return match[1].lower() if match else None


class _Reader:
    def __init__(self, known: Known):
        self._known = known

    def blocks(self, element: etree._Element, depth: int) -> Iterator[Block]:
        """Give the blocks in an element; loose spans between them become paragraphs."""
        if depth > DEEPEST:
            yield from _paragraph((Text(_SPACE.sub(" ", _all_text(element))),))
            return
        loose: list[Inline] = _running(element.text)
        for child in element:
            if _tag(child) in _BLOCKS:
                yield from _paragraph(loose)
                yield from self._block(child, depth + 1)
                loose = []
            else:
                loose += self._span(child, depth + 1)
            loose += _running(child.tail)
        yield from _paragraph(loose)

    def _block(self, element: etree._Element, depth: int) -> Iterator[Block]:
        tag = _tag(element)
        if tag in _HEADINGS:
            if spans := _trimmed(self._spans(element, depth)):
                yield Heading(int(tag[1]), spans)
        elif tag == "blockquote":
            if inner := tuple(self.blocks(element, depth)):
                yield Quote(inner)
        elif tag == "pre":
            yield _code(element)
        elif tag in ("ul", "ol"):
            yield from self._listing(element, depth)
        elif tag == "table":
            yield from self._table(element, depth)
        elif tag == "hr":
            yield Rule()
        elif (maths := element.get("data-mx-maths")) and tag == "div":
            yield Paragraph((Maths(maths),))
        else:
            yield from self.blocks(element, depth)

    def _listing(self, element: etree._Element, depth: int) -> Iterator[Block]:
        items = tuple(
            inner
            for child in element
            if _tag(child) not in _DROPPED and (inner := tuple(self.blocks(child, depth + 1)))
        )
        start: int | None = None
        if _tag(element) == "ol":
            written = element.get("start", "1")
            start = int(written) if written.isdecimal() and len(written) < 10 else 1
        if items:
            yield Listing(items, start)

    def _table(self, element: etree._Element, depth: int) -> Iterator[Block]:
        for caption in element.iterchildren("caption"):
            yield from self.blocks(caption, depth + 1)
        rows = tuple(
            tuple(_trimmed(self._spans(cell, depth + 3)) for cell in row.iterchildren("td", "th"))
            for row in element.iter("tr")
            if next(row.iterancestors("table")) is element
        )
        if rows := tuple(row for row in rows if row):
            yield Table(rows)

    def _spans(self, element: etree._Element, depth: int) -> list[Inline]:
        if depth > DEEPEST:
            return _running(_all_text(element))
        spans = _running(element.text)
        for child in element:
            spans += self._span(child, depth + 1)
            spans += _running(child.tail)
        return spans

    def _span(self, element: etree._Element, depth: int) -> list[Inline]:
        tag = _tag(element)
        if tag in _DROPPED:
            return []
        if tag == "br":
            return [Text("\n")]
        if tag == "img":
            return _image(element)
        if tag == "code":
            return [Code(text)] if (text := _all_text(element)) else []
        spans = self._spans(element, depth)
        if tag in _BLOCKS or tag in ("li", "tr"):  # a block where only spans can be
            return [*spans, Text("\n")]
        return self._dressed(element, tag, tuple(spans)) if spans else []

    def _dressed(
        self, element: etree._Element, tag: str, spans: tuple[Inline, ...]
    ) -> list[Inline]:
        if tag in _FACES:
            return [Styled(_FACES[tag], spans)]
        if tag == "a":
            return self._link(element.get("href") or "", spans)
        if tag not in ("span", "font"):
            return list(spans)
        if maths := element.get("data-mx-maths"):
            return [Maths(maths)]
        foreground = _colour(element.get("data-mx-color") or element.get("color"))
        background = _colour(element.get("data-mx-bg-color"))
        if foreground or background:
            spans = (Colour(spans, foreground, background),)
        if (reason := element.get("data-mx-spoiler")) is not None:
            spans = (Spoiler(spans, reason),)
        return list(spans)

    def _link(self, href: str, spans: tuple[Inline, ...]) -> list[Inline]:
        href = "".join(href.split())
        target = linked(href)
        text = inline_text(spans)
        if target and target.startswith("@") and (user := self._known(target)):
            return [Mention(" ".join(text.split()).lstrip("@ ") or target[1:], user)]
        if target and not target.startswith("@"):
            return [Text(text)]
        if not href.lower().startswith(SCHEMES):
            return list(spans)
        return [Text(text)] if text == href else [Link(href, spans)]


def _tag(element: etree._Element) -> str:
    # Comments and processing instructions have a function here; they hold nothing to read.
    return element.tag if isinstance(element.tag, str) else "script"


def _running(text: str | None) -> list[Inline]:
    return [Text(_SPACE.sub(" ", text))] if text else []


def _all_text(element: etree._Element) -> str:
    """Collect an element's text without descending by calls: it may be 20,000 levels deep."""
    parts: list[str] = []
    skipped: etree._Element | None = None
    for event, node in etree.iterwalk(element, events=("start", "end", "comment", "pi")):
        if event == "start":
            if skipped is None and _tag(node) in _DROPPED:
                skipped = node
            elif skipped is None:
                parts.append("\n" if _tag(node) == "br" else node.text or "")
        elif event == "end" and node is skipped:
            skipped = None
        if event != "start" and skipped is None and node is not element:
            parts.append(node.tail or "")
    return "".join(parts)


def _code(element: etree._Element) -> CodeBlock:
    language = ""
    for code in element.iterchildren("code"):
        for name in (code.get("class") or "").split():
            if name.startswith("language-"):
                language = name.removeprefix("language-")[:40]
    text = _all_text(element)
    if (element.text or "").startswith("\n"):  # HTML shows no line break that begins a ``pre``
        text = text[1:]
    return CodeBlock(text.removesuffix("\n"), language)


def _image(element: etree._Element) -> list[Inline]:
    name = _SPACE.sub(" ", element.get("alt") or element.get("title") or "").strip()
    if element.get("data-mx-emoticon") is not None and (shortcode := name.strip(": ")):
        return [Emoji(shortcode, mxc.valid(element.get("src")))]
    return [Text(f"[image: {name}]" if name else "[image]")]
