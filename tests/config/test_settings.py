"""The daemon's own settings."""

from pathlib import Path

import pytest

from bridge.config.settings import Address, Daemon, Http, Media, octets, seconds


@pytest.mark.parametrize(
    ("text", "length"), [("30s", 30), ("10m", 600), ("24h", 86400), ("7d", 604800), ("0s", 0)]
)
def test_a_length_of_time_is_read(text: str, length: float) -> None:
    assert seconds(text) == length


@pytest.mark.parametrize("text", ["", "5", 5, "5 m", "-5m", "1w", "m", None])
def test_what_is_no_length_of_time_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="write 30s"):
        seconds(text)


@pytest.mark.parametrize(
    ("text", "count"), [("500kB", 500_000), ("100MB", 10**8), ("2 GB", 2 * 10**9)]
)
def test_a_size_is_read_and_written(text: str, count: int) -> None:
    assert octets(text) == count
    assert str(octets(text)) == text.replace(" ", "")


@pytest.mark.parametrize("text", ["", "5", 5, "0MB", "-5MB", "1.5GB", "5mb", "9999999MB", None])
def test_what_is_no_size_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="write 500kB"):
        octets(text)


def test_hosts_that_may_be_anywhere_are_read_as_links_write_them() -> None:
    allow = ["Upload.Example.LAN:5281", "[0:0::1]:80", "bücher.example:8080"]
    read = Media.model_validate({"fetch": {"allow": allow}}).fetch.allow
    assert read == (
        Address("upload.example.lan", 5281),
        Address("::1", 80),
        Address("bücher.example", 8080),
    )


@pytest.mark.parametrize("text", ["", "x.example", "x.example:0", "http://x.example:80", "a b:80"])
def test_what_is_no_host_and_port_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"write files\.example\.org:8080"):
        Media.model_validate({"fetch": {"allow": [text]}})


def test_an_address_reads_and_writes_ipv6() -> None:
    assert str(Http.model_validate({"listen": "[::1]:80"}).listen) == "[::1]:80"
    assert Http.model_validate({"listen": "0.0.0.0:80"}).listen == Address("0.0.0.0", 80)


def test_links_begin_with_the_public_url_if_there_is_one() -> None:
    assert Http().url == "http://127.0.0.1:8090"
    assert Http(public_url="https://x.example/y/").url == "https://x.example/y"


def test_the_socket_is_beside_the_database() -> None:
    assert Daemon(database=Path("/x/tercet.db")).socket == Path("/x/tercet.sock")
    assert Daemon(control=Path("/run/c.sock")).socket == Path("/run/c.sock")
