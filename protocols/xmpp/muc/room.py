"""One visited room: hands what comes in to the features, and makes events of it.

Only what is addressed to the listener is read in full; the puppets' copies of the same are not.
"""

import asyncio
import logging
import time
from xml.etree.ElementTree import Element

from bridge.model import (
    Capabilities,
    Edit,
    LegPolicy,
    Mention,
    RoomRef,
    Send,
    Unavailable,
    UserRef,
)
from protocols.xmpp import about, decode, encode
from protocols.xmpp.muc import reading, selfping, signs, wording
from protocols.xmpp.muc.courtesy import Courtesy
from protocols.xmpp.muc.evidence import Evidence
from protocols.xmpp.muc.hearing import Hearing
from protocols.xmpp.muc.history import History, Pages, page_end, page_query
from protocols.xmpp.muc.join import SELF, Entrance
from protocols.xmpp.muc.occupants import Occupants
from protocols.xmpp.muc.puppets import Puppets
from protocols.xmpp.muc.seat import Seat
from protocols.xmpp.muc.signs import Shown
from protocols.xmpp.muc.subject import Subject
from protocols.xmpp.muc.wire import Wire

log = logging.getLogger(__name__)

SETTLE_SECONDS = 0.3
"""How long changes of who is there are gathered."""


class Room:
    """What there is to know and to do in one visited room."""

    def __init__(self, ref: RoomRef, policy: LegPolicy, wire: Wire):
        self.ref = ref
        self.wire = wire
        self.listener = wire.config.listener
        self.features: frozenset[str] = frozenset()
        self.last_heard = time.monotonic()
        self.occupants = Occupants(ref, wire.config.jid, wire.era)
        self.puppets = Puppets(ref, wire, self._is_taken)
        self.puppets.unsure = self._owner_unsure
        self.evidence = Evidence(ref)
        self.history = History(ref.id, wire.host.state)
        self.pages = Pages()
        self.subject = Subject(ref.id, wire.host.state)
        self.entrance = Entrance(self)
        self.courtesy = Courtesy()
        self.hearing = Hearing(self)
        self.signs = Shown(self)
        self.stable_ids = False
        """The room's own ids can be trusted (XEP-0359 §5)."""
        self._flush: asyncio.TimerHandle | None = None
        self.adopt(policy)
        self._life = wire.start(self.entrance.stay())

    # --- what the bridge wants -------------------------------------------------------------------

    def adopt(self, policy: LegPolicy) -> None:
        """Follow another policy from now on."""
        self.policy = policy
        self.puppets.password = policy.password
        self.entrance.try_again()
        if not self.has_puppets and self.puppets.by_jid:
            self.wire.start(self.puppets.empty("the bridge now speaks for everybody"))

    @property
    def has_puppets(self) -> bool:
        """Tell whether people of other networks get an occupant of their own here."""
        return (self.policy.puppets or self.wire.config.puppets) != "off"

    @property
    def is_up(self) -> bool:
        """Tell whether we are in the room and its history is over."""
        return self.entrance.live

    def require_up(self) -> None:
        """Raise ``Unavailable`` if we are not in the room."""
        if not self.is_up:
            raise Unavailable(f"we are not in {self.ref.id}")

    def sender(self, seat: Seat | None) -> str:
        """Say whose ids the room takes ours for: this seat's, or (None) the listener's."""
        if seat is None:
            return self.occupants.sender(self.entrance.nick, self.entrance.occupant_id)
        return self.occupants.sender(seat.nick, seat.occupant_id)

    @property
    def can_moderate(self) -> bool:
        """Tell whether we can remove what others say here (XEP-0425)."""
        known = {about.MODERATE, about.MODERATE_OLD} & self.features
        return bool(known) and self.entrance.role == "moderator"

    @property
    def shows_typing(self) -> bool:
        """Tell whether the room is small enough to show who types."""
        return len(self.occupants.present) < signs.TYPING_CROWD

    @property
    def shows_reading(self) -> bool:
        """Tell whether the room is small enough to show who has read what."""
        return self.stable_ids and len(self.occupants.present) <= signs.READING_CROWD

    @property
    def capabilities(self) -> Capabilities:
        """Tell what this room can carry. It takes delay stamps, but clients show them as they
        like: the time of a late message stays in its text.
        """
        return Capabilities(
            replies=self.stable_ids,
            threads=True,
            edits=True,
            retractions=self.stable_ids,
            moderation=self.can_moderate,
            reactions=self.stable_ids and self.has_puppets,
            files=True,
            places=True,
            typing=self.has_puppets and self.shows_typing,
            read_marks=self.has_puppets and self.shows_reading,
        )

    @property
    def place(self) -> wording.Place:
        """Tell what words for this room depend on."""
        config = self.wire.config
        return wording.Place(config.jid, config.max_bytes, self.named, self._occupant_id)

    def relayed(self, command: Send | Edit) -> str:
        """Write what the relay says for somebody."""
        template = self.policy.relay or self.wire.config.relay
        return wording.relay_payload(command, self.place, template)

    def whose(self, occupant_id: str) -> UserRef | None:
        """Say who has this occupant-id here: somebody of the room, or of another network."""
        if not self.occupants.trusts_occupant_ids:
            return None
        return self.puppets.whose(occupant_id) or self.occupants.whose(occupant_id)

    def _occupant_id(self, user: UserRef) -> str:
        if not self.occupants.trusts_occupant_ids:
            return ""
        return self.puppets.occupant_id(user) or self.occupants.occupant_id(user)

    def named(self, mention: Mention) -> str:
        """Return how a mentioned person is called in this room."""
        if mention.user is None:
            return mention.name
        return self.puppets.named(mention.user) or self.occupants.nick(mention.user) or mention.name

    async def leave(self, farewell: str) -> None:
        """Say farewell, take everybody out and forget the room."""
        self._life.cancel()
        if self.wire.component.up and self.entrance.inside:
            if farewell:
                payload = wording.say_payload(farewell, self.wire.config.max_bytes)
                mark = self.wire.marks.make(self.ref.id, f"farewell {time.time()}")
                self.wire.post(encode.groupchat(self.listener, self.ref.id, mark, payload))
            await self.puppets.empty("")
            self._part("")
            await self.wire.component.writable()
        self.entrance.close()
        self.fell_silent("the room is not linked any longer")
        await self.puppets.bars.forget()
        await self.history.forget()
        await self.subject.forget()

    def say_goodbye(self) -> None:
        """The daemon stops: everybody leaves."""
        if self.wire.component.up and self.entrance.inside:
            self.puppets.say_goodbye("the bridge is stopping")
            self._part("the bridge is stopping")

    def _part(self, reason: str) -> None:
        me = f"{self.ref.id}/{self.entrance.nick}"
        self.wire.post(encode.part(self.listener, me, reason))

    # --- what the entrance needs -----------------------------------------------------------------

    async def prepare(self) -> None:
        """Read what was kept, and take out who was left over from before a crash."""
        await self.history.load()
        await self.subject.load()
        await self.puppets.bars.load()
        await self.puppets.clear_leftovers()
        self.history.reach = float("inf")

    def joining(self, nick: str) -> str:
        """Write the listener's request to enter."""
        return encode.join(
            self.listener,
            f"{self.ref.id}/{nick}",
            password=self.policy.password,
            seconds=self.history.seconds(time.time()),
        )

    def learn_from(self, answer: Element) -> None:
        """Take in what the room says it can do."""
        self.learn(decode.features(answer))

    def learn(self, features: frozenset[str]) -> None:
        """Take in what the room can do."""
        self.features = features
        self.stable_ids = reading.STABLE_IDS in features
        self.occupants.trusts_occupant_ids = reading.OCCUPANT_IDS in features
        self.occupants.open_jids = reading.OPEN_JIDS in features

    def entered(self) -> None:
        """The listener is in and has heard the history."""
        self.history.heard(time.time())
        self.wire.host.observe(self.occupants.roster(self.puppets.owns))
        self.wire.start(self.save())
        self.puppets.resume()

    def fell_silent(self, words: str) -> None:
        """The listener is out."""
        self.puppets.lost()
        self.signs.clear()
        self.evidence.lost(words)
        self.subject.lost(Unavailable(words))

    def fell_out(self, seat: Seat | None) -> None:
        """The room says that this seat (None: the listener) is not in it."""
        if seat is None:
            self.entrance.lose(f"{self.ref.id} says that we are not in it")
        else:
            self.puppets.fell_out(seat)

    async def save(self, every: float = 0.0) -> None:
        """Write down how far the room was heard."""
        await self.history.save(time.time(), every)
        await self.subject.save()

    async def self_ping(self) -> None:
        """Find out whether we are in the room. Raises ``Unavailable`` if we are not."""
        answer = await selfping.ask(self)
        if answer is False:
            self.entrance.lose(f"we were not in {self.ref.id} any longer")
        if not answer:
            raise Unavailable(f"{self.ref.id} does not answer")

    async def check(self) -> None:
        """Find out whether we are in the room; if not, the entrance will see to it."""
        try:
            await self.self_ping()
        except Unavailable as error:
            log.info("%s", error)

    def suspect(self) -> None:
        """Something took too long: look whether we are still in the room."""
        self.wire.start(self.check())

    # --- messages --------------------------------------------------------------------------------

    def on_message(self, xml: Element) -> None:
        """Take in a message to the listener."""
        self.last_heard = time.monotonic()
        kind = xml.get("type")
        if kind == "groupchat":
            self.hearing.groupchat(decode.message(xml))
        elif kind == "error":
            self.on_error(xml)
        elif "/" in (xml.get("from") or ""):
            self.on_private(xml)
        else:
            self.pages.take(xml)

    def on_error(self, xml: Element) -> None:
        """A message of ours was refused, if it is the room that says so."""
        if "/" not in (xml.get("from") or ""):
            self.evidence.refused(xml.get("id", ""), decode.failure(xml))

    def on_private(self, xml: Element) -> None:
        """Somebody writes to one of us alone, which cannot be carried yet."""
        message = decode.message(xml)
        if not message.body or xml.get("type") == "error":
            return
        answer = self.courtesy.about_private(xml.get("to", ""), xml.get("from", ""), message.id)
        if answer:
            self.wire.post(answer)

    async def read_page(self, before: str) -> tuple[bool, str]:
        """Fetch a page of the archive into ``pages``; return if it was the last, and its begin."""
        self.pages.found.clear()
        self.pages.queryid = f"p{time.monotonic_ns()}"
        try:
            answer = await self.wire.component.ask(
                "set", self.listener, self.ref.id, page_query(self.pages.queryid, before)
            )
        finally:
            self.pages.queryid = ""
        return page_end(answer)

    # --- presences -------------------------------------------------------------------------------

    def on_presence(self, xml: Element) -> None:
        """Take in a presence to the listener."""
        self.last_heard = time.monotonic()
        presence = decode.presence(xml)
        if (
            presence.kind == "error"
            or SELF in presence.codes
            or (presence.nick == self.entrance.nick and presence.kind == "unavailable")
        ):
            self.entrance.heard(presence)
        elif presence.nick and self.occupants.saw(presence):
            self._changed()

    def on_puppet_presence(self, xml: Element, jid: str, nick: str) -> None:
        """Take in a presence to a puppet, if it is about the puppet itself."""
        seat = self.puppets.by_jid.get(jid)
        if seat is None:
            return
        if xml.get("type") == "error" or self.puppets.concerns(seat, nick):
            presence = decode.presence(xml)
            if presence.kind == "error" or SELF in presence.codes:
                self.puppets.heard(seat, presence)

    def _is_taken(self, folded: str) -> bool:
        return folded == self.entrance.nick.casefold() or self.occupants.is_taken(folded)

    def _owner_unsure(self, nick: str) -> None:
        self.occupants.owner_unsure(nick)
        self._changed()

    def _changed(self) -> None:
        if self._flush is None and self.entrance.live:
            self._flush = asyncio.get_running_loop().call_later(SETTLE_SECONDS, self._tell_changes)

    def _tell_changes(self) -> None:
        self._flush = None
        if self.entrance.live:
            for changed in self.occupants.changes(self.puppets.owns):
                self.wire.host.observe(changed)
