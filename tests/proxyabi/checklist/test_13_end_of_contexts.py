"""Check 13: log, done, delete for HTTP; done, log, delete for TCP (abi: 9.6)."""

from __future__ import annotations

import scripted as s
from conversation import filter_of

from proxyabi import StreamInfo
from proxyabi.abi.kinds import NETWORK_FILTER
from proxyabi.abi.types import PeerType
from proxyabi.context.events import DownstreamClosed, NewConnection

ENDS: s.Script = {"on_log": (), "on_done": (), "on_delete": ()}


def test_http(run):
    talk = run(ENDS)
    talk.get()
    talk.done()
    assert talk.names == ["on_context_create", "on_log", "on_done", "on_delete"]


def test_tcp(run):
    talk = run(filter_of(ENDS, kind=NETWORK_FILTER))
    connection = talk.host.open_connection(StreamInfo())
    talk.feed(NewConnection(connection))
    talk.feed(DownstreamClosed(connection, PeerType.REMOTE))
    assert talk.names == ["on_context_create", "on_done", "on_log", "on_delete"]


def test_a_plugin_has_no_log(run):
    talk = run(ENDS)
    talk.host.close()
    assert talk.names == ["on_done", "on_delete"]
