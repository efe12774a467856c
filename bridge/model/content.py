"""What a message says: a small tree of blocks and inline spans that every network can be read into.

Text holds no markup of any network. A ``\n`` inside ``Text`` is a line break. Nothing here is ever
trusted to be short or shallow: networks limit depth and size when they decode.
"""

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from bridge.model.refs import UserRef

Style = Literal["text", "emote", "notice"]
Face = Literal["bold", "italic", "underline", "strike", "sup", "sub"]
FileKind = Literal["image", "video", "audio", "voice", "sticker", "file"]


class Text(Struct, frozen=True, tag="t"):
    """Plain characters."""

    text: str


class Styled(Struct, frozen=True, tag="s"):
    """A span in another face."""

    face: Face
    children: tuple["Inline", ...]


class Colour(Struct, frozen=True, tag="c"):
    """A coloured span. Colours are six hex digits without ``#``; None leaves one as it was."""

    children: tuple["Inline", ...]
    foreground: str | None = None
    background: str | None = None


class Code(Struct, frozen=True, tag="m"):
    """A monospaced span."""

    text: str


class Spoiler(Struct, frozen=True, tag="x"):
    """A span that readers uncover themselves."""

    children: tuple["Inline", ...]
    reason: str = ""


class Link(Struct, frozen=True, tag="l"):
    """A link with a text of its own. A bare URL in running text stays ``Text``."""

    url: str
    children: tuple["Inline", ...]


class Mention(Struct, frozen=True, tag="@"):
    """Somebody is addressed. ``user`` None means the whole room. ``name`` is what was written."""

    name: str
    user: UserRef | None = None


class Emoji(Struct, frozen=True, tag="e"):
    """A custom emoji, named ``shortcode`` without colons."""

    shortcode: str
    source: str = ""


class Maths(Struct, frozen=True, tag="$"):
    """A formula, as LaTeX."""

    latex: str


Inline = Text | Styled | Colour | Code | Spoiler | Link | Mention | Emoji | Maths


class Paragraph(Struct, frozen=True, tag="p"):
    """Running text."""

    children: tuple[Inline, ...]


class Heading(Struct, frozen=True, tag="h"):
    """A title of level 1 to 6."""

    level: int
    children: tuple[Inline, ...]


class Quote(Struct, frozen=True, tag="q"):
    """Somebody else's words."""

    children: tuple["Block", ...]


class CodeBlock(Struct, frozen=True, tag="k"):
    """Lines of code."""

    text: str
    language: str = ""


class Listing(Struct, frozen=True, tag="u"):
    """A list. ``start`` None means bullets, else the first number."""

    items: tuple[tuple["Block", ...], ...]
    start: int | None = None


class Table(Struct, frozen=True, tag="b"):
    """Rows of cells; the first row is the header."""

    rows: tuple[tuple[tuple[Inline, ...], ...], ...]


class Rule(Struct, frozen=True, tag="r"):
    """A line across."""


Block = Paragraph | Heading | Quote | CodeBlock | Listing | Table | Rule


class File(Struct, frozen=True, kw_only=True, tag="f"):
    """Something to look at, listen to or save. What is said of it is what its sender claims."""

    kind: FileKind
    source: str
    """Where its bytes are: a web address, or what only ``network`` can open."""
    network: str = ""
    """Who can open the source (see ``MediaSource``). Empty: it is a public web address."""
    name: str = ""
    mime: str = ""
    size: int = 0
    """In bytes; 0 if nobody said."""
    width: int = 0
    height: int = 0
    duration: float = 0.0
    """In seconds."""
    thumbnail: str = ""
    """Where a smaller picture of it is, as ``source``."""
    description: str = ""
    """What to say to who cannot see it (a sticker's text)."""
    animated: bool = False
    bare: bool = False
    """Somebody wrote its address as a text, and that is all that is known. The admin decides
    (``media.fetch.links``) whether rooms see the file or the address; a network does not ask."""
    url: str = ""
    """Where everybody can get it; the bridge fills it in for who is told."""
    thumbnail_url: str = ""


class Place(Struct, frozen=True, tag="g"):
    """A place on earth, as a ``geo:`` address (RFC 5870), and what it is called."""

    uri: str
    name: str = ""


class Poll(Struct, frozen=True, tag="v"):
    """A question with answers to choose from. ``votes``, one number for each, once it is closed."""

    question: str
    options: tuple[str, ...]
    votes: tuple[int, ...] | None = None


Attached = File | Place | Poll


class Content(Struct, frozen=True):
    """One message's worth of content. The blocks are what is said of that which is attached."""

    blocks: tuple[Block, ...]
    style: Style = "text"
    attached: tuple[Attached, ...] = ()


def from_text(text: str, style: Style = "text") -> Content:
    """Make content of plain characters."""
    return Content((Paragraph((Text(text),)),), style)


def plain(content: Content) -> str:
    """Write content as plain text, without any markup and with spoilers covered."""
    match content.blocks:
        case (Paragraph(children=(Text(text=text),)),):  # nearly all messages are this
            return text
    return "\n".join(_lines(content.blocks))


def inline_text(children: tuple[Inline, ...]) -> str:
    """Write spans as plain text, with spoilers covered."""
    if len(children) == 1 and type(children[0]) is Text:
        return children[0].text
    return "".join(_span(child) for child in children)


def _span(span: Inline) -> str:
    match span:
        case Text(text) | Code(text):
            return text
        case Mention():
            return span.name
        case Emoji():
            return f":{span.shortcode}:"
        case Maths():
            return span.latex
        case Spoiler():
            return f"[spoiler: {span.reason}]" if span.reason else "[spoiler]"
        case Link():
            text = inline_text(span.children)
            return text if text == span.url else f"{text} ({span.url})"
        case Styled() | Colour():
            return inline_text(span.children)


def _lines(blocks: tuple[Block, ...]) -> Iterator[str]:
    for block in blocks:
        match block:
            case Paragraph() | Heading():
                yield inline_text(block.children)
            case Quote():
                yield from (f"> {line}" for line in "\n".join(_lines(block.children)).split("\n"))
            case CodeBlock():
                yield block.text
            case Listing():
                yield from _items(block)
            case Table():
                yield from (" | ".join(map(inline_text, row)) for row in block.rows)
            case Rule():
                yield "---"


def _items(listing: Listing) -> Iterator[str]:
    for number, item in enumerate(listing.items, start=listing.start or 0):
        marker = "-" if listing.start is None else f"{number}."
        first, *more = "\n".join(_lines(item)).split("\n")
        yield f"{marker} {first}"
        yield from (f"{' ' * len(marker)} {line}" for line in more)
