"""Tell a netsplit or a change of host from people who leave (semantics.md 7.5, C21, C22)."""

import re

_SPLIT = re.compile(r"(?:\*\.net \*\.split|(?P<a>[\w-]+(?:\.[\w-]+)+) (?P<b>[\w-]+(?:\.[\w-]+)+))")
_LOST = re.compile(
    r"ping timeout|connection reset|connection closed|read error|broken pipe"
    r"|remote host closed|connection timed out|excess flood",
    re.IGNORECASE,
)
_REHOST = re.compile(r"changing host(?:name)?\.?", re.IGNORECASE)


def is_split(reason: str) -> bool:
    """Tell whether a QUIT reason is that of a netsplit: exactly two host names, or the disguise of
    networks that hide theirs. People can write such a reason, but servers prefix theirs
    with ``Quit:``."""
    match = _SPLIT.fullmatch(reason)
    return match is not None and (match["a"] is None or match["a"] != match["b"])


def is_lost(reason: str) -> bool:
    """Tell whether a QUIT reason says that the connection broke, so that they may be back soon."""
    return _LOST.match(reason) is not None


def is_rehost(reason: str) -> bool:
    """Tell whether a QUIT only stands for a change of host: servers send it, followed by a JOIN,
    to clients without the capability ``chghost``."""
    return _REHOST.fullmatch(reason) is not None
