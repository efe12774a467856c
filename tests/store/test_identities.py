"""Every identity has one number, whatever it is called."""

from bridge.model import Account, UserRef
from bridge.store.identities import Identities

ANNA = UserRef("irc", "account:anna")


async def test_a_number_stays_over_new_names_and_restarts(store):
    first = await store.identities.number(Account(ANNA, "anna"))
    assert await store.identities.number(Account(ANNA, "anna_away")) == first
    other = await store.identities.number(Account(UserRef("irc", "nick:bob"), "bob"))
    assert other != first
    await store.journal.committed()
    again = Identities(store.journal, store.reader, 100)
    assert await again.number(Account(ANNA, "anna_away")) == first
    rows = await store.reader.rows("SELECT name FROM identities WHERE id = ?", (first,))
    assert rows == [("anna_away",)]
