"""Choose nicks for puppets, and write names so that they neither break a line nor ping anyone
(semantics.md 11.6)."""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import lru_cache

from protocols.irc.split import joined

ZERO_WIDTH = "\u200b"

_SERVICES = (
    "nickserv chanserv memoserv operserv saslserv hostserv botserv global services alis q l"
    " authserv userserv groupserv infoserv statserv helpserv spamserv"
)
SERVICES = frozenset(_SERVICES.split())
"""Folded nicks that no puppet may have, even on a network without services."""

_FORBIDDEN = re.compile(r"[^A-Za-z0-9\[\]\\`_^{|}-]")
_STRICTLY_FORBIDDEN = re.compile(r"[^A-Za-z0-9]")
_LETTERS = str.maketrans(
    {"ß": "ss", "ø": "o", "Ø": "O", "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe", "đ": "d",
     "Đ": "D", "ł": "l", "Ł": "L", "þ": "th", "Þ": "Th", "ð": "d", "ı": "i", " ": "_"}
)  # fmt: skip
_UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
_LONGEST_NAME = 60


def seen(name: str) -> str:
    """Return a name as it may stand in a line: no control, bidirectional or invisible characters,
    no line breaks, spaces single, not too long, never empty."""
    kept = (c for c in name if unicodedata.category(c) not in _UNSEEN or c in "\t\n\r")
    text = " ".join("".join(kept).split())
    cut = min(len(text), _LONGEST_NAME)
    while cut and (joined(text, cut) or len(text[:cut].encode()) > _LONGEST_NAME):
        cut -= 1
    return text[:cut].strip() or "someone"


@lru_cache(maxsize=2048)
def unpinged(name: str) -> str:
    """Write a name so that nobody who has it as a nick is pinged: a zero-width space after the
    first character."""
    name = seen(name)
    cut = 1
    while joined(name, cut):
        cut += 1
    return f"{name[:cut]}{ZERO_WIDTH}{name[cut:]}"


def wanted(template: str, name: str, length: int) -> str:
    """Return the nick that a person should have: ``{name}`` in the template, in the classic set
    of characters, cut so that the rest of the template survives."""
    before, _, after = template.partition("{name}")
    room = max(1, length - len(before) - len(after))
    nick = f"{before}{_classic(name)[:room]}{after}"
    if nick[0].isdigit() or nick[0] == "-":
        nick = "_" + nick
        if len(nick) > length:
            nick = nick[: length - len(after)] + after
    return nick[:length]


def alternatives(nick: str, length: int, seed: str) -> Iterator[str]:
    """Return what to try when the nick is taken: ``_``, 2 to 9, then three times a hash."""
    yield _ending(nick, "_", length)
    for digit in range(2, 10):
        yield _ending(nick, str(digit), length)
    for attempt in range(3):
        yield _ending(nick, "-" + digest(f"{seed}{attempt}")[:4], length)


def plainer(nick: str, length: int, seed: str) -> str:
    """Return what to try when the server calls a nick erroneous: letters and digits only."""
    stripped = _STRICTLY_FORBIDDEN.sub("", nick).lstrip("0123456789")
    return (stripped if stripped and stripped != nick else "u" + digest(seed)[:7])[:length]


def simpler(nick: str, length: int, seed: str) -> str | None:
    """Return what to try when the server calls a nick erroneous: the classic set of characters,
    then letters and digits only, then nothing."""
    tries = (wanted("{name}", nick, length), plainer(nick, length, seed))
    return next((other for other in tries if other != nick), None)


class Choice:
    """What to try after a nick was refused while registering; one for each attempt."""

    def __init__(self, seed: str, is_known: Callable[[str], bool]):
        self._seed = seed
        self._is_known = is_known
        self._alternatives: Iterator[str] | None = None

    def after(self, refused: str, numeric: str, length: int) -> str | None:
        """Return the next one; None: there is nothing left to try."""
        if numeric == "432":
            self._alternatives = None
            return simpler(refused, length, self._seed)
        if self._alternatives is None:
            self._alternatives = alternatives(refused, length, self._seed)
        return next((nick for nick in self._alternatives if not self._is_known(nick)), None)


def possible(nick: str) -> bool:
    """Tell whether this may be a nick somewhere: one word, with nothing that IRC itself uses
    (modern.ircdocs.horse, "Nicknames")."""
    if not nick or nick[0] in "$:#&~@%+" or any(c in " ,*?!@" for c in nick):
        return False
    return all(unicodedata.category(c) not in _UNSEEN for c in nick)


def digest(seed: str) -> str:
    """Return lower-case letters and digits that are always the same for a seed."""
    return hashlib.sha256(seed.encode("utf-8", "replace")).hexdigest()


def ident(user: str) -> str:
    """Return a user name (ident) that is this person's alone, so that operators can ban one."""
    return "t" + digest(user)[:8]


def _classic(name: str) -> str:
    text = unicodedata.normalize("NFKD", seen(name).translate(_LETTERS))
    nick = _FORBIDDEN.sub("", text).lstrip("0123456789-")
    return nick if nick.strip("_") else "u" + digest(name)[:5]


def _ending(nick: str, ending: str, length: int) -> str:
    return nick[: length - len(ending)] + ending
