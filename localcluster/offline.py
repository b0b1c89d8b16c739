"""Nothing leaves the machine: hub libraries are told to stay offline, and sockets are blocked.

The command line calls :func:`go_offline` before it does anything else. Two nets hold each other:

* environment switches, read by the hub libraries when they are imported, stop them from trying;
* guards on Python's ``socket`` module turn any attempt that is left into an :class:`OfflineError`.

The guards see Python code only. Native code that opens sockets by itself (``hf_xet`` is the one we
know of) is kept off by the switches. Unix sockets stay open: they cannot leave the machine, and
``multiprocessing`` and ``asyncio`` need them.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from localcluster.errors import OfflineError

#: Switches that forbid the network. Dropped inside :func:`allow_network`, or nothing could be fetched.
OFFLINE_SWITCHES = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_DATASETS_OFFLINE": "1",
    "HF_EVALUATE_OFFLINE": "1",
    "HF_HUB_DISABLE_XET": "1",
    # transformers fetches compiled kernels from a hub when the package `kernels` is installed.
    "USE_HUB_KERNELS": "0",
}

#: Switches against telling anybody anything. They stay on even while a model is fetched.
PRIVACY_SWITCHES = {
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_IMPLICIT_TOKEN": "1",
    "HF_HUB_DISABLE_UPDATE_CHECK": "1",
    "DO_NOT_TRACK": "1",
}

#: Methods of ``socket.socket`` that reach another machine, with the place of the address among the arguments.
_METHODS = {"connect": 0, "connect_ex": 0, "sendto": -1, "sendmsg": 3}
#: Functions of ``socket`` that ask a name server.
_LOOKUPS = ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr", "getnameinfo")

_network_allowed = False


def go_offline() -> None:
    """Forbid the network to this process, for good. Calling it again changes nothing.

    Call it before ``transformers`` or ``huggingface_hub`` are imported: they read their switches
    at import. Child processes inherit the switches, not the guards.
    """
    os.environ.update(OFFLINE_SWITCHES)
    os.environ.update(PRIVACY_SWITCHES)
    # Its warning about forked processes would land in the middle of a progress bar.
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    if is_guarded():
        return
    for name, place in _METHODS.items():
        setattr(socket.socket, name, _guarded_method(getattr(socket.socket, name), place))
    for name in _LOOKUPS:
        setattr(socket, name, _guarded_lookup(getattr(socket, name)))


def is_guarded() -> bool:
    """Whether :func:`go_offline` was called in this process."""
    return hasattr(socket.getaddrinfo, "__localcluster_guard__")


@contextmanager
def allow_network() -> Iterator[None]:
    """Let the block use the network. ``models install`` is the only command that does."""
    global _network_allowed
    kept = {name: os.environ.pop(name) for name in OFFLINE_SWITCHES if name in os.environ}
    before, _network_allowed = _network_allowed, True
    try:
        yield
    finally:
        _network_allowed = before
        os.environ.update(kept)


def _refuse(target: object) -> OfflineError:
    return OfflineError(
        f"Something tried to reach {target!r} over the network, and localcluster works offline only. "
        "Nothing was sent. If a model is missing, install it first: localcluster models install starter"
    )


def _guarded_method(original: Callable[..., Any], place: int) -> Callable[..., Any]:
    def guarded(self: socket.socket, *args: Any) -> Any:
        # Without an address (sendmsg on a connected socket) the connection itself was checked before.
        has_address = len(args) > max(place, 0)
        if has_address and self.family != getattr(socket, "AF_UNIX", None) and not _network_allowed:
            raise _refuse(args[place])
        return original(self, *args)

    return guarded


def _guarded_lookup(original: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if not _network_allowed:
            raise _refuse(args[0] if args else kwargs.get("host"))
        return original(*args, **kwargs)

    guarded.__localcluster_guard__ = True  # type: ignore[attr-defined]
    return guarded
