"""Names on Matrix: which ghost stands for whom, and what a localpart may hold. Pure."""

import hashlib
import re
from collections.abc import Mapping
from urllib.parse import unquote

from cachetools import LRUCache

from bridge.model import UserRef

_LONGEST_MXID = 255
"""Bytes, sigil and server name included (Matrix specification, appendices, identifiers)."""

_PLAIN = re.compile(r"[a-z0-9.\-/+]*")
_KEPT = 8_192
_CODED = re.compile(r"=([0-9a-f]{2})|_([a-z_])|([a-z0-9.\-/+])")
_LINK = re.compile(r"(?:https://matrix\.to/#/|matrix:)([^?#]+)", re.IGNORECASE)
_SHORT = {"u": "@", "roomid": "!", "r": "#"}


def encode(text: str) -> str:
    """Write any text with the letters of a localpart (semantics.md 11.5): reversible, and two
    texts never become the same."""
    if _PLAIN.fullmatch(text):
        return text
    return "".join(_CODES[byte] for byte in text.encode("utf-8", "surrogatepass"))


def _code(byte: int) -> str:
    letter = chr(byte)
    if _PLAIN.fullmatch(letter):
        return letter
    if letter == "_":
        return "__"
    if "A" <= letter <= "Z":
        return f"_{letter.lower()}"
    return f"={byte:02x}"


_CODES = [_code(byte) for byte in range(256)]


def decode(localpart: str) -> str | None:
    """Read what ``encode`` wrote; None if it did not write this."""
    out = bytearray()
    position = 0
    for match in _CODED.finditer(localpart):
        if match.start() != position:
            return None
        position = match.end()
        code, marked, plain = match.groups()
        if code:
            out.append(int(code, 16))
        else:
            out += (plain or ("_" if marked == "_" else marked.upper())).encode()
    if position != len(localpart):
        return None
    try:
        text = out.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return None
    return text if encode(text) == localpart else None


class Ghosts:
    """The rule that turns people of other networks into MXIDs on our homeserver, and back.

    ``template`` ends in ``{id}`` and holds ``{network}``; ``prefixes`` names whole prefixes for
    single networks. A prefix is written in the registration, so it must not change later.
    """

    def __init__(self, server: str, template: str, prefixes: Mapping[str, str]):
        self._server = ":" + server
        self._template = template.removesuffix("{id}")
        self._fixed = dict(prefixes)
        self._prefixes: dict[str, str] = {}
        self._mxids: LRUCache[UserRef, str] = LRUCache(_KEPT)
        for network in self._fixed:
            self.learn(network)

    def learn(self, network: str) -> str:
        """Count the ghosts of this network as ours from now on; return how their localparts
        begin."""
        # The network's name is written without ``_``, so that the end of it can be found again.
        name = encode(network).replace("__", "=5f")
        prefix = self._fixed.get(network) or self._template.replace("{network}", name)
        self._prefixes[prefix] = network
        return prefix

    def networks(self) -> tuple[str, ...]:
        """Return whose ghosts are known to be ours."""
        return tuple(self._prefixes.values())

    def mxid(self, user: UserRef) -> str:
        """Name the ghost of a person. One whose name would be too long gets a hash, which only
        ``is_hashed`` tells from others: nobody can choose a name that is encoded like it."""
        if known := self._mxids.get(user):
            return known
        mxid = self._mxids[user] = self._made(user)
        return mxid

    def _made(self, user: UserRef) -> str:
        prefix = self.learn(user.network)
        mxid = f"@{prefix}{encode(user.id)}{self._server}"
        if len(mxid) <= _LONGEST_MXID:
            return mxid
        digest = hashlib.sha256(user.id.encode("utf-8", "surrogatepass")).hexdigest()[:32]
        return f"@{prefix}=={digest}{self._server}"

    def owns(self, mxid: str) -> bool:
        """Tell whether this is a ghost of ours."""
        return mxid.endswith(self._server) and mxid[1:].startswith(tuple(self._prefixes))

    def user(self, mxid: str) -> UserRef | None:
        """Tell whose ghost this is, as far as the name itself says so."""
        if not self.owns(mxid):
            return None
        localpart = mxid[1:].removesuffix(self._server)
        prefix = max((p for p in self._prefixes if localpart.startswith(p)), key=len)
        name = decode(localpart.removeprefix(prefix))
        return UserRef(self._prefixes[prefix], name) if name else None


def is_hashed(mxid: str) -> bool:
    """Tell whether a ghost's name holds a hash instead of the person's name."""
    return "==" in mxid.partition(":")[0]


def localpart(mxid: str) -> str:
    """Return what stands between ``@`` and the server's name."""
    return mxid[1:].partition(":")[0]


def linked(url: str) -> str | None:
    """Return the user, room or alias that a ``matrix.to`` or ``matrix:`` link leads to."""
    match = _LINK.match(url)
    if match is None:
        return None
    target = unquote(match[1], errors="replace")
    if url[:7].lower() == "matrix:":
        kind, _, rest = target.partition("/")
        target = _SHORT.get(kind, "") + rest if kind in _SHORT else ""
    # A link to an event names the room first.
    target = target if target.startswith("@") else target.partition("/")[0]
    return target if target[:1] in ("@", "!", "#") and len(target) > 1 else None
