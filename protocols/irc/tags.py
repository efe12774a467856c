"""Client-only tags: what a line answers or reacts to, and who is typing. Pure; the values are
written by strangers (IRCv3 reply, react, typing; semantics.md 2.1, 3, 9.3)."""

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from protocols.irc.encode import one_line
from protocols.irc.formatting import strip

REPLY = ("+reply", "+draft/reply")
"""The ratified name is preferred; older clients know only the other."""
REACT, UNREACT = "+draft/react", "+draft/unreact"
"""What is sent: the names that clients know."""
_REACT, _UNREACT = (REACT, "+react"), (UNREACT, "+unreact")
"""What is understood: the names without ``draft/`` are what these will be called."""
TYPING = "+typing"

_MSGID = "msgid:"
_LONGEST = 512

May = Callable[[str], bool]
"""Tells whether a connection may send a tag."""


class Reaction(Struct, frozen=True):
    """A reaction that was added or taken away."""

    target: str
    key: str
    added: bool


def reference(tags: Mapping[str, str]) -> str:
    """Return the id of the message that a line answers or is about; empty if it names none."""
    for name in REPLY:
        msgid = tags.get(name)
        if msgid:
            return _MSGID + msgid if len(msgid) <= _LONGEST else ""
    return ""


def reaction(tags: Mapping[str, str]) -> Reaction | None:
    """Read a reaction. None: there is none, or adding and removing at once, or of nothing."""
    added, removed = _first(tags, _REACT), _first(tags, _UNREACT)
    if bool(added) == bool(removed):
        return None
    target, key = reference(tags), one_line(strip(added or removed))
    return Reaction(target, key, bool(added)) if target and key else None


def message_id(ids: Sequence[str]) -> str:
    """Return what the server calls a message, of all that it is called; empty: nothing."""
    return next((name.removeprefix(_MSGID) for name in ids if name.startswith(_MSGID)), "")


def answering(ids: Sequence[str], may: May) -> dict[str, str]:
    """Return the tags that point at a message, as far as they may be sent."""
    msgid = message_id(ids)
    return {name: msgid for name in REPLY if msgid and may(name)}


def reacting(ids: Sequence[str], key: str, added: bool, may: May) -> dict[str, str]:
    """Return the tags of a reaction; none if it cannot be told by tags."""
    name, about = REACT if added else UNREACT, answering(ids, may)
    return {**about, name: key} if about and may(name) else {}


def signature(tags: Mapping[str, str]) -> str:
    """Say in one text what a TAGMSG tells, so that it is known again when another sees it."""
    return f"{reference(tags)} {_first(tags, _REACT)} {_first(tags, _UNREACT)}"


def _first(tags: Mapping[str, str], names: Sequence[str]) -> str:
    return next(filter(None, map(tags.get, names)), "")
