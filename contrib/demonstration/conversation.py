"""Speaks the script's lines through real clients, and checks what each side saw of them."""

import re
from collections.abc import AsyncIterator

from contrib.demonstration.bed import CHANNEL, MUC, Bed
from contrib.demonstration.markup import neutral
from contrib.demonstration.script import CONVERSATION, NETWORKS, PEOPLE, Line, filled
from tests.servers.clients import IrcClient, MatrixClient, Occupant, Said

PATIENCE = 20.0


class Conversation:
    """The script, spoken. ``missing`` names what some side did not see, or not as it should."""

    def __init__(self, bed: Bed) -> None:
        self.bed = bed
        self.missing: list[str] = []
        self._clients: dict[str, Occupant | IrcClient | MatrixClient] = {
            "xmpp": bed.anna,
            "irc": bed.ben,
            "matrix": bed.cleo,
        }
        self._names = {network: {name: name for name in PEOPLE.values()} for network in NETWORKS}
        """How each person is called on each network, as it turns out."""
        self._read = {network: len(client.messages.items) for network, client in self._each()}
        """How much of each side's transcript belongs to earlier lines."""

    async def spoken(self) -> AsyncIterator[list[str]]:
        """Speak line after line; yield each as the three sides saw it, in neutral text."""
        for line in CONVERSATION:
            await self._speak(line)
            yield [await self._seen(network, line) for network in NETWORKS]

    def _each(self) -> list[tuple[str, Occupant | IrcClient | MatrixClient]]:
        return list(self._clients.items())

    async def _speak(self, line: Line) -> None:
        names = self._names[line.speaker] | {"id of ben": self._id_of_ben()}
        text, html = filled(line.said, names), filled(line.html, names)
        bed, emote = self.bed, line.kind == "emote"
        if line.speaker == "xmpp":
            await (bed.anna.emote(MUC, text) if emote else bed.anna.say(MUC, text))
        elif line.speaker == "irc":
            await (bed.ben.action(CHANNEL, text) if emote else bed.ben.say(CHANNEL, text))
        elif emote:
            await bed.cleo.emote(bed.room, text)
        else:
            await bed.cleo.say(bed.room, text, html)

    async def _seen(self, network: str, line: Line) -> str:
        """Return the line as this side saw it; IRC has a line of its own for each of the text."""
        expected = filled(line.seen, self._names[network])
        parts = expected.split("\n") if network == "irc" else [expected]
        cells = []
        for part in parts:
            try:
                cells.append(await self._part(network, line, part))
            except TimeoutError:
                cells.append(self._lost(network, line, part))
        return "\n".join(cells)

    async def _part(self, network: str, line: Line, expected: str) -> str:
        person = PEOPLE[line.speaker]

        def fits(said: Said) -> bool:
            author, text = _author(network, said)
            named = author.casefold().startswith(person.casefold())
            return named and (text, said.kind) == (expected, line.kind)

        client = self._clients[network]
        said = await client.wait_for(fits, PATIENCE, self._read[network])
        self._read[network] = client.messages.items.index(said, self._read[network]) + 1
        self._names[network][person] = _author(network, said)[0]
        if network == line.mentions == "matrix" and not self._mentions_cleo(said):
            self.missing.append(f"Cleo is named but not mentioned on Matrix: {said.body!r}")
        return _cell(network, said)

    def _lost(self, network: str, line: Line, part: str) -> str:
        rest = self._clients[network].messages.items[self._read[network] :]
        seen = "; ".join(f"<{said.nick}> {said.kind} {neutral(network, said)!r}" for said in rest)
        self.missing.append(
            f"{PEOPLE[line.speaker]}'s {line.kind} {part!r} on {network}; there was: {seen or '-'}"
        )
        return "<b>MISSING</b>"

    def _mentions_cleo(self, said: Said) -> bool:
        """Whether it is a mention for her client: MSC3952, and a pill."""
        content = said.raw["content"]
        meant = content.get("m.mentions", {}).get("user_ids", [])
        pill = f"https://matrix.to/#/{self.bed.cleo.user_id}"
        return self.bed.cleo.user_id in meant and pill in content.get("formatted_body", "")

    def _id_of_ben(self) -> str:
        """Return the Matrix id of ben's ghost, which is what a pill for him must name."""
        for said in self.bed.cleo.messages.items:
            if said.nick == self._names["matrix"][PEOPLE["irc"]]:
                return str(said.raw["sender"])
        return ""


def _author(network: str, said: Said) -> tuple[str, str]:
    """Return who said it and what; a relay writes the speaker's name before the text."""
    text = neutral(network, said)
    relayed = re.fullmatch(r"<([^>]+)> (.*)", text, re.DOTALL)
    if relayed and not re.fullmatch("b|i|code", relayed[1]):
        return relayed[1], relayed[2]
    return said.nick, text


def _cell(network: str, said: Said) -> str:
    text = neutral(network, said)
    return f"* {said.nick} {text}" if said.kind == "emote" else f"<{said.nick}> {text}"
