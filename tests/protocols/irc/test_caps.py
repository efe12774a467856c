"""Capabilities."""

from protocols.irc.caps import choose


def test_only_what_is_known_is_asked_for() -> None:
    offered = dict.fromkeys(
        ["batch", "message-tags", "inspircd.org/poison", "sts", "tls", "sasl", "draft/x"], ""
    )
    assert choose(offered, login=False) == ["message-tags", "batch"]
    assert choose(offered, login=True) == ["message-tags", "batch", "sasl"]


def test_echoes_are_asked_for_only_with_labels() -> None:
    everything = dict.fromkeys(["batch", "message-tags", "echo-message", "labeled-response"], "")
    assert {"echo-message", "labeled-response"} <= set(choose(everything, login=False))
    for missing in everything:
        some = {name: "" for name in everything if name != missing}
        assert not {"echo-message", "labeled-response"} & set(choose(some, login=False))
