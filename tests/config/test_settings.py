"""The daemon's own settings."""

from pathlib import Path

import pytest

from bridge.config.settings import Address, Daemon, Http, seconds


@pytest.mark.parametrize(
    ("text", "length"), [("30s", 30), ("10m", 600), ("24h", 86400), ("7d", 604800), ("0s", 0)]
)
def test_a_length_of_time_is_read(text: str, length: float) -> None:
    assert seconds(text) == length


@pytest.mark.parametrize("text", ["", "5", 5, "5 m", "-5m", "1w", "m", None])
def test_what_is_no_length_of_time_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="write 30s"):
        seconds(text)


def test_an_address_reads_and_writes_ipv6() -> None:
    assert str(Http.model_validate({"listen": "[::1]:80"}).listen) == "[::1]:80"
    assert Http.model_validate({"listen": "0.0.0.0:80"}).listen == Address("0.0.0.0", 80)


def test_links_begin_with_the_public_url_if_there_is_one() -> None:
    assert Http().url == "http://127.0.0.1:8090"
    assert Http(public_url="https://x.example/y/").url == "https://x.example/y"


def test_the_socket_is_beside_the_database() -> None:
    assert Daemon(database=Path("/x/tercet.db")).socket == Path("/x/tercet.sock")
    assert Daemon(control=Path("/run/c.sock")).socket == Path("/run/c.sock")
