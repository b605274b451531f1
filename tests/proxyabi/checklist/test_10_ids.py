"""Check 10: the root is 1 and streams follow; vm_start per root; configurations can be read in their windows (abi: 9.3)."""

from __future__ import annotations

import pytest
import scripted as s
from conversation import filter_of

from proxyabi import PluginConfig
from proxyabi.context.events import Tick

READS = (s.report("vm", s.body(6)), s.report("plugin", s.body(7)))


def test_ids_count_from_the_root(run):
    talk = run({"on_request_headers": ()})
    talk.get()
    talk.get()
    assert [call for call in talk.calls if "create" in call] == ["on_context_create(2, 1)", "on_context_create(3, 1)"]


def test_two_roots_in_one_vm_start_each(run):
    code = filter_of({"on_vm_start": (), "on_configure": ()}).code
    talk = run(PluginConfig(code, root_id="a"), PluginConfig(code, root_id="b"))
    calls = [(r["name"], r["args"][0]) for r in talk.records if r.get("from") == "host" and r["name"] != "malloc"]
    names = ("proxy_on_context_create", "proxy_on_vm_start", "proxy_on_configure")
    assert calls == [(name, root) for root in (1, 2) for name in names]


@pytest.mark.parametrize(
    ("callback", "plugin"), [("on_context_create", "00"), ("on_vm_start", "01"), ("on_configure", "00"), ("on_tick", "01")]
)
def test_the_windows_of_the_configurations(run, callback, plugin):
    talk = run(
        filter_of({callback: READS, "on_tick": READS if callback == "on_tick" else ()}, configuration=b"P", vm_configuration=b"V")
    )
    talk.feed(Tick(0))
    said = [record["message"] for record in talk.records if "log" in record]
    assert said == ["vm: 00", f"plugin: {plugin}"]
