"""Find the people who are named in a text.

Networks without mentions address people by nick. A nick counts when it stands as a word of its own
and has at least three characters, or when it begins the line and ``:`` or ``,`` follows.
"""

import re
from collections.abc import Callable, Iterator

from msgspec import structs

from bridge.model import Content, Mention, Paragraph, Text, UserRef
from bridge.model.content import Block, Inline, Styled

Find = Callable[[str], UserRef | None]

# A nick may hold almost anything; what ends a sentence or opens a bracket is tried without, too.
_WORD = re.compile(r"[^\s,:;!?()<>\"“”]+")
_EDGES = ".'*~`/[]{}|-"
_SHORTEST = 3
_MOST = 20
"""More people than this are not addressed in one message: that is a list, or an attack."""


def with_mentions(content: Content, find: Find, speaker: UserRef) -> Content:
    """Return the content with names turned into mentions. Code, quotes and links are left alone,
    and nobody is made to mention themselves."""
    if any(_mentions(block) for block in content.blocks):
        return content  # the network said itself who is meant
    blocks = tuple(_block(block, find, speaker) for block in content.blocks)
    return content if blocks == content.blocks else structs.replace(content, blocks=blocks)


def _mentions(block: Block) -> bool:
    return isinstance(block, Paragraph) and any(isinstance(s, Mention) for s in block.children)


def _block(block: Block, find: Find, speaker: UserRef) -> Block:
    if not isinstance(block, Paragraph):
        return block
    children: list[Inline] = []
    first = True
    for span in block.children:
        children.extend(_span(span, find, speaker, first))
        first = False
    return Paragraph(tuple(children))


def _span(span: Inline, find: Find, speaker: UserRef, first: bool) -> Iterator[Inline]:
    match span:
        case Text():
            yield from _text(span, find, speaker, first)
        case Styled(face=face, children=children):
            inner = [s for child in children for s in _span(child, find, speaker, False)]
            yield Styled(face, tuple(inner))
        case _:
            yield span


def _text(span: Text, find: Find, speaker: UserRef, first: bool) -> Iterator[Inline]:
    text, done, found = span.text, 0, 0
    for word in _WORD.finditer(text):
        match = _match(word.group(), find)
        if match is None or match[1] == speaker or found == _MOST:
            continue
        name, user = match
        begin, end = word.span()
        opens = (text[begin - 1] == "\n" if begin else first) and text[end : end + 1] in (":", ",")
        if len(name) < _SHORTEST and not opens:
            continue
        begin += word.group().index(name)
        if begin > done:
            yield Text(text[done:begin])
        yield Mention(name, user)
        done, found = begin + len(name), found + 1
    if not found:
        yield span
    elif done < len(text):
        yield Text(text[done:])


def _match(word: str, find: Find) -> tuple[str, UserRef] | None:
    if user := find(word.casefold()):
        return word, user
    if word.isalnum():
        return None
    for name in {word.removeprefix("@"), word.strip(_EDGES), word.lstrip("@").strip(_EDGES)}:
        if name and (user := find(name.casefold())):
            return name, user
    return None
