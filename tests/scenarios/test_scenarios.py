"""Run the conversations beside this file on a real engine: who says what, and who sees what.

The networks are loopbacks; their journal is on the disk. See ``README.md`` here for the words.
"""

import re
from pathlib import Path

import pytest

from bridge.model import (
    Capabilities,
    LegPolicy,
    MembersChanged,
    MessageEdited,
    MessageRetracted,
    Presence,
    ReactionsSet,
    RoomRef,
    TopicChanged,
    from_text,
)
from tests.engine.house import House, person

HERE = Path(__file__).parent
NATIVE = Capabilities(
    replies=True, threads=True, edits=True, retractions=True, moderation=True, reactions=True
)
MINUTES = re.compile(r"(\d+) minutes? pass")


class Play:
    """One script at work."""

    def __init__(self, house: House):
        self.house = house
        self.read = dict.fromkeys(house.names, 0)
        self.shown = dict.fromkeys(house.names, 0)
        self.lines = 0
        self.texts: dict[str, tuple[str, str]] = {}
        """Where a tagged message was said, and what it says now."""

    async def line(self, text: str) -> None:
        subject, _, rest = text.partition(" ")
        verb, _, what = rest.strip().partition(" ")
        what = what.strip()
        if found := MINUTES.fullmatch(text):
            self.house.now += 60 * int(found[1])
        elif text == "the daemon is restarted":
            await self.house.restart()
            self.shown = dict.fromkeys(self.house.names, 0)
        else:
            await getattr(self, f"_{verb}")(subject, what)

    async def _says(self, who: str, text: str) -> None:
        tag, text = _tagged(text)
        await self._say(who, tag, text)

    async def _answers(self, who: str, text: str) -> None:
        target, text = _tagged(text)
        tag, text = _tagged(text)
        reply_to = await self._native(who, target)
        await self._say(who, tag, text, reply_to=reply_to)

    async def _say(self, who: str, tag: str, text: str, **more: str) -> None:
        self.lines += 1
        self.texts[tag] = (person(who).user.network, text)
        await self.house.say(who, text, tag or f"id{self.lines}", **more)

    async def _edits(self, who: str, text: str) -> None:
        target, text = _tagged(text)
        network, _ = self.texts[target]
        self.texts[target] = (network, text)
        await self._happens(MessageEdited, who, target, content=from_text(text))

    async def _retracts(self, who: str, text: str) -> None:
        await self._happens(MessageRetracted, who, _tagged(text)[0])

    async def _removes(self, who: str, text: str) -> None:
        """A moderator's act, vouched for by the network."""
        target, reason = _tagged(text)
        await self._happens(MessageRetracted, who, target, moderated=True, reason=reason)

    async def _reacts(self, who: str, text: str) -> None:
        target, keys = _tagged(text)
        await self._happens(ReactionsSet, who, target, keys=tuple(keys.split()))

    async def _happens(self, kind: type, who: str, target: str, **fields: object) -> None:
        self.lines += 1
        account = person(who)
        native = await self._native(who, target)
        event = kind(
            room=RoomRef(account.user.network, "r"),
            author=account,
            target=native,
            time=self.house.now,
            ids=(f"id{self.lines}",),
            **fields,
        )
        await self.house.networks[account.user.network].say(event)

    async def _native(self, who: str, tag: str) -> str:
        """Return what the room of ``who`` calls a message that has a tag."""
        network = self.house.networks[person(who).user.network]
        origin, _ = self.texts[tag]
        if origin == network.name:
            return tag
        await self.house.settle()
        key = f"{await self._number(tag):x}."
        return next(
            ids[0] for name, ids in network._ids.items() if name.partition(".")[2].startswith(key)
        )

    async def _number(self, tag: str) -> int:
        """Return the number of the event that a tag stands for."""
        rows = await self.house.store.reader.rows(
            "SELECT max(event) FROM copies WHERE native = ?", (tag,)
        )
        return int(rows[0][0])

    async def _repeats(self, who: str, text: str) -> None:
        """The network pushes the last message once more, as after a lost acknowledgement."""
        await self.house.say(who, text, f"id{self.lines}")

    async def _sets(self, who: str, text: str) -> None:
        room = RoomRef(person(who).user.network, "r")
        event = TopicChanged(
            room=room, topic=text, time=self.house.now, author=person(who), ids=(text,)
        )
        await self.house.networks[room.network].say(event)

    async def _enters(self, who: str, _: str) -> None:
        account = person(who)
        self.house.bridge.observe(
            MembersChanged(RoomRef(account.user.network, "r"), joined=(account,))
        )

    async def _leaves(self, who: str, reason: str) -> None:
        user = person(who).user
        room = RoomRef(user.network, "r")
        self.house.bridge.observe(MembersChanged(room, left=(user,), reason=reason))

    async def _goes(self, network: str, where: str) -> None:
        await self.house.settle()
        up = where == "up"
        (self.house.down.discard if up else self.house.down.add)(network)
        self.house.networks[network].set_up(up)

    async def _sees(self, network: str, text: str) -> None:
        want = self.read[network] + 1
        await self.house.until(lambda: len(self.house.seen(network)) >= want)
        assert _timeless(self.house.seen(network)[want - 1]) == text
        self.read[network] = want

    async def _shows(self, network: str, text: str) -> None:
        want = self.shown[network] + 1
        await self.house.until(lambda: len(self._presences(network)) >= want)
        assert self._presences(network)[want - 1] == text
        self.shown[network] = want

    def _presences(self, network: str) -> list[str]:
        found = [s for s in self.house.networks[network].shown if isinstance(s, Presence)]
        return [f"{s.account.name} {'comes' if s.present else 'goes'}" for s in found]

    async def end(self) -> None:
        await self.house.settle()
        for network in self.house.names:
            unread = self.house.seen(network)[self.read[network] :]
            assert unread == [], f"{network} sees more than the script says"


def _tagged(text: str) -> tuple[str, str]:
    """Take ``#1`` off the front of a text."""
    first, _, rest = text.partition(" ")
    return (first, rest.strip()) if first.startswith("#") else ("", text)


def _timeless(line: str) -> str:
    return re.sub(r"\[\d\d:\d\d\]", "[time]", re.sub(r" (at|from) \d\d:\d\d.*?(?= did)", "", line))


def _house(script: list[str], path: Path) -> House:
    head = script.pop(0).split()
    assert head[0] == "linked"
    legs = [word.partition("+") for word in head[1:]]
    options = {}
    while script[0].startswith(("backlog", "held")):
        word, number = script.pop(0).split()
        options["backlog_lines" if word == "backlog" else "edit_hold"] = int(number)
    house = House(path, [name for name, _, _ in legs], **options)
    for name, _, option in legs:
        house.policies[name] = LegPolicy(members="all" if option == "all" else "speakers")
        if option == "native":
            house.can[name] = NATIVE
    return house


@pytest.mark.parametrize("script", sorted(HERE.glob("*.chat")), ids=lambda path: path.stem)
async def test_scenario(script, tmp_path):
    text = (line.strip() for line in script.read_text().splitlines())
    lines = [" ".join(line.split()) for line in text if line and not line.startswith("#")]
    async with _house(lines, tmp_path) as house:
        play = Play(house)
        for line in lines:
            try:
                await play.line(line)
            except TimeoutError:
                seen = {name: house.seen(name) for name in house.names}
                pytest.fail(f"{script.name}: nothing came for: {line}\n{seen}")
        await play.end()
