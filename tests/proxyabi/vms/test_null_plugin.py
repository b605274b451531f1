"""Plugins in Python, run by the real host: every readable method against the hostcall behind it."""

from __future__ import annotations

from typing import Any

import pytest

from proxyabi.abi.types import BufferType, LogLevel, MapType, MetricType
from proxyabi.config import PluginConfig
from proxyabi.context.header_map import HeaderMap
from proxyabi.errors import ProxyAbiError
from proxyabi.services.services import Services
from proxyabi.testing.harness import Harness
from proxyabi.upstream import Answer
from proxyabi.vms import HostcallRefused, NullPlugin, load_vm

REQUEST, RESPONSE = MapType.HTTP_REQUEST_HEADERS, MapType.HTTP_RESPONSE_HEADERS
PAUSE = 1


def harness(plugin: type[NullPlugin], configuration: bytes = b"", **options: Any) -> Harness:
    config = PluginConfig(b"null", name="sample", root_id="root", configuration=configuration)
    return Harness([config], tier=lambda _: load_vm("null", null_plugin=plugin), **options)  # type: ignore[arg-type]


def header(headers: HeaderMap, name: bytes) -> bytes | None:
    return headers.get(name)


class AddHeader(NullPlugin):
    def proxy_on_response_headers(self, context_id, num_headers, end_of_stream):
        self.add_header(RESPONSE, "x-hello", "world")


def test_a_plugin_of_three_lines_adds_a_header() -> None:
    exchange = harness(AddHeader).request("GET", "/")

    assert exchange.client is not None
    assert header(exchange.client.headers, b"x-hello") == b"world"


class Headers(NullPlugin):
    def proxy_on_request_headers(self, context_id, num_headers, end_of_stream):
        assert end_of_stream is True
        assert len(self.header_pairs(REQUEST)) == num_headers
        assert self.get_header(REQUEST, "x-none") is None
        self.replace_header(REQUEST, "x-a", self.get_header(REQUEST, "x-a") + b"!")
        self.remove_header(REQUEST, "x-b")
        self.add_header(REQUEST, b"x-c", "é")
        self.set_property("mine", "value")
        self.add_header(REQUEST, "x-property", self.get_property("mine"))
        self.add_header(REQUEST, "x-path", self.get_property("request", "path"))
        assert self.get_property("no", "such") is None


def test_headers_and_properties_are_read_and_written() -> None:
    exchange = harness(Headers).request("GET", "/there", [(b"x-a", b"1"), (b"x-b", b"2")])

    assert exchange.upstream is not None
    seen = exchange.upstream.headers
    assert header(seen, b"x-a") == b"1!"
    assert header(seen, b"x-b") is None
    assert header(seen, b"x-c") == "é".encode()
    assert header(seen, b"x-property") == b"value"
    assert header(seen, b"x-path") == b"/there"


class Answers(NullPlugin):
    def proxy_on_request_headers(self, context_id, num_headers, end_of_stream):
        self.send_local_response(403, "no", {"x-why": "because"}, details="denied")
        return PAUSE


def test_a_local_response_ends_the_request() -> None:
    exchange = harness(Answers).request("GET", "/")

    assert exchange.upstream is None
    assert exchange.client is not None
    assert exchange.client.status == 403
    assert header(exchange.client.headers, b"x-why") == b"because"
    assert exchange.client.body == b"no"


class Body(NullPlugin):
    def proxy_on_request_headers(self, context_id, num_headers, end_of_stream):
        self.remove_header(REQUEST, "content-length")

    def proxy_on_request_body(self, context_id, body_size, end_of_stream):
        if not end_of_stream:
            return PAUSE
        body = self.get_buffer(BufferType.HTTP_REQUEST_BODY)
        self.set_buffer(BufferType.HTTP_REQUEST_BODY, body[::-1])
        return None


def test_a_body_is_read_and_replaced() -> None:
    exchange = harness(Body).request("POST", "/", [(b"content-length", b"6")], [b"abc", b"def"])

    assert exchange.upstream is not None
    assert exchange.upstream.body == b"fedcba"


class Calls(NullPlugin):
    def proxy_on_request_headers(self, context_id, num_headers, end_of_stream):
        self.waiting = context_id
        headers = {":method": "GET", ":path": "/check", ":authority": "auth"}
        self.call_id = self.http_call("auth", headers, timeout=2.5)
        return PAUSE

    def proxy_on_http_call_response(self, context_id, call_id, num_headers, body_size, num_trailers):
        assert call_id == self.call_id
        body = self.get_buffer(BufferType.HTTP_CALL_RESPONSE_BODY)
        self.set_effective_context(self.waiting)
        self.add_header(REQUEST, "x-user", body)
        self.continue_stream()


def test_a_call_is_made_and_its_answer_lets_the_request_go_on() -> None:
    asked: list[bytes] = []

    def auth(seen: Any) -> Answer:
        asked.append(seen.headers.get(b":path"))
        return Answer(200, HeaderMap([]), b"ada")

    exchange = harness(Calls, targets={"auth": auth}).request("GET", "/")

    assert asked == [b"/check"]
    assert exchange.upstream is not None
    assert header(exchange.upstream.headers, b"x-user") == b"ada"


class Shared(NullPlugin):
    seen: dict[str, Any] = {}  # noqa: RUF012

    def proxy_on_configure(self, context_id, size):
        seen = self.seen
        seen["configuration"] = self.configuration()
        seen["missing"] = self.get_shared_data("key")
        seen["set"] = self.set_shared_data("key", "one")
        seen["got"], cas = self.get_shared_data("key")
        seen["changed"] = self.set_shared_data("key", "two", cas)
        seen["stale"] = self.set_shared_data("key", "three", cas)
        queue = self.register_queue("jobs")
        seen["empty"] = self.dequeue(queue)
        self.enqueue(queue, "first")
        seen["job"] = self.dequeue(queue)
        seen["same"] = self.resolve_queue("", "jobs") == queue
        seen["no queue"] = self.resolve_queue("", "none")
        counter = self.define_metric(MetricType.COUNTER, "requests")
        self.increment_metric(counter)
        self.increment_metric(counter, 4)
        seen["metric"] = self.get_metric(counter)
        seen["time"] = self.now() > 10**18
        self.log("configured", LogLevel.WARN)
        self.set_tick_period(0.5)


def test_what_plugins_share_is_reached_by_readable_methods() -> None:
    Shared.seen = {}

    harness(Shared, b'{"a": 1}', services=Services())

    assert Shared.seen == {
        "configuration": b'{"a": 1}', "missing": None, "set": True, "got": b"one", "changed": True, "stale": False,
        "empty": None, "job": b"first", "same": True, "no queue": None, "metric": 5, "time": True,
    }  # fmt: skip


def test_a_callback_that_returns_nothing_has_succeeded() -> None:
    class Quiet(NullPlugin):
        def proxy_on_vm_start(self, context_id, size):
            """Nothing to do."""

        def proxy_on_configure(self, context_id, size):
            """Nothing to do."""

    assert harness(Quiet).request("GET", "/").client is not None


def test_a_configuration_that_is_refused_is_refused() -> None:
    class Refusing(NullPlugin):
        def proxy_on_configure(self, context_id, size):
            return False

    with pytest.raises(ProxyAbiError):
        harness(Refusing)


class Stumbling(NullPlugin):
    def proxy_on_request_headers(self, context_id, num_headers, end_of_stream):
        try:
            self.define_metric(9, "x")
        except HostcallRefused as refused:
            self.status = refused.status.name
        raise LookupError(self.status)


def test_a_plugin_that_raises_has_failed_and_the_client_gets_an_answer() -> None:
    box = harness(Stumbling)

    exchange = box.request("GET", "/")

    assert exchange.client is not None
    assert exchange.client.status == 503
    failure = box.host.plugins[0].failure
    assert failure is not None
    assert "proxy_on_request_headers raised LookupError: BAD_ARGUMENT" in failure


def test_a_callback_of_another_shape_is_refused_by_the_host() -> None:
    """A plugin written for 0.1.0 that says 0.2.1 is found out as a module would be."""

    class Old(NullPlugin):
        def proxy_on_request_headers(self, context_id, num_headers):
            return 0

    vm = load_vm("null", null_plugin=Old)
    vm.load(b"null")
    vm.link()
    function = vm.get_function("proxy_on_request_headers")

    assert function is not None
    assert str(function.type) == "[i32 i32] -> [i32]"


@pytest.mark.parametrize("version", ["0.1.0", "0.2.0", "0.2.1"])
def test_the_marker_of_the_version_is_exported(version: str) -> None:
    class Versioned(NullPlugin):
        abi_version = version

    vm = load_vm("null", null_plugin=Versioned)
    vm.load(b"null")
    vm.link()

    assert vm.get_function(f"proxy_abi_version_{version.replace('.', '_')}") is not None


def test_an_unknown_version_is_named() -> None:
    class Future(NullPlugin):
        abi_version = "9.9.9"

    vm = load_vm("null", null_plugin=Future)
    vm.load(b"null")

    with pytest.raises(ValueError, match=r"Future\.abi_version is '9\.9\.9'; known are 0\.1\.0, 0\.2\.0, 0\.2\.1"):
        vm.link()


def test_hostcalls_leave_nothing_behind_in_the_guests_memory() -> None:
    class Talking(NullPlugin):
        def proxy_on_request_headers(self, context_id, num_headers, end_of_stream):
            before = len(self.memory.data)
            for _ in range(50):
                self.set_property("long", bytes(10_000))
                assert self.get_property("long") == bytes(10_000)
            self.add_header(REQUEST, "x-grown", str(len(self.memory.data) - before))

    exchange = harness(Talking).request("GET", "/")

    assert exchange.upstream is not None
    assert header(exchange.upstream.headers, b"x-grown") == b"0"


def test_a_hostcall_is_checked_against_its_row() -> None:
    class Wrong(NullPlugin):
        def proxy_on_configure(self, context_id, size):
            with pytest.raises(TypeError, match=r"proxy_log takes 2 arguments \(log_level, message\), 1 given"):
                self.hostcall("proxy_log", "hello")
            with pytest.raises(AttributeError, match=r"proxy_get_configuration is no host function of the ABI 0\.2\.1"):
                self.hostcall("proxy_get_configuration")

    harness(Wrong)


class AddNumber(NullPlugin):
    def proxy_on_request_headers(self, context_id, num_headers, end_of_stream):
        try:
            self.add_header(REQUEST, "x-count", 5)  # type: ignore[arg-type]
        except TypeError as error:
            self.add_header(REQUEST, "x-error", str(error))


def test_a_number_is_no_header_value() -> None:
    exchange = harness(AddNumber).request("GET", "/")

    assert exchange.upstream is not None
    assert header(exchange.upstream.headers, b"x-count") is None
    assert header(exchange.upstream.headers, b"x-error") == b"expected text or bytes, not 5"
