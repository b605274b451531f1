"""Addresses and URLs as people write them."""

from __future__ import annotations

import pytest

from proxyabi.errors import ConfigError
from proxyabi.serve.places import Address, Origin


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:10000", Address("127.0.0.1", 10000)),
        (":0", Address("127.0.0.1", 0)),
        ("8080", Address("127.0.0.1", 8080)),
        ("[::1]:80", Address("::1", 80)),
        ("localhost:65535", Address("localhost", 65535)),
    ],
)
def test_address_is_read(text: str, address: Address) -> None:
    assert Address.parse(text, "--listen") == address


@pytest.mark.parametrize("text", ["", "localhost", "localhost:", "localhost:http", "localhost:65536", "::1:80", "127.0.0.1:-1"])
def test_what_is_no_address_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ConfigError, match=r"^--listen: .*such as") as caught:
        Address.parse(text, "--listen")
    assert repr(text) in str(caught.value)


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("http://127.0.0.1:9000", Origin("http", "127.0.0.1", 9000)),
        ("http://example.org/", Origin("http", "example.org", 80)),
        ("https://example.org", Origin("https", "example.org", 443)),
        ("http://[::1]:8080", Origin("http", "::1", 8080)),
    ],
)
def test_origin_is_read(url: str, origin: Origin) -> None:
    assert Origin.parse(url, "--upstream") == origin
    assert (origin.tls() is not None) == (origin.scheme == "https")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "localhost:8080",
        "ftp://example.org",
        "http://",
        "http://example.org/path",
        "http://example.org?q",
        "http://u:p@example.org",
        "http://example.org:port",
        "http://[::1",
    ],
)
def test_what_is_no_origin_is_refused_by_the_name_of_the_option(url: str) -> None:
    with pytest.raises(ConfigError, match=r"^--cluster auth: "):
        Origin.parse(url, "--cluster auth")
