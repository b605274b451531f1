// A filter on the Go SDK with the behaviours all our guests share: headers, body, local and call.
//
// The plugin configuration is a word, or a word and an argument ("call no_such_cluster"); ../README.md has the table.
package main

import (
	"bytes"
	"strings"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"
)

const language = "go"

func main() {}

func init() {
	proxywasm.SetPluginContext(func(uint32) types.PluginContext { return &plugin{} })
}

// plugin keeps what the configuration said; every stream reads it.
type plugin struct {
	types.DefaultPluginContext
	behaviour, cluster string
}

func (p *plugin) OnPluginStart(int) types.OnPluginStartStatus {
	text, err := proxywasm.GetPluginConfiguration()
	if err != nil && err != types.ErrorStatusNotFound {
		proxywasm.LogErrorf("cannot read the configuration: %v", err)
		return types.OnPluginStartStatusFailed
	}
	word, argument, _ := strings.Cut(string(text), " ")
	p.behaviour, p.cluster = word, argument
	if p.cluster == "" {
		p.cluster = "web_service"
	}
	switch word {
	case "":
		p.behaviour = "headers"
	case "headers", "body", "local", "call":
	default:
		proxywasm.LogErrorf("unknown behaviour: %s", text)
		return types.OnPluginStartStatusFailed
	}
	return types.OnPluginStartStatusOK
}

func (p *plugin) NewHttpContext(uint32) types.HttpContext { return &stream{plugin: p} }

type stream struct {
	types.DefaultHttpContext
	plugin *plugin
}

// check logs a failed host call, and says so.
func check(what string, err error) {
	if err != nil {
		proxywasm.LogErrorf("%s: %v", what, err)
	}
}

func (s *stream) OnHttpRequestHeaders(int, bool) types.Action {
	switch s.plugin.behaviour {
	case "headers":
		headers, err := proxywasm.GetHttpRequestHeaders()
		check("request headers", err)
		for _, pair := range headers {
			proxywasm.LogInfof("request header %s: %s", pair[0], pair[1])
		}
		check("add", proxywasm.AddHttpRequestHeader("x-filter", language))
		check("remove", proxywasm.RemoveHttpRequestHeader("x-remove"))
	case "body":
		check("remove", proxywasm.RemoveHttpRequestHeader("content-length"))
	case "local":
		path, err := proxywasm.GetHttpRequestHeader(":path")
		check("path", err)
		if strings.HasPrefix(path, "/denied") {
			body := []byte("denied by " + language)
			check("answer", proxywasm.SendHttpResponse(403, [][2]string{{"x-denied", "1"}}, body, -1))
			return types.ActionPause
		}
	case "call":
		return s.ask()
	}
	return types.ActionContinue
}

// ask holds the request until the cluster has said whether it may go on.
func (s *stream) ask() types.Action {
	id, err := proxywasm.GetHttpRequestHeader("x-call-id")
	if err != nil && err != types.ErrorStatusNotFound {
		check("x-call-id", err)
	}
	headers := [][2]string{{":method", "GET"}, {":path", "/check"}, {":authority", "web_service"}, {"x-call-id", id}}
	if _, err := proxywasm.DispatchHttpCall(s.plugin.cluster, headers, nil, nil, 2000, s.answered); err != nil {
		check("answer", proxywasm.SendHttpResponse(503, nil, []byte("cannot call"), -1))
	}
	return types.ActionPause
}

func (s *stream) answered(int, int, int) {
	headers, err := proxywasm.GetHttpCallResponseHeaders()
	check("call headers", err)
	status := ""
	for _, pair := range headers {
		if pair[0] == ":status" {
			status = pair[1]
		}
	}
	if status != "200" {
		proxywasm.LogWarnf("check answered %s", status)
		check("answer", proxywasm.SendHttpResponse(503, nil, []byte("check failed"), -1))
		return
	}
	check("add", proxywasm.AddHttpRequestHeader("x-call-status", status))
	check("resume", proxywasm.ResumeHttpRequest())
}

// hide writes stars over every "secret" of a whole body.
func hide(body []byte) []byte {
	return bytes.ReplaceAll(body, []byte("secret"), []byte("******"))
}

func (s *stream) OnHttpRequestBody(size int, endOfStream bool) types.Action {
	if s.plugin.behaviour != "body" {
		return types.ActionContinue
	}
	if !endOfStream {
		return types.ActionPause
	}
	body, err := proxywasm.GetHttpRequestBody(0, size)
	if err == nil {
		check("replace", proxywasm.ReplaceHttpRequestBody(hide(body)))
	}
	return types.ActionContinue
}

func (s *stream) OnHttpResponseHeaders(int, bool) types.Action {
	switch s.plugin.behaviour {
	case "headers":
		check("add", proxywasm.AddHttpResponseHeader("x-filter-response", language))
	case "body":
		check("remove", proxywasm.RemoveHttpResponseHeader("content-length"))
	}
	return types.ActionContinue
}

func (s *stream) OnHttpResponseBody(size int, endOfStream bool) types.Action {
	if s.plugin.behaviour != "body" {
		return types.ActionContinue
	}
	if !endOfStream {
		return types.ActionPause
	}
	body, err := proxywasm.GetHttpResponseBody(0, size)
	if err == nil {
		check("replace", proxywasm.ReplaceHttpResponseBody(hide(body)))
	}
	return types.ActionContinue
}
