"""The first, cheap look at lines: which concern the connection, and what batch they are in."""

from protocols.irc.decode import Line

_OF_ROOMS = frozenset(
    b"PRIVMSG NOTICE TAGMSG REDACT TOPIC "
    b"JOIN PART QUIT NICK MODE ACCOUNT CHGHOST AWAY SETNAME".split()
)
_PLAYBACK = frozenset(("chathistory", "znc.in/playback"))
_SPLIT = frozenset(("netsplit",))
_MOST_BATCHES = 32


def is_for_us(raw: bytes, own: bytes) -> bool:
    """Tell whether a line must be decoded by a connection that listens to no channel: everything
    but what others say and do. ``own`` is ``nick!`` as the server writes it."""
    if raw[:1] == b"@":
        if b"label=" in raw[: raw.find(b" ")]:
            return True
        raw = raw[raw.find(b" ") + 1 :].lstrip(b" ")
    if raw[:1] != b":":
        return True
    source, _, rest = raw[1:].partition(b" ")
    command, _, rest = rest.partition(b" ")
    if command not in _OF_ROOMS:
        return True
    target = rest.partition(b" ")[0]
    return source.startswith(own) or target.lstrip(b":").rstrip(b"\r") == own[:-1]


class Batches:
    """The batches that a server has open on one connection (IRCv3 batch)."""

    __slots__ = ("_open",)

    def __init__(self) -> None:
        self._open: dict[str, tuple[str, str, str]] | None = None

    def take(self, line: Line) -> None:
        """Note the begin or end of a batch."""
        reference = line.param(0)
        if self._open is None:
            self._open = {}
        if reference.startswith("+") and len(self._open) < _MOST_BATCHES:
            kind, label = line.param(1).lower(), line.tags.get("label", "")
            self._open[reference[1:]] = (kind, label, line.tags.get("batch", ""))
        elif reference.startswith("-"):
            self._open.pop(reference[1:], None)

    def played_back(self, line: Line) -> bool:
        """Tell whether a line is history."""
        return line.played_back or self._inside(line, _PLAYBACK)

    def split(self, line: Line) -> bool:
        """Tell whether a line is part of a netsplit."""
        return self._inside(line, _SPLIT)

    def label(self, line: Line) -> str:
        """Return the label that a line answers, its own or that of its batch."""
        label = line.tags.get("label", "")
        for _, batch_label, _ in self._chain(line):
            label = label or batch_label
        return label

    def _inside(self, line: Line, kinds: frozenset[str]) -> bool:
        return any(kind in kinds for kind, _, _ in self._chain(line))

    def _chain(self, line: Line) -> list[tuple[str, str, str]]:
        reference = line.tags.get("batch", "")
        chain: list[tuple[str, str, str]] = []
        while self._open and reference in self._open and len(chain) < 8:
            chain.append(self._open[reference])
            reference = chain[-1][2]
        return chain
