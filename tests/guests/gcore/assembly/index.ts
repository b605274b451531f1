// A filter on @gcoredev/proxy-wasm-sdk-as with the behaviours all our guests share: headers, body, local and call.
//
// The plugin configuration is a word, or a word and an argument ("call no_such_cluster"); ../README.md has the table.

export * from "@gcoredev/proxy-wasm-sdk-as/assembly/proxy";
import {
  BaseContext,
  BufferTypeValues,
  Context,
  continue_request,
  FilterDataStatusValues,
  FilterHeadersStatusValues,
  get_buffer_bytes,
  GrpcStatusValues,
  Headers,
  log,
  LogLevelValues,
  makeHeaderPair,
  registerRootContext,
  RootContext,
  send_local_response,
  set_buffer_bytes,
  stream_context,
  WasmResultValues,
} from "@gcoredev/proxy-wasm-sdk-as/assembly";

const LANGUAGE: string = "gcore";

function answer(status: u32, details: string, body: string, headers: Headers): void {
  send_local_response(status, details, String.UTF8.encode(body), headers, GrpcStatusValues.InvalidCode);
}

class Plugin extends RootContext {
  behaviour: string = "headers";
  cluster: string = "web_service";

  onConfigure(size: u32): bool {
    if (size == 0) return true;
    let text = String.UTF8.decode(get_buffer_bytes(BufferTypeValues.PluginConfiguration, 0, size));
    let space = text.indexOf(" ");
    this.behaviour = space < 0 ? text : text.substring(0, space);
    if (space >= 0) this.cluster = text.substring(space + 1);
    if (["headers", "body", "local", "call"].includes(this.behaviour)) return true;
    log(LogLevelValues.error, "unknown behaviour: " + text);
    return false;
  }

  createContext(id: u32): Context {
    return new Stream(id, this);
  }
}

class Stream extends Context {
  plugin: Plugin;

  constructor(id: u32, plugin: Plugin) {
    super(id, plugin);
    this.plugin = plugin;
  }

  onRequestHeaders(count: u32, end_of_stream: bool): FilterHeadersStatusValues {
    let behaviour = this.plugin.behaviour;
    let request = stream_context.headers.request;
    if (behaviour == "headers") {
      let headers = request.get_headers();
      for (let i = 0; i < headers.length; i++) {
        let name = String.UTF8.decode(headers[i].key), value = String.UTF8.decode(headers[i].value);
        log(LogLevelValues.info, "request header " + name + ": " + value);
      }
      request.add("x-filter", LANGUAGE);
      request.remove("x-remove");
    } else if (behaviour == "body") {
      request.remove("content-length");
    } else if (behaviour == "local") {
      if (request.get(":path").startsWith("/denied")) {
        answer(403, "denied", "denied by " + LANGUAGE, [makeHeaderPair("x-denied", "1")]);
        return FilterHeadersStatusValues.StopIteration;
      }
    } else {
      return this.ask();
    }
    return FilterHeadersStatusValues.Continue;
  }

  // Hold the request until the cluster has said whether it may go on.
  ask(): FilterHeadersStatusValues {
    let headers: Headers = [
      makeHeaderPair(":method", "GET"),
      makeHeaderPair(":path", "/check"),
      makeHeaderPair(":authority", "web_service"),
      makeHeaderPair("x-call-id", stream_context.headers.request.get("x-call-id")),
    ];
    let result = this.plugin.httpCall(
      this.plugin.cluster, headers, new ArrayBuffer(0), [], 2000, this,
      (origin: BaseContext, headers: u32, body_size: usize, trailers: u32): void => {
        let status = stream_context.headers.http_callback.get(":status");
        if (status != "200") {
          log(LogLevelValues.warn, "check answered " + status);
          answer(503, "check_failed", "check failed", []);
          return;
        }
        stream_context.headers.request.add("x-call-status", status);
        continue_request();
      });
    if (result != WasmResultValues.Ok) answer(503, "call_refused", "cannot call", []);
    return FilterHeadersStatusValues.StopIteration;
  }

  // Write stars over every "secret" of a whole body.
  hide(buffer: BufferTypeValues, size: usize): void {
    let body = String.UTF8.decode(get_buffer_bytes(buffer, 0, size as u32));
    let hidden = String.UTF8.encode(body.split("secret").join("******"));
    set_buffer_bytes(buffer, 0, size as u32, hidden);
  }

  onRequestBody(size: usize, end_of_stream: bool): FilterDataStatusValues {
    if (this.plugin.behaviour != "body") return FilterDataStatusValues.Continue;
    if (!end_of_stream) return FilterDataStatusValues.StopIterationAndBuffer;
    if (size) this.hide(BufferTypeValues.HttpRequestBody, size);
    return FilterDataStatusValues.Continue;
  }

  onResponseHeaders(count: u32, end_of_stream: bool): FilterHeadersStatusValues {
    if (this.plugin.behaviour == "headers") stream_context.headers.response.add("x-filter-response", LANGUAGE);
    if (this.plugin.behaviour == "body") stream_context.headers.response.remove("content-length");
    return FilterHeadersStatusValues.Continue;
  }

  onResponseBody(size: usize, end_of_stream: bool): FilterDataStatusValues {
    if (this.plugin.behaviour != "body") return FilterDataStatusValues.Continue;
    if (!end_of_stream) return FilterDataStatusValues.StopIterationAndBuffer;
    if (size) this.hide(BufferTypeValues.HttpResponseBody, size);
    return FilterDataStatusValues.Continue;
  }
}

registerRootContext((id: u32): RootContext => { return new Plugin(id); }, "");
