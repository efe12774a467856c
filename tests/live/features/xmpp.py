"""Alice on XMPP: how she says each feature, and by which elements she sees it."""

from xml.etree import ElementTree as ET

from slixmpp.exceptions import IqError
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath

from tests.live.features.seen import BARE_LINK, FENCE, NEWCOMER, Position, Question, Seen, Steps
from tests.servers.clients import Occupant, Transcript

LONG = " ".join(["All work and no play makes Jack a dull boy."] * 60)
_BODY = "{jabber:client}body"
_SUBJECT = "{jabber:client}subject"
_SID = "{urn:xmpp:sid:0}stanza-id"
_REACTIONS = "{urn:xmpp:reactions:0}reactions"
_RETRACT = "urn:xmpp:message-retract:1"
_NEW = (
    "<moderate xmlns='urn:xmpp:message-moderate:1' id='{}'>"
    "<retract xmlns='urn:xmpp:message-retract:1'/><reason>spam</reason></moderate>"
)
_OLD = (
    "<apply-to xmlns='urn:xmpp:fasten:0' id='{}'><moderate xmlns='urn:xmpp:message-moderate:0'>"
    "<retract xmlns='urn:xmpp:message-retract:0'/><reason>spam</reason></moderate></apply-to>"
)
_SHARED = (
    "<file-sharing xmlns='urn:xmpp:sfs:0' disposition='inline'>"
    "<file xmlns='urn:xmpp:file:metadata:0'><media-type>image/png</media-type>"
    "<name>cat.png</name><desc>😺</desc></file>"
    "<sources><url-data xmlns='http://jabber.org/protocol/url-data' target='{}'/></sources>"
    "</file-sharing>"
)
_ELEMENTS = {
    "reply": "{urn:xmpp:reply:0}reply",
    "edit": "{urn:xmpp:message-correct:0}replace",
    "retract": f"{{{_RETRACT}}}retract",
    "moderation": "{urn:xmpp:fasten:0}apply-to",
    "thread": "{jabber:client}thread",
    "spoiler": "{urn:xmpp:spoiler:0}spoiler",
    "mention": "{urn:xmpp:mentions:0}mention",
    "file": "{jabber:x:oob}x",
    "sticker": "{urn:xmpp:stickers:0}sticker",
    "typing": "{http://jabber.org/protocol/chatstates}composing",
    "read": "{urn:xmpp:chat-markers:0}displayed",
    "unstyled": "{urn:xmpp:styling:0}unstyled",
}
_STYLES = {"*tea*": "bold", "_tea_": "italic", "`tea`": "mono", "~tea~": "strike"}


class Everything:
    """All stanzas that a client gets, in order."""

    def __init__(self, client: Occupant):
        self.stanzas: Transcript[ET.Element] = Transcript()
        for kind in ("message", "presence"):
            path = MatchXPath(f"{{jabber:client}}{kind}")
            take = Callback(f"any {kind}", path, lambda stanza: self.stanzas.add(stanza.xml))
            client.client.register_handler(take)


class XmppVoice:
    """See ``Voice``."""

    network = "xmpp"

    def __init__(
        self, client: Occupant, room: str, heard: Everything, friend: Occupant, picture: str
    ):
        self.client = client
        self.room = room
        self.stanzas = heard.stanzas
        self.friend = friend
        self.picture = picture

    async def say(self, text: str) -> None:
        await self.client.say(self.room, text)

    async def hears(self, text: str) -> None:
        await self._find(text)

    def position(self) -> Position:
        return (len(self.stanzas.items),)

    def since(self, start: Position) -> list[Seen]:
        own = f"{self.room}/{self.client.rooms[self.room]}"
        found = (
            _seen(xml)
            for xml in self.stanzas.items[start[0] :]
            if xml.get("from", "").partition("/")[0] == self.room and xml.get("from") != own
        )
        return [seen for seen in found if FENCE not in seen.text]

    def name_of(self, text: str) -> str:
        stanza = next(xml for xml in self.stanzas.items if self._says(xml, text))
        return stanza.get("from", "").partition("/")[2]

    def _says(self, xml: ET.Element, text: str) -> bool:
        here = xml.get("from", "").startswith(f"{self.room}/")
        return here and (xml.findtext(_BODY) or "").endswith(text)

    async def _find(self, text: str) -> str:
        """Return the room's id of a message."""
        xml = await self.stanzas.wait_for(lambda xml: self._says(xml, text), 30)
        archived = xml.find(_SID)
        return "" if archived is None else archived.get("id", "")

    def _send(self, *children: str, body: str | None = None) -> None:
        message = self.client.client.make_message(self.room, mtype="groupchat", mbody=body)
        for child in children:
            message.xml.append(ET.fromstring(child))
        message.send()

    # -- what she can say

    async def text(self, _: Question) -> Steps:
        yield
        await self.say("tea is ready")

    async def emote(self, _: Question) -> Steps:
        yield
        await self.say("/me drinks tea")

    async def bold(self, _: Question) -> Steps:
        yield
        await self.say("hot *tea* here")

    async def italic(self, _: Question) -> Steps:
        yield
        await self.say("hot _tea_ here")

    async def mono(self, _: Question) -> Steps:
        yield
        await self.say("hot `tea` here")

    async def strike(self, _: Question) -> Steps:
        yield
        await self.say("hot ~tea~ here")

    async def lines(self, _: Question) -> Steps:
        yield
        await self.say("first line\nsecond line")

    async def long(self, _: Question) -> Steps:
        yield
        await self.say(LONG)

    async def spoiler(self, _: Question) -> Steps:
        yield
        spoiler = "<spoiler xmlns='urn:xmpp:spoiler:0'>the film</spoiler>"
        await self.client.say(self.room, "he is dead", spoiler)

    async def code(self, _: Question) -> Steps:
        yield
        await self.say("```\nif tea:\n    drink()\n```")

    async def quote(self, _: Question) -> Steps:
        yield
        await self.say("> to be\nor not")

    async def link(self, _: Question) -> Steps:
        yield
        await self.say("see https://example.org/tea")

    async def mention(self, question: Question) -> Steps:
        yield
        await self.say(f"{question.name}: tea?")

    async def reply(self, question: Question) -> Steps:
        sid = await self._find(question.text)
        yield
        reply = f"<reply xmlns='urn:xmpp:reply:0' id='{sid}'/>"
        await self.client.say(self.room, "me", reply)

    async def thread(self, _: Question) -> Steps:
        thread = f"<thread xmlns='jabber:client'>tea-{id(self)}</thread>"
        await self.client.say(self.room, "about tea", thread)
        yield
        await self.client.say(self.room, "more about tea", thread)

    async def reaction(self, question: Question) -> Steps:
        sid = await self._find(question.text)
        yield
        self._react(sid, "👍")

    async def unreaction(self, question: Question) -> Steps:
        sid = await self._find(question.text)
        self._react(sid, "👍")
        yield
        self._react(sid)

    def _react(self, sid: str, *keys: str) -> None:
        inner = "".join(f"<reaction>{key}</reaction>" for key in keys)
        self._send(f"<reactions xmlns='urn:xmpp:reactions:0' id='{sid}'>{inner}</reactions>")

    async def edit(self, _: Question) -> Steps:
        first = await self.client.say(self.room, "I am redy")
        yield
        replace = f"<replace xmlns='urn:xmpp:message-correct:0' id='{first.raw.get('id')}'/>"
        await self.client.say(self.room, "I am ready", replace)

    async def retraction(self, _: Question) -> Steps:
        await self.say("oops, wrong room")
        sid = await self._find("oops, wrong room")
        yield
        self._send(f"<retract xmlns='{_RETRACT}' id='{sid}'/>")

    async def moderation(self, question: Question) -> Steps:
        sid = await self._find(question.text)
        yield
        try:
            await self._moderate(_NEW.format(sid))
        except IqError:  # Debian 12's Prosody
            await self._moderate(_OLD.format(sid))

    async def _moderate(self, request: str) -> None:
        iq = self.client.client.make_iq_set(ito=self.room)
        iq.xml.append(ET.fromstring(request))
        await iq.send(timeout=10)

    async def image(self, _: Question) -> Steps:
        yield
        oob = f"<x xmlns='jabber:x:oob'><url>{self.picture}</url></x>"
        await self.client.say(self.room, self.picture, oob)

    async def sticker(self, _: Question) -> Steps:
        yield
        sticker = "<sticker xmlns='urn:xmpp:stickers:0' pack='cats'/>"
        await self.client.say(self.room, "😺", _SHARED.format(self.picture), sticker)

    async def place(self, _: Question) -> Steps:
        yield
        await self.say("geo:52.5,13.4")

    async def typing(self, _: Question) -> Steps:
        yield
        self._send("<composing xmlns='http://jabber.org/protocol/chatstates'/>")

    async def read(self, question: Question) -> Steps:
        sid = await self._find(question.text)
        yield
        self._send(f"<displayed xmlns='urn:xmpp:chat-markers:0' id='{sid}'/>")

    async def topic(self, _: Question) -> Steps:
        yield
        self.client.subject(self.room, "tea at four")

    async def people(self, _: Question) -> Steps:
        yield
        await self.friend.join(self.room, NEWCOMER)
        await self.friend.say(self.room, "good morning")

    async def leaving(self, _: Question) -> Steps:
        yield
        self.friend.leave(self.room)


def _seen(xml: ET.Element) -> Seen:
    if xml.tag.endswith("presence"):
        if xml.get("from", "").partition("/")[2] != NEWCOMER:
            return Seen("")
        return Seen("", frozenset({"part" if xml.get("type") == "unavailable" else "join"}))
    body = xml.findtext(_BODY) or ""
    marks = {name for name, tag in _ELEMENTS.items() if xml.find(tag) is not None}
    if (reactions := xml.find(_REACTIONS)) is not None:
        marks.add("reaction" if len(reactions) else "unreaction")
    if body and xml.find(_SUBJECT) is not None:
        marks.add("subject and body")
    elif xml.find(_SUBJECT) is not None:
        marks.add("topic")
    if marks & {"retract", "moderation", "reaction", "unreaction"}:
        body = ""  # only for clients that know none of it
    if "reply" in marks and body.startswith(">"):
        body = "\n".join(line for line in body.split("\n") if not line.startswith(">"))
    return Seen(body, frozenset(marks | _written(body, marks)))


def _written(body: str, marks: set[str]) -> set[str]:
    """Read the marks that are characters (XEP-0393, XEP-0245)."""
    found = {"text"} if body else set()
    if body.startswith("/me "):
        found.add("emote")
    if "\n" in body:
        found.add("lines")
    if body.startswith("geo:"):
        found.add("place")
    if BARE_LINK.search(body):
        found.add("link")
    if body == LONG:
        found.add("long")
    if "unstyled" in marks:
        return found
    found |= {style for written, style in _STYLES.items() if written in body}
    if body.startswith("```"):
        found.add("code")
    if body.startswith("> "):
        found.add("quote")
    return found
