"""Find the people who are named in a text.

Networks without mentions address people by nick. A nick counts when it stands as a word of its own
and has at least three characters, or when it begins the line and ``:`` or ``,`` follows; names of
several words (``Carl C``) only there.

Nearly all messages name nobody, so all their words are looked up at once, and most often that is
all there is to do.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Set
from itertools import islice

from msgspec import structs

from bridge.model import Content, Mention, Paragraph, Text, UserRef
from bridge.model.content import Block, Inline, Styled

Known = Mapping[str, UserRef]
Find = Callable[[Set[str]], Known]
"""Tells which of these casefolded words are names, and whose."""

# A nick may hold almost anything; what ends a sentence or opens a bracket is tried without, too.
_WORD = re.compile(r"[^\s,:;!?()<>\"“”]+")
_BETWEEN = re.compile(r"[,:;!?()<>\"“”]")
_OPENING = re.compile(r"(?:\A|\n)([^\s:,][^\n:,]{0,60} [^\n:,]{1,60})[:,]")
_EDGES = ".'*~`/[]{}|-"
_EDGE = frozenset(_EDGES + "@")
_SHORTEST = 3
_MOST = 20
"""More people than this are not addressed in one message: that is a list, or an attack."""


def with_mentions(content: Content, find: Find, speaker: UserRef) -> Content:
    """Return the content with names turned into mentions. Code, quotes and links are left alone,
    and nobody is made to mention themselves."""
    known = find(_words(content.blocks))
    if not known:
        return content
    if any(_mentions(block) for block in content.blocks):
        return content  # the network said itself who is meant
    blocks = tuple(_block(block, known, speaker) for block in content.blocks)
    return content if blocks == content.blocks else structs.replace(content, blocks=blocks)


def addressed(content: Content) -> UserRef | None:
    """Tell whom a message is meant for, if it begins with a name and ``:`` or ``,``."""
    match content.blocks:
        case (Paragraph(children=(Mention(user=user), Text(text=text), *_)), *_):
            return user if text[:1] in (":", ",") else None
    return None


def _mentions(block: Block) -> bool:
    return isinstance(block, Paragraph) and any(isinstance(s, Mention) for s in block.children)


# -- which words there are


def _words(blocks: tuple[Block, ...]) -> set[str]:
    """Return all that could be a name, casefolded."""
    words: set[str] = set()
    for block in blocks:
        if type(block) is Paragraph:
            for span in block.children:
                _add_words(span, words)
    return words


def _add_words(span: Inline, words: set[str]) -> None:
    if type(span) is Text:
        text = span.text.casefold()
        found = _BETWEEN.sub(" ", text).split()  # what _WORD finds, in half the time
        words.update(found)
        if ":" in text or "," in text:
            words.update(_OPENING.findall(text))
        for word in [word for word in found if not word.isalnum()]:
            if word[0] in _EDGE or word[-1] in _EDGE:
                words.update(_inside(word))
    elif type(span) is Styled:
        for child in span.children:
            _add_words(child, words)


def _inside(word: str) -> set[str]:
    """Return what a word may be without what stands around it."""
    return {word.removeprefix("@"), word.strip(_EDGES), word.lstrip("@").strip(_EDGES)}


# -- where they stand


def _block(block: Block, known: Known, speaker: UserRef) -> Block:
    if not isinstance(block, Paragraph):
        return block
    children: list[Inline] = []
    first = True
    for span in block.children:
        children.extend(_span(span, known, speaker, first))
        first = False
    return Paragraph(tuple(children))


def _span(span: Inline, known: Known, speaker: UserRef, first: bool) -> Iterator[Inline]:
    match span:
        case Text():
            yield from _text(span, known, speaker, first)
        case Styled(face=face, children=children):
            inner = [s for child in children for s in _span(child, known, speaker, False)]
            yield Styled(face, tuple(inner))
        case _:
            yield span


def _text(span: Text, known: Known, speaker: UserRef, first: bool) -> Iterator[Inline]:
    text, done = span.text, 0
    for begin, name, user in islice(_names(text, known, speaker, first), _MOST):
        if begin > done:
            yield Text(text[done:begin])
        yield Mention(name, user)
        done = begin + len(name)
    if not done:
        yield span
    elif done < len(text):
        yield Text(text[done:])


def _names(
    text: str, known: Known, speaker: UserRef, first: bool
) -> Iterator[tuple[int, str, UserRef]]:
    openings = {found.start(1): found[1] for found in _OPENING.finditer(text)}
    done = 0
    for word in _WORD.finditer(text):
        begin, end = word.span()
        if begin < done:
            continue
        opens = text[begin - 1] == "\n" if begin else first
        match = _match(word.group(), known)
        if opens and (user := known.get(openings.get(begin, "").casefold())):
            match = openings[begin], user
        if match is None or match[1] == speaker:
            continue
        if len(match[0]) < _SHORTEST and not (opens and text[end : end + 1] in (":", ",")):
            continue
        begin = text.index(match[0], begin)
        yield begin, *match
        done = begin + len(match[0])


def _match(word: str, known: Known) -> tuple[str, UserRef] | None:
    if user := known.get(word.casefold()):
        return word, user
    if word[0] not in _EDGE and word[-1] not in _EDGE:
        return None
    for name in _inside(word):
        if name and (user := known.get(name.casefold())):
            return name, user
    return None
