"""One person's place in a room, and the questions that their puppet asks the room."""

import asyncio

from msgspec import Struct

from bridge.model import Account, Unavailable
from protocols.xmpp.decode import Failure
from protocols.xmpp.muc.wire import Wire


class Answer(Struct, frozen=True):
    """What the room says to a puppet that wants a nick."""

    nick: str = ""
    failure: Failure | None = None


class Seat:
    """Where a puppet sits, or wants to."""

    def __init__(self, account: Account, jid: str):
        self.account = account
        self.jid = jid
        self.nick = ""
        """Empty while the puppet is not in the room."""
        self.occupant_id = ""
        self.asked = ""
        """The nick that was asked for and not answered yet."""
        self.shade = ""
        """The nick it had when the room came out of reach. The room may not have noticed."""
        self.named = ""
        """The nick that the bridge was told of."""
        self.speaking = 0
        """Messages under way: the seat is not given up before they have arrived."""
        self.leaving: str | None = None
        """Why it is to be given up, once nothing is under way."""
        self.entering: asyncio.Task[None] | None = None
        self._answer: asyncio.Future[Answer] | None = None

    async def ask(self, wire: Wire, nick: str, stanza: str) -> Answer:
        """Ask the room for a nick. Raises ``Unavailable`` if it does not answer."""
        self.asked = nick
        self._answer = asyncio.get_running_loop().create_future()
        try:
            wire.post(stanza)
            async with asyncio.timeout(wire.config.patience):
                return await self._answer
        except TimeoutError:
            raise Unavailable("the room does not answer") from None
        finally:
            self.asked = ""

    def hear(self, answer: Answer) -> None:
        """The room has answered."""
        if self._answer and not self._answer.done():
            self._answer.set_result(answer)

    def give_up(self, words: str) -> None:
        """The room will not answer any more."""
        if self._answer and not self._answer.done():
            self._answer.set_exception(Unavailable(words))
            self._answer.exception()

    def cancel(self) -> None:
        """Stop entering."""
        if self.entering and not self.entering.done():
            self.entering.cancel()
