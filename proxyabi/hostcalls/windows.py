"""Why a map or buffer is out of reach: one sentence for the trace.

Lives here: the sentence. Not here: the windows (abi.access), and whether an item is there (the context knows).

abi: 11.4 Access windows
"""

from __future__ import annotations

from proxyabi.abi.access import Access
from proxyabi.context.ports import ContextPort

__all__ = ["window"]


def window(context: ContextPort, access: Access, kind: str, *, change: bool = False) -> str:
    """What is wrong with reading, or changing, that *kind* ("map", "buffer") now, and when it would be right."""
    item, now = access.item.name, context.vm.callback or "this context"
    callbacks = access.changed_in if change else access.read_in
    verb = "changed" if change else "read"
    if not callbacks:
        return f"{kind} {item} can never be {verb}"
    where = " and ".join(callbacks)
    if now in callbacks:
        return f"{kind} {item} is not there: this stream has none, or has let go of it"
    held = ", and as long as that callback's pause holds it" if access.held else ""
    return f"{kind} {item} cannot be {verb} in {now}; it can in {where}{held}"
