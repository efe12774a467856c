"""Private messages get there, or their author is told."""

from bridge.model import PrivateSent, from_text, plain
from tests.engine.hosted import ANNA, BOB


async def test_private_messages_go_both_ways_and_a_refusal_is_told(gateway):
    private = PrivateSent(
        author=ANNA,
        network="irc.net.example",
        to="bob",
        content=from_text("psst"),
        time=gateway.now,
        ids=("p1",),
    )
    await gateway.host.bridge.whisper(private)
    await gateway.until(lambda: gateway.net.whispers)
    assert [(w.speaker, w.to, plain(w.content)) for w in gateway.net.whispers] == [
        (ANNA, "bob", "psst")
    ]
    await gateway.net._host.whisper(
        PrivateSent(
            author=BOB, network="xmpp", to="anna@x", content=from_text("yes?"), time=gateway.now
        )
    )
    await gateway.until(lambda: gateway.host.whispers)
    lost = PrivateSent(
        author=ANNA,
        network="irc.net.example",
        to="nobody",
        content=from_text("psst"),
        time=gateway.now,
        ids=("p2",),
    )
    await gateway.host.bridge.whisper(lost)
    await gateway.until(gateway.host.tells)
    [tell] = gateway.host.tells()
    assert (tell.text, tell.why, tell.about) == ("No such nick", "unknown", ("p2",))
