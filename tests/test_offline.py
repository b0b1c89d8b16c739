"""The network is really closed. Each case runs in a child process: the guards cannot be taken off again."""

from __future__ import annotations

import subprocess
import sys

import pytest

from localcluster.offline import OFFLINE_SWITCHES, PRIVACY_SWITCHES

# 192.0.2.0/24 is reserved for documentation: nothing answers there even where a guard fails.
UDP = "socket.socket(socket.AF_INET, socket.SOCK_DGRAM)"
ATTEMPTS = {
    "tcp": "socket.socket().connect(('192.0.2.1', 9))",
    "tcp without exception": "socket.socket().connect_ex(('192.0.2.1', 9))",
    "udp": f"{UDP}.sendto(b'x', ('192.0.2.1', 9))",
    "udp with flags": f"{UDP}.sendto(b'x', 0, ('192.0.2.1', 9))",
    "udp message": f"{UDP}.sendmsg([b'x'], [], 0, ('192.0.2.1', 9))",
    "ipv6": "socket.socket(socket.AF_INET6).connect(('2001:db8::1', 9))",
    "this machine": "socket.socket().connect(('127.0.0.1', 9))",
    "name lookup": "socket.getaddrinfo('192.0.2.1', 80)",
    "old name lookup": "socket.gethostbyname('192.0.2.1')",
    "http": "urllib.request.urlopen('http://192.0.2.1/', timeout=1)",
    "asyncio": "asyncio.run(asyncio.open_connection('192.0.2.1', 9))",
}


def child(code: str) -> subprocess.CompletedProcess[str]:
    imports = "import asyncio, os, socket, sys, urllib.request\nfrom localcluster import offline\n"
    return subprocess.run(
        [sys.executable, "-c", imports + code], capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize("attempt", ATTEMPTS.values(), ids=ATTEMPTS.keys())
def test_every_way_out_is_refused_by_name(attempt: str) -> None:
    done = child(f"offline.go_offline()\n{attempt}")
    assert done.returncode != 0
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("localcluster.errors.OfflineError")
    assert "192.0.2.1" in last or "2001:db8::1" in last or "127.0.0.1" in last
    assert "localcluster models install" in last


def test_unix_sockets_stay_open() -> None:
    done = child(
        "offline.go_offline()\n"
        "a, b = socket.socketpair()\n"
        "a.sendmsg([b'hello'])\n"
        "print(b.recv(5).decode())\n"
        "print(asyncio.run(asyncio.sleep(0, 'loop ran')))"
    )
    assert done.stdout.splitlines() == ["hello", "loop ran"], done.stderr


def test_going_offline_twice_wraps_nothing_twice() -> None:
    done = child(
        "offline.go_offline(); first = socket.getaddrinfo, socket.socket.connect\n"
        "offline.go_offline(); assert (socket.getaddrinfo, socket.socket.connect) == first"
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_switches_are_set_for_hub_libraries() -> None:
    done = child(
        "offline.go_offline()\n"
        "import huggingface_hub.constants as c\n"
        "from transformers.integrations import hub_kernels as k\n"
        "print(c.HF_HUB_OFFLINE, c.HF_HUB_DISABLE_TELEMETRY, c.HF_HUB_DISABLE_XET, k._kernels_enabled)"
    )
    assert done.stdout.split() == ["True", "True", "True", "False"], done.stderr


def test_network_is_allowed_inside_the_block_only() -> None:
    done = child(
        "offline.go_offline()\n"
        "with offline.allow_network():\n"
        "    assert not set(offline.OFFLINE_SWITCHES) & set(os.environ)\n"
        "    assert set(offline.PRIVACY_SWITCHES) <= set(os.environ)\n"
        "    print(socket.getaddrinfo('127.0.0.1', 80)[0][4])\n"
        "assert set(offline.OFFLINE_SWITCHES) <= set(os.environ)\n"
        "try: socket.getaddrinfo('127.0.0.1', 80)\n"
        "except offline.OfflineError: print('closed again')"
    )
    assert done.stdout.splitlines() == ["('127.0.0.1', 80)", "closed again"], done.stderr


def test_offline_and_privacy_switches_do_not_overlap() -> None:
    assert not set(OFFLINE_SWITCHES) & set(PRIVACY_SWITCHES)
