"""Carol on Matrix: how she says each feature, and by what content she sees it."""

import asyncio
from itertools import count
from typing import Any
from urllib.parse import quote

from tests.cases.wire import picture, upload
from tests.live.features.seen import BARE_LINK, FENCE, NEWCOMER, Position, Question, Seen, Steps
from tests.live.features.xmpp import LONG
from tests.servers.clients import MatrixClient

_API = "/_matrix/client/v3"
_TAGS = {
    "bold": "<strong>",
    "italic": "<em>",
    "mono": "<code>",
    "strike": "<del>",
    "colour": "data-mx-color",
    "spoiler": "data-mx-spoiler",
    "code": "<pre>",
    "quote": "<blockquote>",
    "list": "<li>",
    "link": "<a href",
    "emoji": "data-mx-emoticon",
}
_KINDS = {"m.emote": "emote", "m.notice": "notice", "m.location": "place"}
_FILES = ("m.image", "m.video", "m.audio", "m.file")


class MatrixVoice:
    """See ``Voice``."""

    network = "matrix"

    def __init__(self, client: MatrixClient, room: str, friend: MatrixClient):
        self.client = client
        self.room = room
        self.friend = friend
        self.events = client.events
        self.counter = count(1)

    async def say(self, text: str) -> None:
        await self.client.say(self.room, text)

    async def hears(self, text: str) -> None:
        await self._find(text)

    def position(self) -> Position:
        return len(self.events.items), len(self.client.signs.items)

    def since(self, start: Position) -> list[Seen]:
        news = self.events.items[start[0] :] + self.client.signs.items[start[1] :]
        found = (
            self._seen(event)
            for event in news
            if event["room_id"] == self.room and event.get("sender") != self.client.user_id
        )
        return [seen for seen in found if FENCE not in seen.text]

    def name_of(self, text: str) -> str:
        sender = next(event["sender"] for event in self.events.items if self._says(event, text))
        return self.client.names[self.room, sender]

    def _says(self, event: dict[str, Any], text: str) -> bool:
        here = event["room_id"] == self.room
        return here and str(event["content"].get("body", "")).endswith(text)

    async def _find(self, text: str) -> str:
        event = await self.events.wait_for(lambda event: self._says(event, text), 30)
        return str(event["event_id"])

    async def _sender(self, text: str) -> str:
        event = await self.events.wait_for(lambda event: self._says(event, text), 30)
        return str(event["sender"])

    async def _html(self, html: str, plain: str) -> None:
        await self.client.say(self.room, plain, html)

    async def _redact(self, event_id: str, reason: str = "") -> None:
        path = f"{_API}/rooms/{quote(self.room)}/redact/{quote(event_id)}/r{next(self.counter)}"
        await self.client.request("PUT", path, {"reason": reason} if reason else {})

    async def _annotate(self, event_id: str) -> str:
        relation = {"rel_type": "m.annotation", "event_id": event_id, "key": "👍"}
        return await self.client.send(self.room, "m.reaction", {"m.relates_to": relation})

    # -- what she can say

    async def text(self, _: Question) -> Steps:
        yield
        await self.say("tea is ready")

    async def emote(self, _: Question) -> Steps:
        yield
        await self.client.emote(self.room, "drinks tea")

    async def notice(self, _: Question) -> Steps:
        yield
        await self.client.notice(self.room, "tea is ready")

    async def bold(self, _: Question) -> Steps:
        yield
        await self._html("hot <strong>tea</strong> here", "hot **tea** here")

    async def italic(self, _: Question) -> Steps:
        yield
        await self._html("hot <em>tea</em> here", "hot *tea* here")

    async def mono(self, _: Question) -> Steps:
        yield
        await self._html("hot <code>tea</code> here", "hot `tea` here")

    async def strike(self, _: Question) -> Steps:
        yield
        await self._html("hot <del>tea</del> here", "hot tea here")

    async def colour(self, _: Question) -> Steps:
        yield
        await self._html("hot <span data-mx-color='#ff0000'>tea</span> here", "hot tea here")

    async def lines(self, _: Question) -> Steps:
        yield
        await self.say("first line\nsecond line")

    async def long(self, _: Question) -> Steps:
        yield
        await self.say(LONG)

    async def spoiler(self, _: Question) -> Steps:
        yield
        await self._html("<span data-mx-spoiler='the film'>he is dead</span>", "[spoiler]")

    async def code(self, _: Question) -> Steps:
        yield
        html = "<pre><code>if tea:\n    drink()\n</code></pre>"
        await self._html(html, "```\nif tea:\n    drink()\n```")

    async def quote(self, _: Question) -> Steps:
        yield
        await self._html("<blockquote>to be</blockquote>or not", "> to be\n\nor not")

    async def list(self, _: Question) -> Steps:
        yield
        await self._html("<ul><li>tea</li><li>milk</li></ul>", "- tea\n- milk")

    async def link(self, _: Question) -> Steps:
        yield
        await self._html(
            "see <a href='https://example.org/tea'>the tea</a>", "see https://example.org/tea"
        )

    async def mention(self, question: Question) -> Steps:
        user = await self._sender(question.text)
        yield
        html = f"<a href='https://matrix.to/#/{user}'>{question.name}</a>: tea?"
        await self.client.say(
            self.room, f"{question.name}: tea?", html, **{"m.mentions": {"user_ids": [user]}}
        )

    async def reply(self, question: Question) -> Steps:
        event_id = await self._find(question.text)
        yield
        relation = {"m.in_reply_to": {"event_id": event_id}}
        await self.client.say(self.room, "me", **{"m.relates_to": relation})

    async def thread(self, _: Question) -> Steps:
        root = await self.client.say(self.room, "about tea")
        yield
        relation = {"rel_type": "m.thread", "event_id": root, "is_falling_back": True}
        await self.client.say(self.room, "more about tea", **{"m.relates_to": relation})

    async def reaction(self, question: Question) -> Steps:
        event_id = await self._find(question.text)
        yield
        await self._annotate(event_id)

    async def unreaction(self, question: Question) -> Steps:
        reaction = await self._annotate(await self._find(question.text))
        yield
        await self._redact(reaction)

    async def edit(self, _: Question) -> Steps:
        first = await self.client.say(self.room, "I am redy")
        yield
        new = {"msgtype": "m.text", "body": "I am ready"}
        relation = {"rel_type": "m.replace", "event_id": first}
        await self.client.say(
            self.room, "* I am ready", **{"m.new_content": new, "m.relates_to": relation}
        )

    async def retraction(self, _: Question) -> Steps:
        event_id = await self.client.say(self.room, "oops, wrong room")
        yield
        await self._redact(event_id)

    async def moderation(self, question: Question) -> Steps:
        event_id = await self._find(question.text)
        yield
        await self._redact(event_id, "spam")

    async def _file(self, kind: str, body: str, **more: object) -> None:
        data = picture()
        url = await upload(self.client, data, "image/png")
        info = {"mimetype": "image/png", "size": len(data), "w": 16, "h": 16}
        content = {"msgtype": kind, "body": body, "url": url, "info": info, **more}
        await self.client.send(self.room, "m.room.message", content)

    async def image(self, _: Question) -> Steps:
        yield
        await self._file("m.image", "cat.png")

    async def caption(self, _: Question) -> Steps:
        yield
        await self._file("m.image", "look!", filename="cat.png")

    async def sticker(self, _: Question) -> Steps:
        yield
        url = await upload(self.client, picture(), "image/png")
        info = {"mimetype": "image/png", "w": 16, "h": 16}
        await self.client.send(self.room, "m.sticker", {"body": "😺", "url": url, "info": info})

    async def voice(self, _: Question) -> Steps:
        yield
        url = await upload(self.client, b"OggS" + bytes(996), "audio/ogg")
        info = {"mimetype": "audio/ogg", "size": 1000, "duration": 65_000}
        content = {"msgtype": "m.audio", "body": "voice.ogg", "url": url, "info": info}
        voice = {"org.matrix.msc3245.voice": {}, "org.matrix.msc1767.audio": {"duration": 65_000}}
        await self.client.send(self.room, "m.room.message", content | voice)

    async def place(self, _: Question) -> Steps:
        yield
        content = {"msgtype": "m.location", "body": "the tea room", "geo_uri": "geo:52.5,13.4"}
        await self.client.send(self.room, "m.room.message", content)

    async def poll(self, _: Question) -> Steps:
        yield
        answers = [{"id": word, "org.matrix.msc1767.text": word} for word in ("green", "black")]
        start = {
            "question": {"org.matrix.msc1767.text": "which tea?"},
            "kind": "org.matrix.msc3381.poll.disclosed",
            "max_selections": 1,
            "answers": answers,
        }
        content = {"org.matrix.msc3381.poll.start": start, "org.matrix.msc1767.text": "which tea?"}
        await self.client.send(self.room, "org.matrix.msc3381.poll.start", content)

    async def emoji(self, _: Question) -> Steps:
        url = await upload(self.client, picture(), "image/png")
        yield
        image = f'<img data-mx-emoticon src="{url}" alt=":tea:" title=":tea:" height="32">'
        await self._html(f"I want {image}", "I want :tea:")

    async def typing(self, _: Question) -> Steps:
        yield
        path = f"{_API}/rooms/{quote(self.room)}/typing/{quote(self.client.user_id)}"
        for typing in (True, False, True):  # Synapse may drop the first that it ever pushes
            await self.client.request("PUT", path, {"typing": typing, "timeout": 30_000})
            await asyncio.sleep(0.3)

    async def read(self, question: Question) -> Steps:
        event_id = await self._find(question.text)
        yield
        path = f"{_API}/rooms/{quote(self.room)}/receipt/m.read/{quote(event_id)}"
        await self.client.request("POST", path, {})

    async def topic(self, _: Question) -> Steps:
        yield
        await self.client.topic(self.room, "tea at four")

    async def people(self, _: Question) -> Steps:
        yield
        await self.friend.join(self.room)
        await self.friend.say(self.room, "good morning")

    async def leaving(self, _: Question) -> Steps:
        yield
        await self.friend.leave(self.room)

    # -- what she sees

    def _seen(self, event: dict[str, Any]) -> Seen:
        content = event["content"]
        match event["type"]:
            case "m.room.message":
                return _message(content)
            case "m.reaction":
                return Seen("", frozenset({"reaction"}))
            case "m.room.redaction":
                return Seen("", frozenset({self._taken_back(event)}))
            case "m.room.topic":
                return Seen("", frozenset({"topic"}))
            case "m.sticker":
                return Seen("", frozenset({"sticker", "file"}))
            case "m.typing" if set(content["user_ids"]) - {self.client.user_id}:
                return Seen("", frozenset({"typing"}))
            case "m.receipt" if self.client.user_id not in str(content):
                return Seen("", frozenset({"read"}))
            case "m.room.member" if _name(event) == NEWCOMER:
                joined = content["membership"] == "join"
                return Seen("", frozenset({"join" if joined else "part"}))
        return Seen("")

    def _taken_back(self, redaction: dict[str, Any]) -> str:
        target = redaction.get("redacts") or redaction["content"].get("redacts")
        of = next(event for event in self.events.items if event.get("event_id") == target)
        return "unreaction" if of["type"] == "m.reaction" else "retract"


def _name(member: dict[str, Any]) -> str:
    before = member.get("unsigned", {}).get("prev_content", {})
    return str(member["content"].get("displayname") or before.get("displayname"))


def _message(content: dict[str, Any]) -> Seen:
    relation = content.get("m.relates_to", {})
    marks = {
        "text": True,
        "reply": "m.in_reply_to" in relation and not relation.get("is_falling_back"),
        "thread": relation.get("rel_type") == "m.thread",
        "edit": relation.get("rel_type") == "m.replace",
        "mention": bool(content.get("m.mentions", {}).get("user_ids")),
        "lines": "\n" in content.get("body", ""),
        "long": content.get("body") == LONG,
        "file": content["msgtype"] in _FILES,
        "link": bool(BARE_LINK.search(content["body"])),
        "voice": "org.matrix.msc3245.voice" in content,
    }
    html = content.get("formatted_body", "")
    found = {name for name, there in marks.items() if there}
    found |= {name for name, tag in _TAGS.items() if tag in html}
    found |= {_KINDS[content["msgtype"]]} if content["msgtype"] in _KINDS else set()
    return Seen(content["body"], frozenset(found))
