"""The disk fills up under the daemon: it says so everywhere, and goes on when there is room."""

import asyncio
import contextlib
import subprocess
import urllib.error

from tests.live.stage import SIDES, Stage


def limit_files(stage: Stage, size: str) -> None:
    """Let no file of the daemon grow past ``size`` bytes: a full disk as SQLite sees it."""
    command = ["prlimit", "--pid", str(stage.tercet.pid), f"--fsize={size}"]
    subprocess.run(command, check=True)


def is_red(stage: Stage) -> bool:
    try:
        stage.tercet.get("/healthz")
    except urllib.error.HTTPError as answer:
        return answer.code == 503
    return False


async def test_a_full_disk_is_told_in_every_room_and_nothing_is_lost(stage):
    await stage.open()
    database = stage.tercet.folder / "tercet.db"
    biggest = max(f.stat().st_size for f in database.parent.glob("tercet.db*"))
    limit_files(stage, f"{biggest // 4096 * 4096}:unlimited")
    async with asyncio.timeout(30):
        number = 0
        while not is_red(stage):
            for side in SIDES:
                with contextlib.suppress(TimeoutError):
                    await stage.say(side, f"{side[0]}{number}")
            number += 1
            await asyncio.sleep(0.2)
    await stage.alice.wait_for(lambda said: "cannot store messages" in said.body)
    await stage.bob.wait_for(lambda said: "cannot store messages" in said.body)
    await stage.carol.wait_for(lambda said: "cannot store messages" in said.body)
    for side in SIDES:
        await stage.say(side, f"{side[0]}{number}")
    limit_files(stage, "unlimited:unlimited")
    async with asyncio.timeout(60):
        while is_red(stage):
            await asyncio.sleep(0.1)
        for at in SIDES:
            for of in SIDES:
                while at != of and number not in stage.numbers(at, of):
                    await asyncio.sleep(0.1)
    for at in SIDES:
        for of in SIDES:
            if at != of:
                assert stage.numbers(at, of) == list(range(number + 1)), f"{of} -> {at}"
    await stage.alice.wait_for(lambda said: "can store messages again" in said.body)
