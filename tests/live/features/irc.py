"""Bob on plain IRC and Erin on IRC with tags: what they can say, and what they see as more."""

from tests.live.features.seen import BARE_LINK, FENCE, NEWCOMER, Position, Question, Seen, Steps
from tests.servers.clients import IrcClient
from tests.servers.clients.irc import CAPS, Line

TAGS = (*CAPS, "draft/message-redaction")
_CODES = {"\x02": "bold", "\x1d": "italic", "\x11": "mono", "\x1e": "strike", "\x03": "colour"}
_COVERED = "\x0301,01"


class IrcVoice:
    """See ``Voice``. The server, and the client, know nothing but RFC 2812."""

    def __init__(
        self, network: str, client: IrcClient, channel: str, friend: IrcClient, picture: str
    ):
        self.network = network
        self.client = client
        self.channel = channel
        self.friend = friend
        self.picture = picture
        self.lines = client.lines

    async def say(self, text: str) -> None:
        await self._say(text)

    async def hears(self, text: str) -> None:
        await self._find(text)

    def position(self) -> Position:
        return (len(self.lines.items),)

    def since(self, start: Position) -> list[Seen]:
        found = (
            _seen(line)
            for line in self.lines.items[start[0] :]
            if self._is_here(line) and line.nick != self.client.nick
        )
        return [seen for seen in found if FENCE not in seen.text]

    def _is_here(self, line: Line) -> bool:
        if line.command != "QUIT":
            return line.params[:1] == (self.channel,)
        joined = (it for it in self.lines.items if it.command == "JOIN" and it.nick == line.nick)
        return any(it.params[0] == self.channel for it in joined)

    def name_of(self, text: str) -> str:
        line = next(line for line in self.lines.items if self._says(line, text))
        name, text = _relayed(line.params[-1])
        return name.replace("\u200b", "") or line.nick

    def _says(self, line: Line, text: str) -> bool:
        spoken = line.command in ("PRIVMSG", "NOTICE") and line.params[0] == self.channel
        return spoken and line.params[-1].endswith(text)

    async def _find(self, text: str) -> str:
        line = await self.lines.wait_for(lambda line: self._says(line, text), 30)
        return line.tags.get("msgid", "")

    async def _say(self, text: str) -> Line | None:
        return await self.client.say(self.channel, text)

    # -- what they can say

    async def text(self, _: Question) -> Steps:
        yield
        await self.say("tea is ready")

    async def emote(self, _: Question) -> Steps:
        yield
        await self.client.action(self.channel, "drinks tea")

    async def notice(self, _: Question) -> Steps:
        yield
        await self.client.notice(self.channel, "tea is ready")

    async def bold(self, _: Question) -> Steps:
        yield
        await self.say("hot \x02tea\x02 here")

    async def italic(self, _: Question) -> Steps:
        yield
        await self.say("hot \x1dtea\x1d here")

    async def mono(self, _: Question) -> Steps:
        yield
        await self.say("hot \x11tea\x11 here")

    async def strike(self, _: Question) -> Steps:
        yield
        await self.say("hot \x1etea\x1e here")

    async def colour(self, _: Question) -> Steps:
        yield
        await self.say("hot \x0304tea\x03 here")

    async def spoiler(self, _: Question) -> Steps:
        yield
        await self.say(f"{_COVERED}he is dead\x03")

    async def link(self, _: Question) -> Steps:
        yield
        await self.say("see https://example.org/tea")

    async def image(self, _: Question) -> Steps:
        yield
        await self.say(self.picture)

    async def mention(self, question: Question) -> Steps:
        yield
        await self.say(f"{question.name}: tea?")

    async def topic(self, _: Question) -> Steps:
        yield
        self.client.topic(self.channel, "tea at four")

    async def people(self, _: Question) -> Steps:
        yield
        await self.friend.join(self.channel)
        await self.friend.say(self.channel, "good morning")

    async def leaving(self, _: Question) -> Steps:
        yield
        self.friend.send(f"PART {self.channel}")


class TaggedVoice(IrcVoice):
    """With message tags and redaction."""

    def _tags(self, *tags: str) -> None:
        self.client.send(f"@{';'.join(tags)} TAGMSG {self.channel}")

    async def reply(self, question: Question) -> Steps:
        msgid = await self._find(question.text)
        yield
        self.client.send(f"@+reply={msgid};+draft/reply={msgid} PRIVMSG {self.channel} :me")

    async def reaction(self, question: Question) -> Steps:
        msgid = await self._find(question.text)
        yield
        self._tags(f"+reply={msgid}", "+draft/react=👍")

    async def unreaction(self, question: Question) -> Steps:
        msgid = await self._find(question.text)
        self._tags(f"+reply={msgid}", "+draft/react=👍")
        yield
        self._tags(f"+reply={msgid}", "+draft/unreact=👍")

    async def retraction(self, _: Question) -> Steps:
        line = await self._say("oops, wrong room")
        assert line is not None
        yield
        self.client.send(f"REDACT {self.channel} {line.tags['msgid']}")

    async def moderation(self, question: Question) -> Steps:
        msgid = await self._find(question.text)
        yield
        self.client.send(f"REDACT {self.channel} {msgid} :spam")

    async def typing(self, _: Question) -> Steps:
        yield
        self._tags("+typing=active")


def _relayed(text: str) -> tuple[str, str]:
    """Take apart what the relay says for somebody."""
    name, bracket, rest = text.removeprefix("<").partition("> ")
    return (name, rest) if text.startswith("<") and bracket else ("", text)


def _seen(line: Line) -> Seen:
    tags = {
        "reply": "+reply" in line.tags,
        "reaction": "+draft/react" in line.tags,
        "unreaction": "+draft/unreact" in line.tags,
        "typing": line.tags.get("+typing") == "active",
    }
    marks = {name for name, there in tags.items() if there}
    match line.command:
        case "PRIVMSG" | "NOTICE":
            return _said(line, marks)
        case "TAGMSG":
            return Seen("", frozenset(marks))
        case "REDACT":
            return Seen("", frozenset({"retract"}))
        case "TOPIC":
            return Seen("", frozenset({"topic"}))
        case "JOIN" | "PART" | "QUIT" if line.nick.startswith(NEWCOMER):
            return Seen("", frozenset({"join" if line.command == "JOIN" else "part"}))
    return Seen("")


def _said(line: Line, marks: set[str]) -> Seen:
    text = line.params[-1]
    marks.add("text")
    if line.command == "NOTICE":
        marks.add("notice")
    if text.startswith("\x01ACTION "):
        marks.add("emote")
        text = text[8:].rstrip("\x01")
    _, text = _relayed(text)
    marks |= {name for code, name in _CODES.items() if f"{code}tea{code}" in text}
    if _COVERED in text:
        marks.add("spoiler")
    if BARE_LINK.search(text):
        marks.add("link")
    return Seen(text, frozenset(marks))
