"""A configuration file of any kind, recognised by what stands in it.

Lives here: `load`. Not here: the formats.
"""

from __future__ import annotations

from pathlib import Path

from proxyabi.errors import ConfigError
from proxyabi.formats.document import Node, read_documents
from proxyabi.formats.envoy import is_envoy, read_envoy
from proxyabi.formats.istio import KINDS, read_resources
from proxyabi.formats.plugin import Overrides, Source
from proxyabi.formats.proxy import ProxyConfig

__all__ = ["SUFFIXES", "load"]

SUFFIXES = (".yaml", ".yml", ".json")
"""How names of configuration files end."""


def load(path: str, overrides: Overrides = Overrides(), *, fetch: bool = True) -> ProxyConfig:  # noqa: B008 - it is frozen
    """What the file at *path* describes: Envoy's bootstrap, listener or filter, or resources of Istio or Envoy Gateway.

    Relative names of modules start from the file's folder. *fetch* allows to get remote code over http and https.
    raises: ConfigError, with file, line and column.
    """
    documents = read_documents(path)
    source = Source(Path(path).parent, fetch)
    if not documents:
        raise ConfigError(path, "there is nothing in this file")
    if any(_is_resource(document) for document in documents):
        return read_resources(documents, source, overrides)
    if len(documents) > 1:
        raise documents[1].fail("a second document: a file of Envoy's has one")
    if not is_envoy(documents[0]):
        raise documents[0].fail(
            "this is no configuration that is known here: neither Envoy's (static_resources, filter_chains, http_filters, "
            f"typed_config) nor one of {', '.join(KINDS)}"
        )
    return read_envoy(documents[0], source, overrides)


def _is_resource(document: Node) -> bool:
    return isinstance(document.value, dict) and "kind" in document.value and "apiVersion" in document.value
