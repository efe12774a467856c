"""Which web addresses may be opened because a stranger named them."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.media.addresses import check_port, listed, public, web_address
from bridge.model import MediaRefused


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.9.1",
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "192.0.2.1",
        "198.18.0.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "fe80::1%lo",
        "fc00::1",
        "fd12::1",
        "fec0::1",
        "ff02::1",
        "2001:db8::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::127.0.0.1",
        "64:ff9b::127.0.0.1",
        "64:ff9b::a00:1",
        "64:ff9b:1::1",
        "2002:7f00:1::",
        "2002:808:808::",
        "2001:0:808:808::",
        "localhost",
        "",
    ],
)
def test_what_only_this_machine_or_its_neighbours_reach_is_not_public(address: str) -> None:
    assert not public(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "100.128.0.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_what_everybody_reaches_is_public(address: str) -> None:
    assert public(address)


@given(st.ip_addresses(v=4))
def test_an_address_does_not_become_public_by_being_wrapped(address: ipaddress.IPv4Address) -> None:
    for prefix in ("::ffff:", "64:ff9b::", "::"):
        assert public(f"{prefix}{address}") == public(str(address))


@given(st.ip_addresses())
def test_no_private_address_is_public(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    if address.is_private or address.is_loopback or address.is_link_local or address.is_multicast:
        assert not public(str(address)) or address in ipaddress.ip_network("::ffff:0:0/96")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "cat.jpg",
        "//x.example/cat.jpg",
        "ftp://x.example/cat.jpg",
        "file:///etc/passwd",
        "gopher://x.example/",
        "javascript:alert(1)",
        "data:image/png;base64,AAAA",
        "http://",
        "http:///cat.jpg",
        "http://[::1/cat.jpg",
        "http://x.example:99999/",
        "http://x.example:0/",
        "http://anna:secret@x.example/",
        "http://anna@x.example/",
        "aesgcm://x.example/cat.jpg#00ff",
        "AESGCM://x.example/cat.jpg#00ff",
    ],
)
def test_what_is_no_plain_web_address_is_refused(text: str) -> None:
    with pytest.raises(MediaRefused, match=r"^[a-z].*[^.]$"):
        web_address(text)


def test_a_web_address_is_read() -> None:
    url = web_address("https://Upload.Example.org/a%20b.jpg?x=1#part")
    assert str(url) == "https://upload.example.org/a%20b.jpg?x=1"


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    for candidate in (text, f"http://{text}", f"https://x.example/{text}"):
        try:
            url = web_address(candidate)
        except MediaRefused:
            continue
        assert url.scheme in ("http", "https")
        assert url.host


def test_unusual_ports_are_refused_unless_they_are_listed() -> None:
    url = web_address("http://files.lan.example:8080/cat.jpg")
    with pytest.raises(MediaRefused, match="port 8080"):
        check_port(url)
    assert listed(url, {("files.lan.example", 8080)})
    assert not listed(url, {("files.lan.example", 80), ("lan.example", 8080)})
    check_port(web_address("https://x.example/"))
    check_port(web_address("https://x.example:5443/"))
