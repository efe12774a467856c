"""XMPP addresses: taking JIDs apart, escaping, the JIDs of puppets, nicks that a room will take."""

import re
import stringprep
import unicodedata
from collections.abc import Callable, Iterator
from functools import lru_cache
from hashlib import blake2b

from slixmpp import JID, InvalidJID

from bridge.model import UserRef

LONGEST_NICK = 64
"""Code points. A resource may have 1023 bytes, but clients draw a nick in one line."""

_ESCAPES = {
    " ": r"\20", '"': r"\22", "&": r"\26", "'": r"\27", "/": r"\2f",
    ":": r"\3a", "<": r"\3c", ">": r"\3e", "@": r"\40",
}  # fmt: skip
_UNESCAPES = {code: char for char, code in _ESCAPES.items()} | {r"\5c": "\\"}
_LONGEST_LOCAL = 200
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyz0123456789.-_=+[]{}|^`!#$%()*,;?")

_EASY = re.compile(rf"[!-~]{{1,{LONGEST_NICK}}}")
"""A nick that nobody minds, as nearly all of IRC are."""

# RFC 3920 appendix B (resourceprep): what RFC 3454 prohibits in its output.
_PROHIBITED: tuple[Callable[[str], bool], ...] = (
    stringprep.in_table_c12,
    stringprep.in_table_c21_c22,
    stringprep.in_table_c3,
    stringprep.in_table_c4,
    stringprep.in_table_c5,
    stringprep.in_table_c6,
    stringprep.in_table_c7,
    stringprep.in_table_c8,
    stringprep.in_table_c9,
)


def bare(jid: str) -> str:
    """Return the JID without its resource."""
    return jid.partition("/")[0]


def resource(jid: str) -> str:
    """Return the resource of the JID: in a room, the nick. Empty if it has none."""
    return jid.partition("/")[2]


def domain(jid: str) -> str:
    """Return the domain of the JID."""
    return bare(jid).rpartition("@")[2]


def prepared(text: str) -> str:
    """Return the bare JID in the form that servers compare.

    Raises ``ValueError`` if it is not an address.
    """
    try:
        return str(JID(text.strip()).bare)
    except InvalidJID as error:
        raise ValueError(str(error)) from None


def escape(text: str) -> str:
    """Write text so that it can be the local part of a JID (XEP-0106)."""
    out = []
    for at, char in enumerate(text):
        if char == "\\" and text[at : at + 3] in _UNESCAPES:
            out.append(r"\5c")
        else:
            out.append(_ESCAPES.get(char, char))
    return "".join(out)


def unescape(local: str) -> str:
    """Read a local part back into text (XEP-0106)."""
    out = []
    at = 0
    while at < len(local):
        char = _UNESCAPES.get(local[at : at + 3]) if local[at] == "\\" else None
        out.append(char or local[at])
        at += 3 if char else 1
    return "".join(out)


@lru_cache(maxsize=4096)
def puppet_jid(user: UserRef, component: str) -> str:
    """Return the full JID under which this person's puppet enters rooms.

    It is the same after every restart, differs for each person, and can be read by a moderator who
    wants to trace someone. Ids that a server would fold or refuse are shortened to a digest.
    """
    text = f"{user.network}%{user.id}"
    local = escape(text)
    exact = all(c in _PLAIN or c in _ESCAPES for c in text) and not text.startswith(" ")
    if not exact or text.endswith(" ") or len(local) > _LONGEST_LOCAL:
        readable = "".join(c for c in text.lower() if c in _PLAIN)[:40]
        digest = blake2b(f"{user.network}\0{user.id}".encode("utf-8", "surrogatepass"))
        local = f"~{readable}~{digest.hexdigest()[:20]}"
    return f"{local}@{component}/puppet"


def nick(name: str, strict: bool = False) -> str:
    """Make a name into a nick that passes resourceprep (RFC 3920 B); never empty.

    ``strict``: also without characters younger than Unicode 3.2, most emoji among them.
    COMPAT(Prosody, 0.12): its rooms refuse those with ``jid-malformed``.
    """
    if _EASY.fullmatch(name):
        return name
    kept = "".join(c for c in name if not stringprep.in_table_b1(c))
    kept = unicodedata.normalize("NFKC", kept)
    kept = "".join(c for c in kept if not any(table(c) for table in _PROHIBITED))
    if strict:
        kept = "".join(c for c in kept if not stringprep.in_table_a1(c))
    kept = " ".join(_one_direction(kept)[:LONGEST_NICK].split())
    return kept or "someone"


def _one_direction(text: str) -> str:
    """Leave the right-to-left letters out of a text that mixes directions (RFC 3454 §6)."""
    if not any(map(stringprep.in_table_d1, text)):
        return text
    ends = text.strip()
    if not any(map(stringprep.in_table_d2, text)) and all(
        map(stringprep.in_table_d1, (ends[0], ends[-1]))
    ):
        return text
    return "".join(c for c in text if not stringprep.in_table_d1(c))


def nicks(name: str, taken: Callable[[str], bool]) -> Iterator[str]:
    """Yield nicks for this name that nobody seems to have: bob, bob (2), bob (3) …

    ``taken`` is asked with a folded nick, because services differ in what they hold for equal.
    """
    for wanted in dict.fromkeys((nick(name), nick(name, strict=True))):
        if not taken(wanted.casefold()):
            yield wanted
    strict = nick(name, strict=True)
    for number in range(2, 100):
        numbered = f"{strict} ({number})"
        if not taken(numbered.casefold()):
            yield numbered
