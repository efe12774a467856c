"""Takes the puppets' copies of what a room says out of the stream before it is parsed. Pure.

With P puppets in a room each message comes P times more; parsing is nearly all of what that costs.
A stanza is only taken out if it is certain where it begins and ends and whom it is for. Whatever
looks unusual goes to the parser untouched.
"""

import re

LONGEST_TAIL = 1 << 20
"""Bytes of an unfinished stanza that are held back; a longer one goes to the parser as it comes."""

_OPENING = re.compile(rb"<(message|presence|iq)[ >/]")
_TO = re.compile(rb" to='([^'<>]*)'")
_GROUPCHAT = b" type='groupchat'"
_TAGS = {name: (b"<" + name, b"</" + name + b">") for name in (b"message", b"presence", b"iq")}


class Sieve:
    """Stands between the socket and the parser of one stream."""

    def __init__(self, component: str):
        self.dropped = 0
        self._puppets = f"@{component}/puppet".encode()
        self._tail = b""

    def clear(self) -> None:
        """Another stream begins."""
        self._tail = b""

    def feed(self, data: bytes, between: bool) -> bytes:
        """Return what the parser must see of this.

        ``between``: the parser has seen whole stanzas so far, and nothing of the next.
        """
        if self._tail:
            data, self._tail = self._tail + data, b""
        elif not between:
            return data
        kept: list[bytes] = []
        begin = at = 0
        while found := _OPENING.match(data, at):
            end = _end(data, found)
            if end is None:
                break
            if not end:
                if len(data) - at < LONGEST_TAIL:
                    self._tail = data[at:]
                    data = data[:at]
                break
            if self._is_puppets(data[at : data.index(b">", at)]):
                kept.append(data[begin:at])
                begin = end
                self.dropped += 1
            at = end
        kept.append(data[begin:])
        return b"".join(kept)

    def _is_puppets(self, head: bytes) -> bool:
        """Tell whether this start tag is that of a puppet's copy."""
        if _GROUPCHAT not in head or b'"' in head or head.count(b"'") % 2:
            return False
        to = _TO.search(head)
        return to is not None and to[1].endswith(self._puppets)


def _end(data: bytes, opening: "re.Match[bytes]") -> int | None:
    """Find where a stanza ends: 0 if that has not come yet, None if it cannot be told here."""
    start = opening.start()
    open_tag, close_tag = _TAGS[opening[1]]
    inside = data.find(b">", start)
    if inside < 0:
        return 0
    if data[inside - 1 : inside] == b"/":
        return inside + 1
    close = data.find(close_tag, inside)
    if close < 0:
        return 0
    if data.find(open_tag, inside, close) >= 0 or data.find(b"<!", inside, close) >= 0:
        return None  # One stanza carries another, or there is raw text.
    return close + len(close_tag)
