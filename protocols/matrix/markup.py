"""A content tree as Matrix HTML. Pure."""

import re
from collections.abc import Callable, Iterable
from html import escape

from msgspec import structs

from bridge.model import Content, Mention, Paragraph, Text, UserRef, inline_text, plain
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
from protocols.matrix import mxc
from protocols.matrix.html import DEEPEST, SCHEMES, clean

Pill = Callable[[UserRef], str | None]
"""Names the MXID that a mention leads to in this room, or None if there is none to lead to."""

Called = Callable[[Mention], str]
"""Answers how somebody is called in this room."""

_SPACE = re.compile(r"\s")
_TAG = re.compile("<[^>]*>")
_TAGS = {
    "bold": "strong",
    "italic": "em",
    "underline": "u",
    "strike": "del",
    "sup": "sup",
    "sub": "sub",
}


_DEEPEST = DEEPEST - 8
"""Levels below which a tree goes on as text: a table needs a few more."""


def is_plain(content: Content) -> bool:
    """Tell whether HTML would say nothing that the plain text does not."""
    return all(
        type(block) is Paragraph and all(type(span) is Text for span in block.children)
        for block in content.blocks
    )


def write(blocks: tuple[Block, ...], pill: Pill, home: str = "") -> str:
    """Write blocks as HTML of the subset that the specification allows. ``home`` is the homeserver
    whose own pictures may be shown as custom emoji."""
    return _Writer(pill, home).blocks(blocks, 0)


def mentioned(blocks: Iterable[Block], pill: Pill) -> list[str]:
    """List the MXIDs that are addressed, each once. A quote addresses nobody."""
    found: dict[str, None] = {}
    for block in blocks:
        for span in _all_spans(block):
            if isinstance(span, Mention) and span.user and (mxid := pill(span.user)):
                found[mxid] = None
    return list(found)


class _Writer:
    def __init__(self, pill: Pill, home: str):
        self._pill = pill
        self._home = home
        self._linking = False

    def blocks(self, blocks: tuple[Block, ...], depth: int) -> str:
        if len(blocks) == 1 and isinstance(only := blocks[0], Paragraph):
            return self._spans(only.children, depth)
        return "".join(self._block(block, depth) for block in blocks)

    def _block(self, block: Block, depth: int) -> str:
        if depth > _DEEPEST:
            text = plain(Content((block,)))
            return f"<p>{_text(text)}</p>"
        match block:
            case Paragraph():
                return f"<p>{self._spans(block.children, depth + 1)}</p>"
            case Heading():
                level = min(max(block.level, 1), 6)
                return f"<h{level}>{self._spans(block.children, depth + 1)}</h{level}>"
            case Quote():
                return f"<blockquote>{self.blocks(block.children, depth + 1)}</blockquote>"
            case CodeBlock():
                return _code(block)
            case Listing():
                return self._listing(block, depth)
            case Table():
                return self._table(block, depth)
            case Rule():
                return "<hr>"

    def _listing(self, block: Listing, depth: int) -> str:
        items = "".join(f"<li>{self.blocks(item, depth + 2)}</li>" for item in block.items)
        if not items:
            return ""
        if block.start is None:
            return f"<ul>{items}</ul>"
        start = f' start="{block.start}"' if block.start != 1 else ""
        return f"<ol{start}>{items}</ol>"

    def _table(self, block: Table, depth: int) -> str:
        def row(cells: tuple[tuple[Inline, ...], ...], tag: str) -> str:
            spans = (self._spans(cell, depth + 4) for cell in cells)
            return f"<tr>{''.join(f'<{tag}>{cell}</{tag}>' for cell in spans)}</tr>"

        if not block.rows:
            return ""
        head, *rows = block.rows
        body = "".join(row(cells, "td") for cells in rows)
        return f"<table><thead>{row(head, 'th')}</thead><tbody>{body}</tbody></table>"

    def _spans(self, spans: tuple[Inline, ...], depth: int) -> str:
        if depth > _DEEPEST:
            return _text(inline_text(spans))
        return "".join(self._span(span, depth) for span in spans)

    def _span(self, span: Inline, depth: int) -> str:
        match span:
            case Text(text):
                return _text(text)
            case Styled():
                tag = _TAGS[span.face]
                return f"<{tag}>{self._spans(span.children, depth + 1)}</{tag}>"
            case Colour():
                return self._colour(span, depth)
            case Code(text):
                return f"<code>{escape(text, quote=False)}</code>"
            case Spoiler():
                reason = f'="{escape(span.reason)}"' if span.reason else ""
                inner = self._spans(span.children, depth + 1)
                return f"<span data-mx-spoiler{reason}>{inner}</span>"
            case Link():
                return self._link(span, depth)
            case Mention():
                return self._mention(span)
            case Emoji():
                return self._emoji(span)
            case Maths():
                latex = escape(span.latex)
                return f'<span data-mx-maths="{latex}"><code>{latex}</code></span>'

    def _colour(self, span: Colour, depth: int) -> str:
        named = f' data-mx-color="#{escape(span.foreground)}"' if span.foreground else ""
        named += f' data-mx-bg-color="#{escape(span.background)}"' if span.background else ""
        inner = self._spans(span.children, depth + 1)
        return f"<span{named}>{inner}</span>" if named else inner

    def _link(self, span: Link, depth: int) -> str:
        """Write a link, unless it is in one: HTML has no links in links."""
        url = _SPACE.sub("%20", clean(span.url).strip())
        if self._linking or not url.lower().startswith(SCHEMES):
            return self._spans(span.children, depth)
        self._linking = True
        inner = self._spans(span.children, depth + 1)
        self._linking = False
        shown = inner if "<img" in inner or clean(_TAG.sub("", inner)).strip() else escape(url)
        return f'<a href="{escape(url)}">{shown}</a>'

    def _mention(self, span: Mention) -> str:
        mxid = None if self._linking or span.user is None else self._pill(span.user)
        name = escape(" ".join(clean(span.name).split()) or mxid or "", quote=False)
        return f'<a href="https://matrix.to/#/{escape(mxid)}">{name}</a>' if mxid else name

    def _emoji(self, span: Emoji) -> str:
        """Show a custom emoji whose picture this homeserver has; else its name must do."""
        address = mxc.parse(span.source)
        shown = " ".join(clean(span.shortcode).split()).strip(": ")
        if address is None or not self._home or address.server != self._home or not shown:
            return _text(f":{span.shortcode}:")
        name = escape(f":{shown}:")
        source = escape(span.source)
        return f'<img data-mx-emoticon src="{source}" alt="{name}" title="{name}" height="32">'


def _text(text: str) -> str:
    return escape(text, quote=False).replace("\n", "<br>")


def _code(block: CodeBlock) -> str:
    named = block.language.split()
    language = f' class="language-{escape(named[0])}"' if named else ""
    text = clean(block.text).replace("\r\n", "\n").replace("\r", "\n")
    return f"<pre><code{language}>{escape(text, quote=False)}\n</code></pre>"


def _all_spans(block: Block) -> Iterable[Inline]:
    match block:
        case Paragraph() | Heading():
            yield from _within(block.children)
        case Listing():
            for item in block.items:
                for inner in item:
                    yield from _all_spans(inner)
        case Table():
            for row in block.rows:
                for cell in row:
                    yield from _within(cell)
        case Quote() | CodeBlock() | Rule():
            return


def _within(spans: Iterable[Inline]) -> Iterable[Inline]:
    for span in spans:
        yield span
        if isinstance(span, Styled | Colour | Spoiler | Link):
            yield from _within(span.children)


def named(content: Content, called: Called) -> Content:
    """Call everybody who is mentioned as this room calls them, not as the speaker's room does."""
    blocks = tuple(_named(block, called) for block in content.blocks)
    return structs.replace(content, blocks=blocks)


def _named(block: Block, called: Called) -> Block:
    if not isinstance(block, Paragraph):
        return block
    return Paragraph(tuple(_renamed(span, called) for span in block.children))


def _renamed(span: Inline, called: Called) -> Inline:
    match span:
        case Mention():
            return Mention(called(span), span.user)
        case Styled(face, children):
            return Styled(face, tuple(_renamed(child, called) for child in children))
        case _:
            return span


def spoken_by(name: str, content: Content, template: str) -> Content:
    """Put the speaker's name before what they said, for a relay that speaks for many. An emote
    becomes a line ``* name waves``, because the relay's own emote would carry the relay's name.
    """
    if content.style == "emote":
        lead = f"* {name} "
        content = structs.replace(content, style="text")
    else:
        lead = template.replace("{name}", name)
    first = content.blocks[0] if content.blocks else None
    if isinstance(first, Paragraph):
        joined = Paragraph((Text(lead), *first.children))
        return structs.replace(content, blocks=(joined, *content.blocks[1:]))
    return structs.replace(content, blocks=(Paragraph((Text(lead.rstrip()),)), *content.blocks))
