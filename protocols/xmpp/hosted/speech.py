"""What our people say in a hosted room: held until the network behind has let it through.

A room whose channel forbids somebody to speak must not show their words to anybody else; so the
bridge asks IRC first, and then lets us show the original stanza, which is kept here meanwhile.
"""

from collections import OrderedDict
from secrets import token_hex
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element

from msgspec import Struct

from bridge.model import (
    Account,
    Event,
    MessageEdited,
    MessageRetracted,
    MessageSent,
    Raw,
    ReactionsSet,
    Rejected,
    SetSubject,
    Tell,
)
from protocols.xmpp import decode
from protocols.xmpp.decode import MucMessage
from protocols.xmpp.hosted import stanza
from protocols.xmpp.hosted.occupants import Occupant
from protocols.xmpp.hosted.seats import Client
from protocols.xmpp.muc import reading
from protocols.xmpp.muc.versions import Versions

if TYPE_CHECKING:
    from protocols.xmpp.hosted.room import HostedRoom

REMEMBERED = 1000
"""Messages of a room whose senders can still be told what became of them."""

MOST_HELD = 4 << 20
"""Characters of a room that may wait until IRC has taken them."""

ENCRYPTED = (
    "This room is on IRC, which cannot carry encrypted messages. Please turn encryption off here."
)


class Spoken(Struct):
    """What one of us said."""

    client: str
    attr_id: str
    payload: str
    who: Occupant
    shown: bool = False


class Speech:
    """The mouths of one room."""

    def __init__(self, room: "HostedRoom"):
        self._room = room
        self._spoken: OrderedDict[str, Spoken] = OrderedDict()
        self._versions = Versions()
        self._held = 0
        """Characters of all that is held."""

    def groupchat(self, client: Client, xml: Element) -> None:
        """Take in a message to the room. Raises ``Rejected`` with words for whoever wrote it."""
        message = decode.message(xml)
        message.nick = client.seat.nick
        if message.encrypted:
            raise Rejected(ENCRYPTED, "refused")
        if message.subject is not None and message.body is None and message.thread is None:
            self._ask_beside(client, message, topic=message.subject)
        elif message.body and message.body.startswith("/mode "):
            self._ask_beside(client, message, line=message.body[1:])
        else:
            self._speak(client, message, xml)

    def reflect(self, sid: str) -> bool:
        """Show what one of us said as their client wrote it. False: none of us said this."""
        spoken = self._spoken.get(sid)
        if spoken is None:
            return False
        if spoken.shown:
            return True
        spoken.shown = True
        room = self._room
        mark = stanza.stable_id(room.jid, sid)
        who = f"<occupant-id xmlns='urn:xmpp:occupant-id:0' id='{spoken.who.id}'/>"
        sender = f"{room.jid}/{spoken.who.nick}"
        children = f"{spoken.payload}{mark}{who}"
        room.say(sid, stanza.message(sender, "groupchat", spoken.attr_id, children))
        self._let_go(spoken)
        return True

    def refused(self, tell: Tell) -> bool:
        """Tell the client that wrote it what became of its message. False: nobody knows which."""
        for id_ in tell.about:
            if spoken := self._spoken.get(id_):
                spoken.shown = True  # or never
                self._let_go(spoken)
                self._room.gateway.refuse_message(
                    self._room.jid,
                    spoken.client,
                    spoken.attr_id,
                    Rejected(tell.text, tell.why),
                )
                return True
        return False

    def _let_go(self, spoken: Spoken) -> None:
        self._held -= len(spoken.payload)
        spoken.payload = ""

    # --- inside ----------------------------------------------------------------------------------

    def _speak(self, client: Client, message: MucMessage, xml: Element) -> None:
        room = self._room
        sid = token_hex(12)
        me = room.occupants.of(client.seat.user)
        if me is None:
            raise Rejected("you are not in this room", "unknown")
        event = self._event(sid, client.seat.account, me.id, message)
        if event is None:
            room.signs.take(client.seat, message)
            return
        room.gateway.people.check_words(client.seat.jid)
        payload = stanza.cleaned(xml, 2 * room.gateway.config.max_bytes)
        if self._held + len(payload) > MOST_HELD:
            raise Rejected("too much is still on its way to IRC", "limit")
        self._held += len(payload)
        spoken = Spoken(client.jid, xml.get("id", "")[: decode.LONGEST_ID], payload, me)
        self._spoken[sid] = spoken
        if len(self._spoken) > REMEMBERED:
            _, old = self._spoken.popitem(last=False)
            self._held -= len(old.payload)
        room.signs.spoke(client.seat.account)
        room.gateway.report(event)

    def _event(self, sid: str, author: Account, sender: str, message: MucMessage) -> Event | None:
        room, now = self._room, self._room.gateway.now()
        message.stanza_ids = ((room.jid, sid),)
        ids = (sid, *reading.ids(message, room.jid, sender, True)[1:])
        if message.retraction:
            if message.retraction.moderated:
                raise Rejected("only the room itself can say that a moderator did it", "malformed")
            return MessageRetracted(
                room=room.ref, target=message.retraction.id, time=now, author=author, ids=ids
            )
        if message.reactions:
            if not message.reactions.id:
                raise Rejected("this is no reaction to one message", "malformed")
            return ReactionsSet(
                room=room.ref,
                author=author,
                target=message.reactions.id,
                keys=message.reactions.keys,
                time=now,
                ids=ids,
            )
        if not reading.is_speech(message):
            return None
        return self._said(author, sender, message, ids, now)

    def _said(
        self, author: Account, sender: str, message: MucMessage, ids: tuple[str, ...], now: float
    ) -> Event:
        room = self._room
        content = reading.content(message, room.occupants.whose)
        if message.replaces is not None:
            return MessageEdited(
                room=room.ref,
                author=author,
                target=self._versions.corrected(sender, message.id, message.replaces),
                content=content,
                time=now,
                ids=ids,
                quoted=reading.quoted(message),
            )
        self._versions.said(sender, message.id, ids)
        return MessageSent(
            room=room.ref,
            author=author,
            ids=ids,
            content=content,
            time=now,
            reply_to=message.reply,
            quoted=reading.quoted(message),
            thread=f"thread:{message.thread}" if message.thread else "",
        )

    def _ask_beside(
        self, client: Client, message: MucMessage, *, topic: str = "", line: str = ""
    ) -> None:
        """Ask for what is no message; its sender is told if it is refused."""
        room, person = self._room, client.seat.account
        room.gateway.people.check_words(client.seat.jid)
        request: SetSubject | Raw = SetSubject(person=person, room=room.ref, topic=topic)
        if line:
            verb, _, rest = line.partition(" ")
            channel = "" if rest.lstrip().startswith(("#", "&")) else f"{room.place.name} "
            whole = f"{verb} {channel}{rest}"
            request = Raw(person=person, network=room.place.server, line=whole)
        room.gateway.ask_for(client.jid, room.jid, message.id, request)
