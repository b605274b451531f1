"""Where to connect and where to listen: addresses out of text.

Lives here: `Origin`, the place behind a URL, and `Address`, the place behind HOST:PORT.
Not here: connections.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from urllib.parse import urlsplit

from proxyabi.errors import ConfigError

__all__ = ["Address", "Origin"]

DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Address:
    """A host and a port to listen on. Port 0 takes a free one."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str, option: str) -> Address:
        """The address behind HOST:PORT, :PORT (loopback), PORT, or [IPV6]:PORT. *option* is named when it is none.

        raises: ConfigError.
        """
        host, _, port = text.rpartition(":")
        if not port.isascii() or not port.isdigit() or int(port) > 65535:
            raise ConfigError(option, f"{text!r} is no address to listen on: expected HOST:PORT, such as 127.0.0.1:10000")
        if host.startswith("[") and host.endswith("]"):
            host = host[1:-1]
        elif ":" in host:
            raise ConfigError(option, f"{text!r}: an IPv6 address stands in brackets, such as [::1]:10000")
        return cls(host or "127.0.0.1", int(port))

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Origin:
    """The server behind a URL: scheme, host and port."""

    scheme: str
    host: str
    port: int

    @classmethod
    def parse(cls, url: str, option: str) -> Origin:
        """The origin of *url*, which has no path of its own. *option* is named when it is none.

        raises: ConfigError.
        """
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError as error:
            raise ConfigError(option, f"{url!r} is no URL: {error}") from error
        if parts.scheme not in DEFAULT_PORTS or not host:
            raise ConfigError(option, f"{url!r} is not the URL of a server: expected http://HOST:PORT or https://HOST:PORT")
        if parts.path not in ("", "/") or parts.query or parts.fragment or parts.username is not None:
            raise ConfigError(option, f"{url!r}: requests keep their own path, so give scheme, host and port alone")
        return cls(parts.scheme, host, DEFAULT_PORTS[parts.scheme] if port is None else port)

    def tls(self) -> ssl.SSLContext | None:
        """How to encrypt towards this origin; None for http. Certificates are checked against the machine's authorities."""
        return ssl.create_default_context() if self.scheme == "https" else None

    def __str__(self) -> str:
        return f"{self.scheme}://{Address(self.host, self.port)}"
