"""Write ``docs/features.md`` from what real clients see now: ``python -m tests.live.features``."""

import asyncio
import tempfile
from pathlib import Path

from tests.live.features.cast import Cast
from tests.live.features.table import Table, observe, write
from tests.servers.process import PROJECT

PAGE = PROJECT / "docs" / "features.md"


async def observed(folder: Path) -> Table:
    """Start everything, look, end everything."""
    cast = Cast(folder)
    try:
        await cast.open()
        return await observe(cast)
    finally:
        await cast.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="tercet-features-") as folder:
        PAGE.write_text(write(asyncio.run(observed(Path(folder)))))
