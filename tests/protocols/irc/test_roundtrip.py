"""Content to lines on the wire and back: what the format can say is said, and nothing else can be.

What it can say, character by character: the four faces, monospace, the colours of its palette, that
something is hidden, and why. White space at a cut may go; what a list or a table is does not come
back, but all their words are there. ``--hypothesis-profile=long`` tries 100,000 of each.
"""

from collections.abc import Iterator
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

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
from protocols.irc.decode import Ctcp, account, ids, mask, parse, said, said_at
from protocols.irc.encode import line as encoded
from protocols.irc.formatting import CODES, PALETTE, PLAIN, Ink, apply, spans
from protocols.irc.hearing import Batches
from protocols.irc.modes import Traits, standing
from protocols.irc.modes import parse as parse_modes
from protocols.irc.split import budget, split
from protocols.irc.tags import reaction, reference
from protocols.irc.writing import lines

MASK = "n" * 30 + "!" + "u" * 10 + "@" + "h" * 63


class Mark(NamedTuple):
    """How one character looks."""

    faces: frozenset[str] = frozenset()
    front: str | None = None
    back: str | None = None
    hidden: bool = False


Seen = list[tuple[str, Mark]]


UNMARKED = Mark()


def looks(children: tuple[Inline, ...], mark: Mark = UNMARKED) -> Seen:
    """Return each visible character, and how it looks."""
    seen: Seen = []
    for span in children:
        match span:
            case Text(text):
                seen += [(character, mark) for character in text if not character.isspace()]
            case Code(text):
                seen += looks((Text(text),), mark._replace(faces=mark.faces | {"code"}))
            case Styled():
                seen += looks(span.children, mark._replace(faces=mark.faces | {span.face}))
            case Colour() if mark.hidden:
                seen += looks(span.children, mark)
            case Colour():
                front, back = span.foreground or mark.front, span.background or mark.back
                back = None if back == front else back
                seen += looks(span.children, mark._replace(front=front, back=back))
            case Spoiler():
                seen += looks(span.children, Mark(mark.faces, hidden=True))
            case _:
                raise AssertionError(span)
    return seen


def reasons(children: tuple[Inline, ...]) -> list[str]:
    """Return why things are hidden."""
    found = []
    for span in children:
        if isinstance(span, Spoiler):
            found.append(span.reason)
        elif isinstance(span, Styled | Colour):
            found += reasons(span.children)
    return found


def inked(text: str) -> list[tuple[str, Ink]]:
    """Return each visible character of a line with codes, and what is switched on there."""
    found, ink, start = [], PLAIN, 0
    for code in CODES.finditer(text):
        found += [(c, ink) for c in text[start : code.start()] if not c.isspace()]
        ink, start = apply(ink, code), code.end()
    return found + [(c, ink) for c in text[start:] if not c.isspace()]


TEXT = st.text(st.sampled_from("ab0159,;:)(/ \n\u00e9\u0301\u5b57\U0001f468\u200d\u2764\ufe0f"))
WORD = TEXT.filter(lambda text: bool(text.strip()) and "\n" not in text)
HUES = st.sampled_from(PALETTE[16:])
FACES = st.sampled_from(["bold", "italic", "underline", "strike"])


def nested(leaves: st.SearchStrategy[Inline]) -> st.SearchStrategy[Inline]:
    def wrap(inner: st.SearchStrategy[Inline]) -> st.SearchStrategy[Inline]:
        children = st.lists(inner, max_size=3).map(tuple)
        either = st.none() | HUES
        return st.builds(Styled, FACES, children) | st.builds(Colour, children, either, either)

    return st.recursive(leaves, wrap, max_leaves=8)


SAYABLE = nested(st.builds(Text, TEXT) | st.builds(Code, TEXT))
COVERED = st.builds(Spoiler, st.tuples(SAYABLE, st.builds(Text, WORD)), TEXT)
SPANS = st.lists(SAYABLE | COVERED, max_size=6).map(tuple)

ANY_TEXT = st.text(max_size=20) | st.text(st.sampled_from("a1,\r\n\0\x01\x02\x03\x04\x16;: "))
ANY_INLINE: st.SearchStrategy[Inline] = st.recursive(
    st.builds(Text, ANY_TEXT) | st.builds(Code, ANY_TEXT) | st.builds(Emoji, ANY_TEXT)
    | st.builds(Maths, ANY_TEXT) | st.builds(Mention, ANY_TEXT),
    lambda inner: (
        st.builds(Styled, FACES | st.sampled_from(["sup", "sub"]), st.lists(inner).map(tuple))
        | st.builds(Colour, st.lists(inner).map(tuple), ANY_TEXT | HUES, st.none() | HUES)
        | st.builds(Spoiler, st.lists(inner).map(tuple), ANY_TEXT)
        | st.builds(Link, ANY_TEXT, st.lists(inner).map(tuple))
    ),
    max_leaves=6,
)  # fmt: skip
INLINES = st.lists(ANY_INLINE, max_size=4).map(tuple)
BLOCKS: st.SearchStrategy[Block] = st.recursive(
    st.builds(Paragraph, INLINES) | st.builds(Heading, st.integers(1, 6), INLINES)
    | st.builds(CodeBlock, ANY_TEXT, ANY_TEXT) | st.builds(Rule)
    | st.builds(Table, st.lists(st.lists(INLINES, max_size=2).map(tuple), max_size=2).map(tuple)),
    lambda inner: (
        st.builds(Quote, st.lists(inner, max_size=3).map(tuple))
        | st.builds(
            Listing,
            st.lists(st.lists(inner, max_size=2).map(tuple), max_size=3).map(tuple),
            st.none() | st.integers(0, 999),
        )
    ),
    max_leaves=5,
)  # fmt: skip


def words(blocks: tuple[Block, ...]) -> Iterator[str]:
    """Return all text that somebody wrote, in order."""
    for block in blocks:
        match block:
            case Paragraph() | Heading():
                yield from texts(block.children)
            case Quote():
                yield from words(block.children)
            case CodeBlock():
                yield block.text
            case Listing():
                yield from (word for item in block.items for word in words(item))
            case Table():
                yield from (word for row in block.rows for cell in row for word in texts(cell))


def texts(children: tuple[Inline, ...]) -> Iterator[str]:
    for span in children:
        if isinstance(span, Text | Code):
            yield span.text
        elif isinstance(span, Styled | Colour | Spoiler | Link):
            yield from texts(span.children)


def name_of(mention: Mention) -> str:
    return mention.name


@given(SPANS)
def test_what_the_format_can_say_comes_back(children: tuple[Inline, ...]) -> None:
    sent = lines(Content((Paragraph(children),)), name_of, colours=True)
    came = tuple(span for line in sent for span in spans(line))
    assert looks(came) == looks(children)


@given(st.lists(COVERED, min_size=1, max_size=3))
def test_why_something_is_hidden_comes_back(covered: list[Spoiler]) -> None:
    told = [Spoiler((Text(f"x{number}"),), s.reason) for number, s in enumerate(covered)]
    between: list[Inline] = [part for spoiler in told for part in (Text("and "), spoiler)]
    (sent,) = lines(Content((Paragraph(tuple(between)),)), name_of)
    expected = [" ".join(spoiler.reason.replace("]", ")").split())[:200] for spoiler in told]
    assert reasons(spans(sent)) == expected


@given(st.lists(BLOCKS, max_size=3).map(tuple), st.sampled_from(["text", "emote", "notice"]))
def test_any_content_is_lines_that_fit_and_say_all_its_words(
    blocks: tuple[Block, ...], style: str
) -> None:
    content = structs.replace(Content(blocks), style=style)
    verb = "NOTICE" if style == "notice" else "PRIVMSG"
    most = budget("#channel", len(MASK) - 2, verb) - (9 if style == "emote" else 0)
    shown: list[str] = []
    for whole in lines(content, name_of, colours=True):
        pieces = [piece for piece in split(whole, most) if piece.strip()]
        assert [i for piece in pieces for i in inked(piece)] == inked(whole)
        for piece in pieces:
            words_ = f"\x01ACTION {piece}\x01" if style == "emote" else piece
            sent = encoded(verb, "#channel", words_)
            assert len(f":{MASK} ".encode() + sent) <= 512
            assert sent.endswith(b"\r\n")
            assert not set(sent[:-2]) & {0, 10, 13}
            assert sent.count(b"\x01") == (2 if style == "emote" else 0)
            came = parse(sent)
            assert came is not None
            assert came.params == ["#channel", words_.encode("utf-8", "replace").decode()]
            heard = said(came.command, came.params[1])
            assert not isinstance(heard, Ctcp)
            assert heard.style == style
            shown += [c for c, _ in inked(piece)]
    left = iter(shown)
    for word in words(blocks):
        for character in word:
            visible = not character.isspace() and character.isprintable()
            assert not visible or character in left, (word, character)


HOSTILE = st.lists(
    st.sampled_from(
        [
            *("@", ":", ";", "=", "!", "\\", "\\:", " ", "  ", " :", "\0", "\r", "\n", "\x01"),
            *("PRIVMSG ", "\x01ACTION ", "BATCH ", "353 ", "MODE ", "+o-v ", "+abc ", "-abc "),
            *("@a=b;c ", "msgid=", "time=", "account=", "label=", "batch=", "+reply="),
            *("+draft/react=", "+react=", "+draft/unreact=", "2600-13-45T99:99:99Z"),
            *(":n!u@h ", "~&@%+nick ", "#c ", "\x0304,12", "\u0130", "\ud83d", "chathistory "),
        ]
    )
    | st.text(max_size=5)
).map("".join)


@given(HOSTILE.map(lambda text: text.encode("utf-8", "surrogatepass")) | st.binary())
def test_no_line_of_a_stranger_raises(raw: bytes) -> None:
    line = parse(raw)
    if line is None:
        return
    batches = Batches()
    batches.take(line)
    batches.label(line)
    batches.played_back(line)
    assert said_at(line, 1.0) < 4000.0
    mask(line.source), account(line), ids(line), reference(line.tags), reaction(line.tags)
    tuple(parse_modes(tuple(line.params[1:]), Traits()))
    standing(line.param(2), Traits())
    assert said(line.command, line.param(1))


@given(st.dictionaries(st.sampled_from(["label", "+reply", "+draft/react"]), ANY_TEXT), ANY_TEXT)
def test_a_tag_s_value_is_only_ever_a_value(tags: dict[str, str], text: str) -> None:
    harmless = "".join(c for c in text if c not in "\r\n\0")
    sent = encoded("PRIVMSG", "#c", harmless, tags=tags)
    came = parse(sent)
    assert came is not None
    assert (came.command, came.params[0], len(came.params)) == ("PRIVMSG", "#c", 2)
    kept = {key: value.replace("\0", "") for key, value in tags.items()}
    assert came.tags == {k: v.encode("utf-8", "replace").decode() for k, v in kept.items()}
    assert sent.count(b"\n") == sent.count(b"\r") == 1
