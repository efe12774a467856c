"""Where people of hosted rooms are let in; what they ask for goes to the network behind."""

from typing import TYPE_CHECKING

from bridge.model import (
    Answer,
    Past,
    PrivateSent,
    Rejected,
    Request,
    RoomRef,
    SeatState,
    Send,
    UserRef,
)

if TYPE_CHECKING:
    from bridge.engine.bridge import Bridge


class Reception:
    """Joins the hosted rooms to the networks behind them."""

    def __init__(self, bridge: "Bridge"):
        self._bridge = bridge

    async def ask(self, request: Request) -> Answer:
        """Have something done by the network behind; see ``bridge.model.Host``."""
        raise Rejected(f"nobody can be asked for {type(request).__name__} yet")

    async def past(self, room: RoomRef, user: UserRef, wanted: Past) -> list[Send]:
        """Return what was said there and this person may read, oldest first."""
        return []

    async def whisper(self, private: PrivateSent) -> None:
        """Take a private message."""
        raise Rejected(f"{private.network} takes no private messages yet")

    def observe(self, state: SeatState) -> None:
        """Pass on what became of seats."""
