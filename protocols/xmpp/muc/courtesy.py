"""Answers to what the bridge cannot carry, once for each person in a while."""

from cachetools import TTLCache

from protocols.xmpp import encode

SILENCE = 600.0
"""Seconds until the same person is told the same again."""
PEOPLE = 1000

ENCRYPTED = (
    "This room is bridged to other networks, and the bridge cannot read encrypted messages: "
    "your message was not passed on. Please turn encryption off here."
)
PRIVATE = "This is a bridge: private messages cannot be passed on to other networks yet."


class Courtesy:
    """Remembers who was told what."""

    def __init__(self) -> None:
        self._told: TTLCache[tuple[str, str], bool] = TTLCache(PEOPLE, SILENCE)

    def about_encryption(self, listener: str, occupant: str, attr_id: str) -> str | None:
        """Write to an occupant whose message was encrypted."""
        if not self._first(occupant, "encrypted"):
            return None
        return encode.private(listener, occupant, f"{attr_id}-e", ENCRYPTED)

    def about_private(self, sender: str, to: str, attr_id: str) -> str | None:
        """Write the refusal of a private message."""
        if not self._first(to, "private"):
            return None
        return encode.message_error(
            sender, to, attr_id, "cancel", "feature-not-implemented", PRIVATE
        )

    def _first(self, who: str, what: str) -> bool:
        if (who, what) in self._told:
            return False
        self._told[who, what] = True
        return True
