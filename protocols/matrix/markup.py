"""A content tree as Matrix HTML. Pure."""

from collections.abc import Callable, Iterable
from html import escape

from bridge.model import Content, Mention, Paragraph, Text, UserRef
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
from protocols.matrix.html import SCHEMES

Pill = Callable[[UserRef], str | None]
"""Names the MXID that a mention leads to in this room, or None if there is none to lead to."""

Called = Callable[[Mention], str]
"""Answers how somebody is called in this room."""

_TAGS = {
    "bold": "strong",
    "italic": "em",
    "underline": "u",
    "strike": "del",
    "sup": "sup",
    "sub": "sub",
}


def is_plain(content: Content) -> bool:
    """Tell whether HTML would say nothing that the plain text does not."""
    return all(
        type(block) is Paragraph and all(type(span) is Text for span in block.children)
        for block in content.blocks
    )


def write(blocks: tuple[Block, ...], pill: Pill) -> str:
    """Write blocks as HTML of the subset that the specification allows."""
    if len(blocks) == 1 and isinstance(only := blocks[0], Paragraph):
        return _spans(only.children, pill)
    return "".join(_block(block, pill) for block in blocks)


def mentioned(blocks: Iterable[Block], pill: Pill) -> list[str]:
    """List the MXIDs that are addressed, each once. A quote addresses nobody."""
    found: dict[str, None] = {}
    for block in blocks:
        for span in _all_spans(block):
            if isinstance(span, Mention) and span.user and (mxid := pill(span.user)):
                found[mxid] = None
    return list(found)


def _block(block: Block, pill: Pill) -> str:
    match block:
        case Paragraph():
            return f"<p>{_spans(block.children, pill)}</p>"
        case Heading():
            level = min(max(block.level, 1), 6)
            return f"<h{level}>{_spans(block.children, pill)}</h{level}>"
        case Quote():
            return f"<blockquote>{write(block.children, pill)}</blockquote>"
        case CodeBlock():
            named = f' class="language-{escape(block.language)}"' if block.language else ""
            return f"<pre><code{named}>{escape(block.text, quote=False)}\n</code></pre>"
        case Listing():
            return _listing(block, pill)
        case Table():
            return _table(block, pill)
        case Rule():
            return "<hr>"


def _listing(block: Listing, pill: Pill) -> str:
    items = "".join(f"<li>{write(item, pill)}</li>" for item in block.items)
    if block.start is None:
        return f"<ul>{items}</ul>"
    return f'<ol start="{block.start}">{items}</ol>' if block.start != 1 else f"<ol>{items}</ol>"


def _table(block: Table, pill: Pill) -> str:
    def row(cells: tuple[tuple[Inline, ...], ...], tag: str) -> str:
        return f"<tr>{''.join(f'<{tag}>{_spans(cell, pill)}</{tag}>' for cell in cells)}</tr>"

    if not block.rows:
        return ""
    head, *rows = block.rows
    body = "".join(row(cells, "td") for cells in rows)
    return f"<table><thead>{row(head, 'th')}</thead><tbody>{body}</tbody></table>"


def _spans(spans: Iterable[Inline], pill: Pill) -> str:
    return "".join(_span(span, pill) for span in spans)


def _span(span: Inline, pill: Pill) -> str:
    match span:
        case Text(text):
            return escape(text, quote=False).replace("\n", "<br>")
        case Styled():
            tag = _TAGS[span.face]
            return f"<{tag}>{_spans(span.children, pill)}</{tag}>"
        case Colour():
            return _colour(span, pill)
        case Code(text):
            return f"<code>{escape(text, quote=False)}</code>"
        case Spoiler():
            reason = f'="{escape(span.reason)}"' if span.reason else ""
            return f"<span data-mx-spoiler{reason}>{_spans(span.children, pill)}</span>"
        case Link() if span.url.lower().startswith(SCHEMES):
            return f'<a href="{escape(span.url)}">{_spans(span.children, pill)}</a>'
        case Link():
            return _spans(span.children, pill)
        case Mention():
            return _mention(span, pill)
        case Emoji():
            return escape(f":{span.shortcode}:", quote=False)
        case Maths():
            latex = escape(span.latex)
            return f'<span data-mx-maths="{latex}"><code>{latex}</code></span>'


def _colour(span: Colour, pill: Pill) -> str:
    named = f' data-mx-color="#{escape(span.foreground)}"' if span.foreground else ""
    named += f' data-mx-bg-color="#{escape(span.background)}"' if span.background else ""
    inner = _spans(span.children, pill)
    return f"<span{named}>{inner}</span>" if named else inner


def _mention(span: Mention, pill: Pill) -> str:
    mxid = pill(span.user) if span.user else None
    name = escape(span.name, quote=False)
    return f'<a href="https://matrix.to/#/{escape(mxid)}">{name}</a>' if mxid else name


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
    return Content(tuple(_named(block, called) for block in content.blocks), content.style)


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
        content = Content(content.blocks, "text")
    else:
        lead = template.replace("{name}", name)
    first = content.blocks[0] if content.blocks else None
    if isinstance(first, Paragraph):
        joined = Paragraph((Text(lead), *first.children))
        return Content((joined, *content.blocks[1:]), content.style)
    return Content((Paragraph((Text(lead.rstrip()),)), *content.blocks), content.style)
