"""Which IRCv3 capabilities we ask for. Only these: unknown ones change what a server sends, and
some servers offer traps (``inspircd.org/poison``)."""

from collections.abc import Mapping

REDACTION = "draft/message-redaction"
WANTED = (
    "message-tags",
    "batch",
    "server-time",
    "account-tag",
    "account-notify",
    "extended-join",
    "chghost",
    "away-notify",
    "cap-notify",
    "userhost-in-names",
    REDACTION,
    "znc.in/playback",
)
LABELS = ("labeled-response", "echo-message")
"""Only together: without labels an own line cannot be told from another's (soju's rule)."""


def choose(offered: Mapping[str, str], login: bool) -> list[str]:
    """Return what to request of the capabilities that a server offers."""
    chosen = [name for name in WANTED if name in offered]
    if all(name in offered for name in (*LABELS, "batch", "message-tags")):
        chosen += LABELS
    if login and "sasl" in offered:
        chosen.append("sasl")
    return chosen
