"""Sockets live here and only here: the proxy, the echo upstream, the client for HTTP calls, and the pump between them and a host.

Not here: what filters do (plugin), and command lines (cli). Nothing is imported by this file: the parts need the extra `proxy`.
"""
