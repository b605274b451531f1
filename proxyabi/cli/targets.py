"""Who answers the HTTP calls of a filter under `proxyabi run`.

Lives here: a fixed answer, and a real server asked once, without an event loop.
Not here: the calls of a filter in a running proxy (serve).
"""

from __future__ import annotations

import http.client
from urllib.parse import urlsplit

from proxyabi.context.header_map import HeaderMap
from proxyabi.errors import ConfigError
from proxyabi.testing.harness import Target
from proxyabi.upstream import Answer, Seen

__all__ = ["canned", "http_target"]

TIMEOUT = 15.0
"""Seconds that a server may take; Envoy's default for a route."""


def canned(status: int, body: bytes = b"") -> Target:
    """A target that always gives the same answer."""
    headers = [(b"content-length", str(len(body)).encode())]
    if body:
        headers.insert(0, (b"content-type", b"text/plain"))
    return lambda seen: Answer(status, HeaderMap(headers), body)


def http_target(name: str, url: str) -> Target:
    """A target that asks the server at *url*. What goes wrong there becomes the answer that Envoy's client would make of it.

    raises: ConfigError, when *url* is no http or https URL.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise ConfigError(f"--cluster {name}", f"{url!r} is no URL: {error}") from None
    if parts.scheme not in ("http", "https") or not host:
        raise ConfigError(f"--cluster {name}", f"{url!r} is no http or https URL, such as http://127.0.0.1:9000")
    connect = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection

    def ask(seen: Seen) -> Answer | None:
        connection = connect(host, port, timeout=TIMEOUT)
        try:
            connection.putrequest(seen.method, seen.path, skip_host=True, skip_accept_encoding=True)
            connection.putheader("host", seen.authority)
            for key, value in seen.headers.pairs():
                if not key.startswith(b":"):
                    connection.putheader(key.decode("latin-1"), value)
            connection.endheaders(seen.body or None)
            response = connection.getresponse()
            headers = [(k.lower().encode("latin-1"), v.encode("latin-1")) for k, v in response.getheaders()]
            return Answer(response.status, HeaderMap(headers), response.read())
        except TimeoutError:
            return _made_up(504, b"upstream request timeout")
        except OSError as error:
            return _made_up(503, f"upstream connect error or disconnect/reset before headers. reset reason: {error}".encode())
        except http.client.HTTPException:
            return None
        finally:
            connection.close()

    return ask


def _made_up(status: int, body: bytes) -> Answer:
    headers = [(b"content-length", str(len(body)).encode()), (b"content-type", b"text/plain")]
    return Answer(status, HeaderMap(headers), body)
