"""Private messages on their way."""

import msgspec

from bridge.model import PrivateSent
from bridge.store.database import Reader

_decoder = msgspec.json.Decoder(PrivateSent)
encode = msgspec.json.Encoder().encode


async def waiting(reader: Reader) -> list[tuple[int, PrivateSent]]:
    """Return those that are not delivered yet, oldest first."""
    rows = await reader.rows("SELECT id, body FROM whispers ORDER BY id")
    return [(number, _decoder.decode(body)) for number, body in rows]
