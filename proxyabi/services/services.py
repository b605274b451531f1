"""The bundle of services that a host gives to its plugins.

Lives here: `Services`, one object to hand down; hosts that share it share data, queues and metrics.
Not here: the services themselves.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from proxyabi.services.clock import Clock, SystemClock
from proxyabi.services.log import Log
from proxyabi.services.metrics import Metrics
from proxyabi.services.shared_data import SharedData
from proxyabi.services.shared_queues import SharedQueues

__all__ = ["Services"]


@dataclass
class Services:
    """What outlives a request.

    *host_environment* are the variables that plugins may ask to be given.
    *random* gives that many unpredictable bytes. *node* describes this proxy to guests that ask for `xds.node`: `id`, `cluster`,
    `metadata` (plain JSON values), `locality` (`region`, `zone`, `sub_zone`).
    """

    clock: Clock = field(default_factory=SystemClock)
    log: Log = field(default_factory=Log)
    shared_data: SharedData = field(default_factory=SharedData)
    shared_queues: SharedQueues = field(default_factory=SharedQueues)
    metrics: Metrics = field(default_factory=Metrics)
    random: Callable[[int], bytes] = os.urandom
    host_environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    node: Mapping[str, Any] = field(default_factory=dict)
