import pytest

from protocols.matrix import mxc
from protocols.matrix.mxc import Address


@pytest.mark.parametrize(
    ("source", "address"),
    [
        ("mxc://hs.example/AbC_-9", Address("hs.example", "AbC_-9")),
        ("mxc://hs:8448/a", Address("hs:8448", "a")),
        ("mxc://[::1]:80/a", Address("[::1]:80", "a")),
        ("mxc://hs/a?thumbnail", Address("hs", "a", True)),
    ],
)
def test_an_address_names_a_server_and_a_file(source: str, address: Address) -> None:
    assert mxc.parse(source) == address


@pytest.mark.parametrize(
    "source",
    [
        None, 5, {}, "", "mxc://", "mxc://hs", "mxc://hs/", "mxc:///a", "https://hs/a", "MXC://hs/a",
        "mxc://hs/a/b", "mxc://hs/../a", "mxc://hs/..", "mxc://hs/a%2fb", "mxc://hs/a?x=1",
        "mxc://hs/a#b", "mxc://hs/a\n", "mxc://hs/a b", "mxc://h s/a", "mxc://hs@evil/a",
        "mxc://hs/" + "a" * 300, "mxc://hs/ä", "mxc://hs:port/a", "mxc://hs/a\x00",
    ],
)  # fmt: skip
def test_what_could_lead_a_request_elsewhere_is_no_address(source: object) -> None:
    assert mxc.parse(source) is None
    assert mxc.valid(source) == ""


def test_nobody_else_names_our_smaller_pictures() -> None:
    assert mxc.valid("mxc://hs/a") == "mxc://hs/a"
    assert mxc.valid(mxc.smaller("mxc://hs/a")) == ""
