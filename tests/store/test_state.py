"""Durable facts belong to their owner."""

from bridge.store.state import State


async def test_facts_are_private_to_their_owner_and_sorted(store):
    mine, yours = (State(name, store.journal, store.reader) for name in ("me", "you"))
    await mine.put("b/2", "two")
    await mine.put("b/1", "one")
    await yours.put("b/1", "other")
    mine.note("a%_", "x")
    await store.journal.committed()
    assert await mine.items("b/") == [("b/1", "one"), ("b/2", "two")]
    assert await mine.get("b/1") == "one"
    assert await mine.items("a%") == [("a%_", "x")]
    await mine.delete("b/1")
    mine.drop("b/2")
    await store.journal.committed()
    assert await mine.items("b/") == []
    assert await yours.get("b/1") == "other"
    assert await mine.get("nothing") is None
