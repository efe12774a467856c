"""What HTML can say survives it: a tree is written, and read again."""

import random
import re
from html.parser import HTMLParser
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bridge.model import (
    Content,
    Mention,
    Paragraph,
    Text,
    UserRef,
    inline_text,
    plain,
)
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
from protocols.matrix import html, markup

HOME = "hs"
_SPACE = re.compile(r"[ \t\r\n\f]+")


def known(mxid: str) -> UserRef | None:
    return UserRef("mx", mxid)


def pill(user: UserRef) -> str | None:
    return user.id if user.network == "mx" else None


# -- any tree

WORDS = st.text(st.characters(exclude_categories=()), max_size=12) | st.sampled_from(
    ["a b", " ", "\n", "x\ny", "<b>", "&amp;", "]]>", "\u2028", "@room", "https://x.org/?a=b&c"]
)
SOMEBODY = (None, UserRef("irc", "bob"), UserRef("mx", "@a\"<'&:hs"))
USERS = st.sampled_from(SOMEBODY)
PAINT = (None, "ff0000", "00ff7f")
COLOURS = st.sampled_from(PAINT)
PLACES = (
    ["https://x.org", "mailto:a@b", "javascript:alert(1)", "", "https://x.org/?a=\"><b>'&c=ä",
     "https://matrix.to/#/@a:hs", "HTTPS://X.org", "https://x.org/a b\n"]
)  # fmt: skip
URLS = st.sampled_from(PLACES)
PICTURES = ("", "mxc://hs/cat", "mxc://elsewhere/cat", 'mxc://hs/"><b>', "x:y")
SOURCES = st.sampled_from(PICTURES)
DRESSES: tuple[Face, ...] = ("bold", "italic", "underline", "strike", "sup", "sub")
FACES = st.sampled_from(DRESSES)
SNIPPETS = (
    [" ", "  ", "\n", "\r", "\t", "a", "B b", ":", "@", "<", ">", "&", "&lt;", '"', "'", "</p>",
     "<b>", "<!--", "]]>", "\0", "\x1b", "\x85", "\xa0", "\u2028", "\ufeff", "\ufffe", "\ud800",
     "é", "🐈‍⬛", "https://x.org", "mxc://hs/cat", "@room", "`", "\\", "%20", "0"]
)  # fmt: skip
LEAVES = st.one_of(
    WORDS.map(Text),
    WORDS.map(Code),
    st.builds(Mention, WORDS, USERS),
    st.builds(Emoji, WORDS, SOURCES),
    WORDS.map(Maths),
)


def _spans(inner: st.SearchStrategy[Inline]) -> st.SearchStrategy[Inline]:
    children = st.lists(inner, max_size=3).map(tuple)
    return st.one_of(
        st.builds(Styled, FACES, children),
        st.builds(Colour, children, COLOURS, COLOURS),
        st.builds(Spoiler, children, WORDS),
        st.builds(Link, URLS, children),
    )


SPANS = st.lists(st.recursive(LEAVES, _spans, max_leaves=5), max_size=4).map(tuple)
FLAT = st.one_of(
    SPANS.map(Paragraph),
    st.builds(Heading, st.integers(-1, 8), SPANS),
    st.builds(CodeBlock, WORDS, st.sampled_from(["", "py", "c++ x", '"><b>'])),
    st.lists(st.lists(SPANS, max_size=3).map(tuple), max_size=3).map(lambda r: Table(tuple(r))),
    st.just(Rule()),
)


def _nested(inner: st.SearchStrategy[Block]) -> st.SearchStrategy[Block]:
    blocks = st.lists(inner, max_size=3).map(tuple)
    starts = st.none() | st.integers(-1, 12)
    return st.one_of(
        blocks.map(Quote),
        st.builds(Listing, st.lists(blocks, max_size=3).map(tuple), starts),
    )


BLOCKS = st.lists(st.recursive(FLAT, _nested, max_leaves=4), max_size=3).map(tuple)


class Garden:
    """Grows trees from a seed: a hundred times faster than strategies, for the long profile."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def blocks(self, depth: int = 3) -> tuple[Block, ...]:
        return tuple(self.block(depth) for _ in range(self.random.choice((0, 1, 1, 2, 3))))

    def block(self, depth: int) -> Block:
        match self.random.randrange(8 if depth else 5):
            case 0:
                return Heading(self.random.randint(-1, 8), self.spans())
            case 1:
                language = self.random.choice(("", "py", "c++ x", '"><b>'))
                return CodeBlock(self.text(), language)
            case 2:
                rows = range(self.random.randrange(4))
                return Table(tuple((self.spans(), self.spans(1)) for _ in rows))
            case 3:
                return Rule()
            case 5:
                return Quote(self.blocks(depth - 1))
            case 6:
                items = (self.blocks(depth - 1), self.blocks(depth - 1))
                return Listing(items, self.random.choice((None, -1, 0, 1, 7)))
            case _:
                return Paragraph(self.spans())

    def spans(self, depth: int = 3) -> tuple[Inline, ...]:
        return tuple(self.span(depth) for _ in range(self.random.randrange(4)))

    def span(self, depth: int) -> Inline:
        pick = self.random.choice
        match self.random.randrange(11 if depth else 7):
            case 0:
                return Code(self.text())
            case 1:
                return Mention(self.text(), pick(SOMEBODY))
            case 2:
                return Emoji(self.text(), pick(PICTURES))
            case 3:
                return Maths(self.text())
            case 7:
                return Styled(pick(DRESSES), self.spans(depth - 1))
            case 8:
                return Colour(self.spans(depth - 1), pick(PAINT), pick(PAINT))
            case 9:
                return Spoiler(self.spans(depth - 1), self.text())
            case 10:
                return Link(pick(PLACES), self.spans(depth - 1))
            case _:
                return Text(self.text())

    def text(self) -> str:
        return "".join(self.random.choice(SNIPPETS) for _ in range(self.random.randrange(4)))


# -- what HTML can say of it


def said(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """Return a tree as HTML can say it: runs of spaces are one, empty things are nothing."""
    return tuple(found for block in blocks for found in _said(block))


def _said(block: Block) -> list[Block]:
    match block:
        case Paragraph(children):
            return [Paragraph(spans)] if (spans := _block(children)) else []
        case Heading(level, children):
            level = min(max(level, 1), 6)
            return [Heading(level, spans)] if (spans := _block(children)) else []
        case Quote(children):
            return [Quote(inner)] if (inner := said(children)) else []
        case CodeBlock(text, language):
            return [CodeBlock(_verbatim(text), language.split()[0] if language else "")]
        case Listing(items, start):
            kept = tuple(inner for item in items if (inner := said(item)))
            start = start if start is None or start >= 0 else 1
            return [Listing(kept, start)] if kept else []
        case Table(rows):
            cells = tuple(tuple(_block(cell) for cell in row) for row in rows if row)
            return [Table(cells)] if cells else []
        case Rule():
            return [block]


def _block(spans: tuple[Inline, ...]) -> tuple[Inline, ...]:
    """Return the spans of a block, without the space around them, which nobody sees."""
    found = _joined(_inline(spans, False))
    if found and isinstance(first := found[0], Text):
        found[0] = Text(first.text.lstrip(" \n"))
    if found and isinstance(last := found[-1], Text):
        found[-1] = Text(last.text.rstrip(" \n"))
    return tuple(span for span in found if span != Text(""))


def _inline(spans: tuple[Inline, ...], linked: bool) -> list[Inline]:
    return [found for span in spans for found in _one(span, linked)]


def _one(span: Inline, linked: bool) -> list[Inline]:
    match span:
        case Text(text):
            return _text(text)
        case Code(text):
            return [Code(text)] if (text := _verbatim(text)) else []
        case Mention(name, user):
            return _mention(name, None if linked or user is None else pill(user))
        case Emoji(shortcode, source):
            return _emoji(html.clean(shortcode), source)
        case Maths(latex):
            return [Maths(latex)] if (latex := _verbatim(latex)) else []
        case Link(url, children):
            return _link(url, children, linked)
        case Styled(face, children):
            return _dressed(children, linked, lambda inner: Styled(face, inner))
        case Spoiler(children, reason):
            return _dressed(children, linked, lambda i: Spoiler(i, _verbatim(reason)))
        case Colour(children, foreground, background):
            if foreground or background:
                return _dressed(children, linked, lambda i: Colour(i, foreground, background))
            return _inline(children, linked)


def _dressed(children: tuple[Inline, ...], linked: bool, dress: Any) -> list[Inline]:
    inner = tuple(_joined(_inline(children, linked)))
    return [dress(inner)] if inner else []


def _verbatim(text: str) -> str:
    """HTML knows one kind of line break."""
    return html.clean(text).replace("\r\n", "\n").replace("\r", "\n")


def _text(text: str) -> list[Inline]:
    lines = [_SPACE.sub(" ", line) for line in html.clean(text).split("\n")]
    return [Text("\n".join(lines))] if lines != [""] else []


def _mention(name: str, mxid: str | None) -> list[Inline]:
    name = " ".join(html.clean(name).split())
    if mxid is None:
        return _text(name)
    called = name.lstrip("@ ") or mxid[1:]
    return [Mention(called, UserRef("mx", mxid))]


def _emoji(shortcode: str, source: str) -> list[Inline]:
    name = " ".join(shortcode.split()).strip(": ")
    return [Emoji(name, source)] if source == "mxc://hs/cat" and name else _text(f":{shortcode}:")


def _link(url: str, children: tuple[Inline, ...], linked: bool) -> list[Inline]:
    if linked or not url.lower().startswith(html.SCHEMES):
        return _inline(children, linked)
    inner = tuple(_joined(_inline(children, True)))
    url = re.sub(r"\s", "%20", url.strip())
    if not _visible(inner):
        inner = (Text(url),)
    text = inline_text(inner)
    if "matrix.to" in url:
        name = " ".join(text.split()).lstrip("@ ") or "a:hs"
        return [Mention(name, UserRef("mx", "@a:hs"))]
    return [Text(text)] if text == url else [Link(url, inner)]


def _visible(spans: tuple[Inline, ...]) -> bool:
    return any(
        _visible(span.children)
        if isinstance(span, Styled | Colour | Spoiler | Link)
        else isinstance(span, Emoji) or bool(inline_text((span,)).strip())
        for span in spans
    )


def _joined(spans: list[Inline]) -> list[Inline]:
    joined: list[Inline] = []
    for span in spans:
        if isinstance(span, Text) and joined and isinstance(last := joined[-1], Text):
            joined[-1] = Text(_tidy(last.text + span.text))
        else:
            joined.append(Text(_tidy(span.text)) if isinstance(span, Text) else span)
    return joined


def _tidy(text: str) -> str:
    return re.sub(r" *\n *", "\n", re.sub(" +", " ", text))


# -- HTML as the specification allows it

VOID = {"br", "hr", "img"}
INLINE = {"a", "b", "i", "u", "del", "strong", "em", "sup", "sub", "code", "span", "br", "img"}
BLOCK = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "ul", "ol", "li", "hr",
    "table", "thead", "tbody", "tr", "th", "td"}  # fmt: skip
INSIDE = {"li": ("ul", "ol"), "tr": ("thead", "tbody"), "th": ("tr",), "td": ("tr",),
    "thead": ("table",), "tbody": ("table",)}  # fmt: skip
ATTRIBUTES = {
    "a": {"href"},
    "span": {"data-mx-spoiler", "data-mx-color", "data-mx-bg-color", "data-mx-maths"},
    "img": {"data-mx-emoticon", "src", "alt", "title", "height"},
    "ol": {"start"},
    "code": {"class"},
}


class Strict(HTMLParser):
    """Accepts what a strict reader of the specification would."""

    def __init__(self) -> None:
        super().__init__()
        self.stack: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in INLINE | BLOCK, tag
        names = [name for name, _ in attrs]
        assert len(set(names)) == len(names)
        assert set(names) <= ATTRIBUTES.get(tag, set()), (tag, attrs)
        values = dict(attrs)
        if tag == "a":
            assert "a" not in self.stack
            assert str(values["href"]).lower().startswith(html.SCHEMES)
        if tag == "img":
            assert values["src"] == "mxc://hs/cat"
        if tag in INSIDE:
            assert self.stack[-1] in INSIDE[tag]
        elif tag in BLOCK:
            assert not self.stack or self.stack[-1] in {"blockquote", "li"}, (tag, self.stack)
        if tag not in VOID:
            self.stack.append(tag)
            assert len(self.stack) <= html.DEEPEST

    def handle_endtag(self, tag: str) -> None:
        assert self.stack.pop() == tag

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    handle_decl = handle_pi = unknown_decl = handle_comment


def check(written: str) -> None:
    strict = Strict()
    strict.feed(written)
    strict.close()
    assert strict.stack == []


@given(BLOCKS)
def test_a_tree_survives_html(blocks: tuple[Block, ...]) -> None:
    written = html.clean(markup.write(blocks, pill, HOME))
    check(written)
    assert said(html.read(written, known)) == said(blocks)


@given(st.integers(0, 2**64))
def test_a_grown_tree_survives_html(seed: int) -> None:
    blocks = Garden(seed).blocks()
    written = html.clean(markup.write(blocks, pill, HOME))
    check(written)
    assert said(html.read(written, known)) == said(blocks)


def test_what_is_very_deep_is_valid_and_keeps_its_text() -> None:
    deep: Block = Paragraph((Text("deep"),))
    for _ in range(150):
        deep = Listing(((deep,),))
    span: Inline = Text("deep")
    for _ in range(150):
        span = Styled("bold", (span,))
    for block in (deep, Paragraph((span,)), Table((((span,),),)), Quote((Paragraph((span,)),))):
        written = markup.write((block, Rule()), pill, HOME)
        check(written)
        assert "deep" in plain(Content(html.read(written, known)))
