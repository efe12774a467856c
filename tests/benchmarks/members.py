"""A channel of 1,000 people is linked, torn apart and comes back: what that causes."""

import asyncio
import re
import time
import urllib.request
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from msgspec import Struct

from tests.benchmarks.connections import Bare
from tests.benchmarks.counting import CountingProxy
from tests.benchmarks.figures import Figure, Section
from tests.benchmarks.portals import legs
from tests.benchmarks.usage import cpu_seconds, resident
from tests.live.stage import Stage

_COMMITS = re.compile(r"^tercet_journal_commit_seconds_count (\S+)$", re.MULTILINE)


class Cost(Struct):
    """What something caused."""

    seconds: float
    cpu: float
    commits: int
    requests: int
    megabytes: float


async def measure(folder: Path, quick: bool) -> Section:
    """The default policy: people of the channel are seen on Matrix once they speak."""
    people = 200 if quick else 1000
    stage = Stage(folder)
    async with AsyncExitStack() as clients:
        clients.push_async_callback(stage.close)
        proxy = await clients.enter_async_context(CountingProxy(stage.synapse.url))
        await stage.open(matrix={"url": proxy.url})
        tercet = Watched(stage, proxy)
        crowd = Bare(stage.inspircd.port, channel="#crowd")
        clients.callback(crowd.leave)
        await crowd.grow(0, people)
        small = await tercet.causes(tercet.link, "#quiet", 0)
        large = await tercet.causes(tercet.link, "#crowd", people)
        split = await tercet.causes(tercet.split, crowd, people)
        ghosts = await tercet.ghosts()
        spoken = await tercet.causes(tercet.speak, crowd)
        new_ghosts = await tercet.ghosts() - ghosts
    few = "a channel of 1"
    return Section(
        name="members",
        title=f"a channel of {people:,} people linked to a Matrix room",
        figures=(
            Figure(
                name="link: until up", value=large.seconds, unit="s", beside=small.seconds, raw=few
            ),
            Figure(
                name="link: CPU", value=large.cpu * 1e3, unit="ms", beside=small.cpu * 1e3, raw=few
            ),
            Figure(
                name="link: commits", value=large.commits, unit="", beside=small.commits, raw=few
            ),
            Figure(
                name="link: Matrix requests",
                value=large.requests,
                unit="",
                beside=small.requests,
                raw=few,
            ),
            Figure(
                name="link: memory",
                value=large.megabytes,
                unit="MB",
                beside=small.megabytes,
                raw=few,
            ),
            Figure(name="ghosts on Matrix", value=ghosts, unit="", target="< 1"),
            Figure(name="all leave and come back: CPU", value=split.cpu * 1e3, unit="ms"),
            Figure(name="all leave and come back: commits", value=split.commits, unit=""),
            Figure(name="all leave and come back: Matrix requests", value=split.requests, unit=""),
            Figure(name="one speaks: new ghosts", value=new_ghosts, unit=""),
            Figure(name="one speaks: Matrix requests", value=spoken.requests, unit=""),
        ),
        notes=(
            "Commits and CPU are the daemon's; requests are counted by a proxy before Synapse.",
            f"Requests of the link: {_words(proxy)}.",
        ),
    )


class Watched:
    """A stage whose daemon is watched while something happens."""

    def __init__(self, stage: Stage, proxy: CountingProxy):
        self.stage = stage
        self.proxy = proxy
        self.rooms: list[str] = []

    async def causes(self, what: Any, *arguments: Any) -> Cost:
        """Do something, wait until the daemon is quiet, and tell what it cost."""
        pid = self.stage.tercet.pid
        before = (cpu_seconds(pid), self._commits(), self.proxy.total, resident(pid))
        begun = time.perf_counter()
        await what(*arguments)
        seconds = time.perf_counter() - begun
        await self._quiet(pid)
        return Cost(
            seconds,
            cpu_seconds(pid) - before[0],
            self._commits() - before[1],
            self.proxy.total - before[2],
            resident(pid) - before[3],
        )

    async def link(self, channel: str, people: int) -> None:
        """Link a channel to a new Matrix room; wait until both are up and all people known."""
        room = await self.stage.carol.create_room(channel)
        self.rooms.append(room)
        await self.stage.carol.invite(room, self.stage.synapse.sender)
        await asyncio.to_thread(
            self.stage.tercet.command, "link", f"irc:{channel}", f"matrix:{room}"
        )
        await self._known(channel, people)

    async def split(self, crowd: Bare, people: int) -> None:
        """Everybody is gone at once, and comes back."""
        crowd.leave()
        await self._known("#crowd", 0)
        await crowd.grow(0, people)
        await self._known("#crowd", people)

    async def speak(self, crowd: Bare) -> None:
        """One of the crowd says something, and Carol hears it."""
        crowd.transports[0].write(b"PRIVMSG #crowd :hello\r\n")
        await self.stage.carol.wait_for(lambda said: said.body == "hello", 30)

    async def ghosts(self) -> int:
        """Return how many people of IRC are members of the crowd's Matrix room."""
        members = await self.stage.carol.members(self.rooms[-1])
        return sum(user.startswith("@_irc_") for user in members)

    async def _known(self, channel: str, people: int) -> None:
        async with asyncio.timeout(120):
            while not self._there(
                await asyncio.to_thread(legs, self.stage.tercet), channel, people
            ):
                await asyncio.sleep(0.1)

    @staticmethod
    def _there(now: list[dict[str, Any]], channel: str, people: int) -> bool:
        members = [leg["members"] for leg in now if leg["room"]["id"] == channel]
        return (
            all(leg["up"] for leg in now)
            and members != []
            and (members[0] >= people if people else members[0] == 0)
        )

    async def _quiet(self, pid: int) -> None:
        """Wait until the daemon has done next to nothing for a second."""
        while True:
            before = cpu_seconds(pid)
            await asyncio.sleep(1)
            if cpu_seconds(pid) - before < 0.02:
                return

    def _commits(self) -> int:
        url = f"http://127.0.0.1:{self.stage.tercet.port}/metrics"
        with urllib.request.urlopen(url, timeout=5) as page:
            found = _COMMITS.search(page.read().decode())
        return int(float(found[1])) if found else 0


def _words(proxy: CountingProxy) -> str:
    return ", ".join(f"{count} {what}" for what, count in proxy.requests.most_common(8))
