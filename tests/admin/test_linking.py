"""What an admin types to link rooms is read, or refused with the right form."""

import pytest

from bridge.admin.facade import NewLeg, Refused
from bridge.admin.linking import new_legs, split_address
from bridge.model import LegPolicy

NETWORKS = {"xmpp", "libera", "matrix"}


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("libera:#den", ("libera", "#den")),
        ("matrix:#den:example.org", ("matrix", "#den:example.org")),
        ("xmpp:den@muc.example.org", ("xmpp", "den@muc.example.org")),
    ],
)
def test_an_address_is_split_at_the_first_colon(text: str, parts: tuple[str, str]) -> None:
    assert split_address(text, NETWORKS) == parts


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("#den", "write for example libera:#den"),
        ("libera:", "is not network:room"),
        ("oftc:#den", "no network is called “oftc”; there are: libera, matrix, xmpp"),
        ("", "is not network:room"),
    ],
)
def test_an_address_without_a_network_is_refused(text: str, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        split_address(text, NETWORKS)


def test_an_option_is_for_all_or_for_the_rooms_of_a_network() -> None:
    options = {"members": ["libera=all"], "puppets": ["libera=off", "always"], "relay": []}
    assert new_legs(["libera:#a", "matrix:#a:b"], options, NETWORKS) == [
        NewLeg("libera", "#a", LegPolicy(members="all", puppets="off")),
        NewLeg("matrix", "#a:b", LegPolicy(puppets="always")),
    ]


def test_switches_and_seconds_become_what_a_policy_holds() -> None:
    options = {
        "threads": ["off"],
        "reactions": ["on"],
        "answers_by_name": ["libera=on"],
        "edit_hold": ["10s", "libera=2.5"],
    }
    assert new_legs(["libera:#a", "matrix:#a:b"], options, NETWORKS) == [
        NewLeg(
            "libera",
            "#a",
            LegPolicy(threads=False, reactions="on", answers_by_name=True, edit_hold=2.5),
        ),
        NewLeg("matrix", "#a:b", LegPolicy(threads=False, reactions="on", edit_hold=10.0)),
    ]


def test_a_template_may_hold_an_equals_sign() -> None:
    legs = new_legs(["libera:#a"], {"relay": ["={name}= "]}, NETWORKS)
    assert legs[0].policy.relay == "={name}= "


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("members", "some", "choose one of speakers, all"),
        ("members", "xmpp=all", "no room of xmpp is being linked"),
        ("direction", "libera=up", "choose one of both, in, out"),
        ("relay", "<nick>", "must hold {name}"),
        ("threads", "yes", "--threads yes: choose one of on, off"),
        ("reactions", "many", "choose one of few, on, off"),
        ("answers_by_name", "xmpp=on", "--answers-by-name xmpp=on: no room of xmpp"),
        ("edit_hold", "soon", "--edit-hold soon: write seconds, from 0s to 300s"),
        ("edit_hold", "301s", "from 0s to 300s"),
    ],
)
def test_a_wrong_option_is_refused(name: str, value: str, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        new_legs(["libera:#a"], {name: [value]}, NETWORKS)
