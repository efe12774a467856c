"""Trying the settings against a real Prosody."""

from protocols.xmpp.network import XmppNetwork
from tests.protocols.xmpp.bridge import config
from tests.servers.prosody import Prosody


async def test_probe_says_what_is_wrong(prosody: Prosody) -> None:
    good = XmppNetwork("xmpp", config(prosody, jid=prosody.second_component))
    assert [finding.level for finding in await good.probe()] == ["ok"]
    for changes, words in (
        ({"secret": "wrong"}, "secret"),
        ({"server": "127.0.0.1:1"}, "cannot connect"),
        ({"jid": "elsewhere.localhost"}, "elsewhere.localhost"),
    ):
        settings = {"jid": prosody.second_component} | changes
        network = XmppNetwork("xmpp", config(prosody, **settings))
        findings = await network.probe()
        assert findings[0].level == "error"
        assert words in findings[0].text
