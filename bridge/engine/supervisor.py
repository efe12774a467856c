"""Keeps the networks running: a network that falls over is started again, the others go on."""

import asyncio
import logging
from collections.abc import Callable

from bridge.model import Host, Network, NetworkStatus

log = logging.getLogger(__name__)

_PAUSES = (1.0, 5.0, 15.0, 60.0)


async def supervise(network: Network, host: Host, observe: Callable[[NetworkStatus], None]) -> None:
    """Run a network until cancelled; when it fails, say so and run it again after a pause."""
    failures = 0
    while True:
        started = asyncio.get_running_loop().time()
        try:
            await network.run(host)
            reason = "it stopped by itself"
        except asyncio.CancelledError:
            raise
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
            log.exception("network %s fell over", network.name)
        if asyncio.get_running_loop().time() - started > 300:
            failures = 0
        pause = _PAUSES[min(failures, len(_PAUSES) - 1)]
        failures += 1
        observe(NetworkStatus(network.name, False, f"{reason}; starting again in {pause:.0f} s"))
        await asyncio.sleep(pause)
