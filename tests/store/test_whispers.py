"""Private messages survive a restart, until they are delivered."""

from bridge.model import Account, PrivateSent, UserRef, from_text
from bridge.store import Store, whispers

PRIVATE = PrivateSent(
    author=Account(UserRef("xmpp", "anna@x"), "anna"),
    network="irc",
    to="bob",
    content=from_text("psst"),
    time=1.0,
)


async def test_they_wait_in_their_order_until_they_are_delivered(tmp_path):
    store = await Store.open(tmp_path / "t.db")
    for number in (1, 2):
        store.journal.add("whisper", (number, 1.0, whispers.encode(PRIVATE)))
    store.journal.add("whispered", (1,))
    await store.close()
    store = await Store.open(tmp_path / "t.db")
    assert await whispers.waiting(store.reader) == [(2, PRIVATE)]
    assert store.number("whispers") == 3
    await store.close()
