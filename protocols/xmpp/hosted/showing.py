"""Shows in a hosted room what was said, also what others said elsewhere."""

from collections import OrderedDict
from typing import TYPE_CHECKING, TypeVar

from msgspec import structs

from bridge.model import (
    Account,
    Command,
    Edit,
    React,
    Rejected,
    Reply,
    Retract,
    Say,
    Send,
    SetTopic,
)
from protocols.xmpp import about, encode
from protocols.xmpp.hosted import stanza
from protocols.xmpp.hosted.stanza import Stanza
from protocols.xmpp.muc import reading, wording

if TYPE_CHECKING:
    from protocols.xmpp.hosted.room import HostedRoom

REMEMBERED = 1000
_C = TypeVar("_C", Send, Edit)


def stable(ids: tuple[str, ...]) -> str:
    """Return the one of a message's ids that is the room's; the others are its maker's."""
    return next((it for it in ids if not it.startswith(("attr:", "oid:", wording.THREAD))), "")


class Showing:
    """What one room is shown."""

    def __init__(self, room: "HostedRoom"):
        self._room = room
        self._parts: OrderedDict[str, int] = OrderedDict()
        """Of how many messages something consists, if of more than one."""
        self._topic: tuple[str, str, float] | None = None
        """Text, who set it, when; None: as it was when somebody entered."""

    def present(self, command: Command) -> None:
        """Show it to all who are in. What one of us said is shown as their client wrote it."""
        room = self._room
        if room.speech.reflect(command.key):
            return
        try:
            match command:
                case Send():
                    pieces = self._pieces(command)
                    if len(pieces) > 1:
                        self._note_parts(command.key, len(pieces))
                    for key, text in pieces:
                        room.say(key, text)
                case Edit():
                    self._edit(command)
                case Retract():
                    self._retract(command)
                case React():
                    self._react(command)
                case SetTopic():
                    self._set_topic(command)
                case Say():
                    payload = wording.say_payload(command.text, room.gateway.config.max_bytes)
                    room.say("", stanza.message(room.jid, "groupchat", command.key, payload))
        except Rejected:
            return  # There is nothing in it that could be shown here.

    def past(self, send: Send) -> list[Stanza]:
        """Write something that was said before somebody came (XEP-0045 §7.2.13)."""
        delay = (
            f"<delay xmlns='urn:xmpp:delay' from='{encode.attribute(self._room.jid)}' "
            f"stamp='{encode.stamp(send.time)}'/>"
        )
        try:
            return [text for _, text in self._pieces(send, delay)]
        except Rejected:
            return []

    def subject(self) -> Stanza:
        """Write the subject of now; without one it is sent all the same, and empty (§7.2.15)."""
        room = self._room
        behind = room.behind
        text, nick, when = self._topic or (behind.topic, behind.topic_by, behind.topic_time)
        sender = f"{room.jid}/{nick}" if nick else room.jid
        delay = ""
        if when:
            delay = f"<delay xmlns='urn:xmpp:delay' stamp='{encode.stamp(when)}'/>"
        return stanza.message(
            sender, "groupchat", "", f"<subject>{encode.text_node(text)}</subject>{delay}"
        )

    @property
    def topic(self) -> str:
        """What the room is about now."""
        return self._topic[0] if self._topic else self._room.behind.topic

    def entered(self) -> None:
        """The network behind has just told what the topic is."""
        self._topic = None

    # --- inside ----------------------------------------------------------------------------------

    def _pieces(self, command: Send, more: str = "") -> list[tuple[str, Stanza]]:
        """Write what is one message each, and what each is called: a file, what is said of it."""
        room, who = self._room, command.speaker
        written: list[tuple[str, Stanza]] = []
        for number, piece in enumerate(wording.pieces(_stable_reply(command))):
            key = _part(command.key, number)
            payload = wording.puppet_payload(piece, room.words)
            if number and not piece.content.attached:
                ids = (f"sid:{command.key}",)
                payload += wording.after(room.jid, room.occupants.nick(who), ids)
            written.append((key, self._from(who, key, payload + more)))
        return written

    def _note_parts(self, key: str, parts: int) -> None:
        self._parts[key] = parts
        if len(self._parts) > REMEMBERED:
            self._parts.popitem(last=False)

    def _from(self, who: Account, key: str, children: str) -> Stanza:
        """A message that the bridge makes for somebody: all its ids are the same."""
        room = self._room
        nick = room.occupants.nick(who)
        mark = (
            f"{stanza.origin_id(key)}{stanza.stable_id(room.jid, encode.attribute(key))}"
            f"<occupant-id xmlns='urn:xmpp:occupant-id:0' id='{room.occupants.id_of(who)}'/>"
        )
        return stanza.message(f"{room.jid}/{nick}", "groupchat", key, children + mark)

    def _edit(self, command: Edit) -> None:
        """Write the new version of what is text in it (XEP-0308); files stay what they were."""
        room = self._room
        ids = command.target[0] if command.target else ()
        for number, piece in enumerate(wording.pieces(_stable_reply(command))):
            if piece.content.attached:
                continue
            attr_id = reading.native(ids, "attr:").rpartition("/")[2]
            replaced = attr_id or _part(stable(ids), number)
            payload = wording.puppet_payload(piece, room.words) + encode.replace(replaced)
            room.say(command.key, self._from(command.speaker, command.key, payload))

    def _retract(self, command: Retract) -> None:
        targets = [sid for ids in command.target if (sid := stable(ids))]
        targets = [_part(sid, n) for sid in targets for n in range(self._parts.pop(sid, 1))]
        for number, sid in enumerate(targets):
            key = _part(command.key, number)
            if command.moderated or command.speaker not in (None, command.author):
                self._moderated(command, key, sid)
                continue
            payload = encode.retract(sid, told=number == 0)
            self._room.say(key, self._from(command.author, key, payload))

    def _moderated(self, command: Retract, key: str, sid: str) -> None:
        """The room itself removes what somebody else said (XEP-0425 §4)."""
        room, who = self._room, command.speaker
        known = room.occupants.of(who.user) if who else None
        by = f" by='{encode.attribute(f'{room.jid}/{known.nick}')}'" if known else ""
        mark = f"<occupant-id xmlns='urn:xmpp:occupant-id:0' id='{known.id}'/>" if known else ""
        reason = f"<reason>{encode.text_node(command.reason)}</reason>" if command.reason else ""
        children = (
            f"<retract xmlns='{about.RETRACT}' id='{encode.attribute(sid)}'>"
            f"<moderated xmlns='{about.MODERATE}'{by}>{mark}</moderated>{reason}</retract>"
            f"{encode.STORE}{stanza.stable_id(room.jid, encode.attribute(key))}"
        )
        room.say(key, stanza.message(room.jid, "groupchat", key, children))

    def _react(self, command: React) -> None:
        if sid := stable(command.target):
            payload = encode.reactions(sid, command.all)
            text = self._from(command.speaker, command.key, payload)
            self._room.say(command.key, text)

    def _set_topic(self, command: SetTopic) -> None:
        nick = self._room.occupants.nick(command.speaker) if command.speaker else ""
        self._topic = (command.topic, nick, self._room.gateway.now())
        sender = f"{self._room.jid}/{nick}" if nick else self._room.jid
        text = f"<subject>{encode.text_node(command.topic)}</subject>"
        self._room.say(command.key, stanza.message(sender, "groupchat", command.key, text))


def _part(key: str, number: int) -> str:
    """Name one of the messages that something consists of."""
    return f"{key}.{number}" if number else key


def _stable_reply(command: _C) -> _C:
    """Name what is answered as a visited room would, whose ids are of several kinds; and leave out
    that it is late, which the room itself tells in another way.
    """
    reply = command.reply
    if reply and (sid := stable(reply.ids)):
        command = structs.replace(command, reply=Reply((f"sid:{sid}",), reply.author, reply.text))
    if isinstance(command, Send) and command.late:
        command = structs.replace(command, late=False)
    return command
