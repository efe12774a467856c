"""Who speaks for a person in a channel: their own seat, their puppet, or nobody but the relay."""

from bridge.model import Account, Rejected, Unavailable, UserRef
from protocols.irc.channel import Channel
from protocols.irc.config import IrcConfig
from protocols.irc.pool import Pool
from protocols.irc.rooms import Room
from protocols.irc.seats.crew import Seats
from protocols.irc.session import Session


class Voices:
    """Chooses between them."""

    def __init__(self, seats: Seats, pool: Pool, config: IrcConfig):
        self.seats = seats
        self.pool = pool
        self.config = config

    def puppets(self, room: Room | None) -> str:
        """Return who has a puppet in a room."""
        if room is not None and room.policy.by_seats:
            return "off"
        choice = room.policy.puppets if room is not None else None
        return choice or self.config.puppets

    def alone(self, room: Room | None) -> bool:
        """Tell whether the relay never speaks in a room."""
        return room is not None and room.policy.by_seats

    def own(self, room: Room | None) -> bool:
        """Tell whether people may have connections of their own in a room."""
        return self.alone(room) or self.puppets(room) != "off"

    def present(self, user: UserRef, channel: Channel) -> Session | None:
        """Return the connection that somebody has in a channel already."""
        return self.seats.present(user, channel.room) or self.pool.present(user, channel)

    def nick_of(self, user: UserRef) -> str | None:
        """Return what somebody is called here, if they have a connection."""
        return self.seats.nick_of(user) or self.pool.nick_of(user)

    async def of(self, account: Account, room: Room, channel: Channel) -> Session | None:
        """Return the connection that speaks for somebody. None: let the relay speak. Whoever has a
        seat is given it without waiting, so that their lines keep their order.

        Raises ``Rejected`` if nobody may speak for them, or ``Unavailable``.
        """
        if self.seats.has(account.user, channel.room):
            session = self.seats.present(account.user, channel.room)
            if session is None:
                raise Unavailable("your connection is being made anew", sent=False)
            return session
        if self.alone(room):
            raise Rejected(f"you are not in {channel.name}", "gone")
        if self.puppets(room) == "off":
            return None
        return await self.pool.voice(account, channel)
