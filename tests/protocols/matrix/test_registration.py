import re

import yaml

from bridge.model import UserRef
from protocols.matrix.address import Ghosts
from protocols.matrix.config import MatrixConfig
from protocols.matrix.registration import registration, registration_yaml

CONFIG = MatrixConfig(
    url="http://127.0.0.1:8008",
    server_name="hs.example.org",
    as_token="secret-of-ours",
    hs_token="secret-of-theirs",
    ghost_prefixes={"libera": "_irc_libera_"},
)


def test_the_ghosts_of_each_network_are_claimed_and_nobody_else() -> None:
    made = registration(CONFIG, ["xmpp", "libera"])
    rules = [re.compile(entry["regex"]) for entry in made["namespaces"]["users"]]
    ghosts = Ghosts(CONFIG.server_name, CONFIG.ghost_template, CONFIG.ghost_prefixes)

    def ours(mxid: str) -> bool:
        return any(rule.fullmatch(mxid) for rule in rules)

    assert ours(ghosts.mxid(UserRef("xmpp", "room@muc/Ånn")))
    assert ours(ghosts.mxid(UserRef("libera", "Bob[m]")))
    assert not ours("@bob:hs.example.org")
    assert not ours("@_xmpp_bob:hsXexample.org")
    assert not ours("@_discord_bob:hs.example.org")


def test_it_names_us_and_where_we_are() -> None:
    made = registration(CONFIG, [])
    assert made["sender_localpart"] == "tercet"
    assert made["url"] == CONFIG.address
    assert made["rate_limited"] is False
    assert made["io.element.msc4190"] is True


def test_the_file_is_yaml_with_the_same_content() -> None:
    assert yaml.safe_load(registration_yaml(CONFIG, ["xmpp"])) == registration(CONFIG, ["xmpp"])
