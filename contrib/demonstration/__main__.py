"""``./contrib/demo``: starts everything, holds the conversation, and ends everything again."""

import argparse
import asyncio
import contextlib
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

from contrib.demonstration.bed import ALIAS, CHANNEL, MUC, Bed
from contrib.demonstration.conversation import Conversation
from contrib.demonstration.screen import Screen
from tests.servers.process import ServerMissing, StartFailed

INTERRUPTED = 130


async def _run(bed: Bed, screen: Screen) -> bool:
    """Start everything and talk; return whether every line arrived everywhere."""
    started = time.monotonic()
    await asyncio.to_thread(bed.configure)
    screen.step(f"Starting Prosody, InspIRCd and Synapse in {bed.tercet.folder.parent}")
    await asyncio.to_thread(bed.start_servers)
    screen.step("Starting Tercet: tercet run")
    await asyncio.to_thread(bed.tercet.start)
    await bed.people_come()
    screen.step(f"Linking them: tercet link xmpp:{MUC} irc:{CHANNEL} matrix:{ALIAS}")
    await asyncio.to_thread(bed.link)
    screen.step(f"Linked after {time.monotonic() - started:.1f} s. This is what each side sees:")
    return await _converse(bed, screen)


async def _stay(bed: Bed, screen: Screen) -> None:
    screen.say(f"\n{bed.accounts()}\n")
    screen.step("Everything stays up until you press Ctrl-C")
    await asyncio.Event().wait()


async def _converse(bed: Bed, screen: Screen) -> bool:
    screen.heading([f"XMPP {MUC}", f"IRC {CHANNEL}", f"Matrix {ALIAS}"])
    conversation = Conversation(bed)
    lines = 0
    async for cells in conversation.spoken():
        screen.row(cells)
        lines += 1
    screen.say("")
    for missing in conversation.missing:
        screen.bad(f"Missing: {missing}")
    if not conversation.missing:
        screen.step(f"All {lines} lines arrived on all three sides, each as it should")
    return not conversation.missing


async def _main(once: bool) -> int:
    screen = Screen()
    folder = Path(tempfile.mkdtemp(prefix="tercet-demo-"))
    bed = Bed(folder)
    task = asyncio.current_task()
    if task is not None:
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    status = INTERRUPTED
    try:
        status = 0 if await _run(bed, screen) else 1
        if not once:
            await _stay(bed, screen)
    except asyncio.CancelledError:
        screen.say("")
    except (ServerMissing, StartFailed, TimeoutError, OSError) as error:
        screen.bad(f"{type(error).__name__}: {error}")
        status = 1
    finally:
        screen.step("Ending everything")
        await bed.people_leave()
        await asyncio.to_thread(bed.stop)
    if status == 1:
        screen.bad(f"The logs of all servers are kept in {folder}")
    else:
        shutil.rmtree(folder)
    return status


def main() -> int:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(prog="./contrib/demo", description=__doc__)
    parser.add_argument("--once", action="store_true", help="end after the conversation")
    arguments = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        return asyncio.run(_main(arguments.once))
    return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
