"""Names of things on a network.

Only the network that made a reference may read its ``id``; everyone else compares and stores it.
The ids end up in the database, so a network that changes their form must also migrate them.
"""

from msgspec import Struct


class RoomRef(Struct, frozen=True, order=True):
    """A room on a network: a MUC, an IRC channel, a Matrix room."""

    network: str
    id: str

    def __str__(self) -> str:
        return f"{self.network}:{self.id}"


class UserRef(Struct, frozen=True, order=True):
    """One identity on a network, whatever it calls itself today. It picks the puppet."""

    network: str
    id: str

    def __str__(self) -> str:
        return f"{self.network}:{self.id}"


class Account(Struct, frozen=True):
    """Someone as a network shows them at this moment."""

    user: UserRef
    name: str
    """How they are called in the room now: a nick, an occupant's nick, a display name."""
    authority: str = ""
    """Whose hand this is, where ``user`` alone does not prove it: an IRC guest's connection epoch,
    an occupant-id. Only the same authority may later edit or retract. Empty: ``user`` proves it."""
    avatar: str = ""
    """Where the picture is, in a form its own network can fetch (``mxc://``, a hash, a URL)."""
    about: str = ""
    """The full address for people who want to trace someone: a mask, a JID, an MXID."""
    bot: bool = False
