"""What a native client sees of one message or sign, and the words for it."""

import re
from collections.abc import AsyncIterator, Iterable
from typing import NamedTuple, Protocol

FENCE = "fence"
"""What is said after each feature; once it is here, all before it is."""
NEWCOMER = "dave"
_LOCAL = re.compile(r"http://127\.0\.0\.1:\d+/[^\s)\]]+")
ASKED = "who wants tea?"
_ASKED = re.compile(rf"{re.escape(ASKED)} \d+")
_NUMBERED = re.compile(r"(\w\[x\])\d+")
"""A nick that somebody in another conversation had first."""
_CUT = re.compile(r"(.{45}).*( ⏎ \[full text.*)")
_LONGEST = 90


class Seen(NamedTuple):
    """One thing that came, and by which native marks it is more than text."""

    text: str
    marks: frozenset[str] = frozenset()


class Question(NamedTuple):
    """What somebody on another network said before."""

    text: str
    name: str
    """Who said it, as the speaker's own client shows them."""


Position = tuple[int, ...]
"""A place in what a client saw."""
BARE_LINK = re.compile(r"(^| )https://example.org/tea( |$)")
"""What clients show as a link by themselves."""
Steps = AsyncIterator[None]
"""First what must have been said before, then the feature itself."""


class Voice(Protocol):
    """Somebody in one room of their own network. Each feature they can say is a method that takes
    the question and returns ``Steps``."""

    network: str

    async def say(self, text: str) -> None:
        """Say something that is nothing but text."""

    async def hears(self, text: str) -> None:
        """Wait until somebody says this; whatever a relay puts before it."""

    def position(self) -> Position:
        """Return where the transcript ends now."""

    def since(self, start: Position) -> list[Seen]:
        """Return what others let one see from there on, fences left out."""

    def name_of(self, text: str) -> str:
        """Return by what name the author of a text is seen."""


def in_words(texts: Iterable[str]) -> str:
    """Write what was shown on one line, the same on every run."""
    whole = "\n".join(texts)
    whole = _LOCAL.sub("https://…", whole.replace("\u200b", ""))
    whole = re.sub(r"[\x00-\x09\x0b-\x1f]", lambda code: f"\\x{ord(code[0]):02x}", whole)
    whole = _ASKED.sub(ASKED, whole)
    whole = _NUMBERED.sub(r"\1", whole.replace("\n", " ⏎ "))
    if found := _CUT.fullmatch(whole):
        return f"{found[1]}…{found[2]}"
    if len(whole) > _LONGEST:
        whole = f"{whole[: _LONGEST // 2]}…{whole[-_LONGEST // 2 :]}"
    return whole
