"""Run the conversations beside this file on a real engine: who says what, and who sees what.

The networks are loopbacks; their journal is on the disk. See ``README.md`` here for the words.
"""

import re
from pathlib import Path

import pytest

from bridge.model import LegPolicy, MembersChanged, Presence, RoomRef, TopicChanged
from tests.engine.house import House, person

HERE = Path(__file__).parent
MINUTES = re.compile(r"(\d+) minutes? pass")


class Play:
    """One script at work."""

    def __init__(self, house: House):
        self.house = house
        self.read = dict.fromkeys(house.names, 0)
        self.shown = dict.fromkeys(house.names, 0)
        self.lines = 0

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
        self.lines += 1
        await self.house.say(who, text, f"id{self.lines}")

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


def _timeless(line: str) -> str:
    return re.sub(r"\[\d\d:\d\d\]", "[time]", re.sub(r" (at|from) \d\d:\d\d.*?(?= did)", "", line))


def _house(script: list[str], path: Path) -> House:
    head = script.pop(0).split()
    assert head[0] == "linked"
    legs = [word.partition("+") for word in head[1:]]
    options = {}
    if script[0].startswith("backlog"):
        options["backlog_lines"] = int(script.pop(0).split()[1])
    house = House(path, [name for name, _, _ in legs], **options)
    for name, _, members in legs:
        house.policies[name] = LegPolicy(members=members or "speakers")
    return house


@pytest.mark.parametrize("script", sorted(HERE.glob("*.chat")), ids=lambda path: path.stem)
async def test_scenario(script, tmp_path):
    text = (line.partition("#")[0].strip() for line in script.read_text().splitlines())
    lines = [" ".join(line.split()) for line in text if line]
    async with _house(lines, tmp_path) as house:
        play = Play(house)
        for line in lines:
            try:
                await play.line(line)
            except TimeoutError:
                seen = {name: house.seen(name) for name in house.names}
                pytest.fail(f"{script.name}: nothing came for: {line}\n{seen}")
        await play.end()
