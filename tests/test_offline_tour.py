"""The tour that proves that nothing leaves the machine could fail, and would say so.

The tour itself takes minutes and is a step of continuous integration (.ci/run).
"""

from __future__ import annotations

import importlib.util
import shlex
import sys
from collections import Counter
from pathlib import Path

import pytest
from typer.main import get_command

from localcluster.cli import app

ROOT = Path(__file__).parents[1]
spec = importlib.util.spec_from_file_location("offline_tour", ROOT / "scripts" / "offline_tour.py")
offline_tour = importlib.util.module_from_spec(spec)
sys.modules["offline_tour"] = offline_tour  # dataclasses look their module up there
spec.loader.exec_module(offline_tour)
Step = offline_tour.Step

V4 = '{{sa_family=AF_INET, sin_port=htons(443), sin_addr=inet_addr("{}")}}'
V6 = (
    "{{sa_family=AF_INET6, sin6_port=htons(443), sin6_flowinfo=htonl(0), "
    'inet_pton(AF_INET6, "{}", &sin6_addr), sin6_scope_id=0}}'
)


@pytest.mark.parametrize(
    ("line", "remote", "local"),
    [
        (f"7 connect(3, {V4.format('192.0.2.1')}, 16) = -1 ENETUNREACH (x)", ["192.0.2.1"], {}),
        (f"7 connect(3, {V4.format('10.0.0.5')}, 16 <unfinished ...>", ["10.0.0.5"], {}),
        ("7 <... connect resumed>) = 0", [], {}),
        (f"7 connect(3, {V4.format('127.0.0.53')}, 16) = 0", [], {"loopback": 1}),
        (f"7 connect(3, {V6.format('::1')}, 28) = 0", [], {"loopback": 1}),
        (f"7 connect(3, {V6.format('::ffff:127.0.0.1')}, 28) = 0", [], {"loopback": 1}),
        (f"7 connect(3, {V6.format('::ffff:192.0.2.1')}, 28) = 0", ["::ffff:192.0.2.1"], {}),
        (f'7 sendto(4, ""..., 1, 0, {V6.format("2001:db8::1")}, 28) = 1', ["2001:db8::1"], {}),
        (f"7 sendmsg(4, {{msg_name={V4.format('192.0.2.1')}, msg_namelen=16}}, 0) = 1", ["192.0.2.1"], {}),
        (
            f"7 sendmmsg(4, [{{msg_hdr={{msg_name={V4.format('192.0.2.1')}}}}}, "
            f"{{msg_hdr={{msg_name={V4.format('192.0.2.2')}}}}}], 2, 0) = 2",
            ["192.0.2.1", "192.0.2.2"],
            {},
        ),
        ('7 connect(3, {sa_family=AF_UNIX, sun_path="/run/x"}, 110) = 0', [], {"AF_UNIX": 1}),
        ("7 sendto(5, ..., 20, 0, {sa_family=AF_NETLINK, nl_pid=0}, 12) = 20", [], {"AF_NETLINK": 1}),
        ("7 sendto(5, ..., 20, 0, NULL, 0) = 20", [], {}),
        # What is not known to be local is taken for an attempt.
        ("7 connect(3, {sa_family=AF_VSOCK, svm_cid=2, svm_port=1}, 16) = 0", ["AF_VSOCK"], {}),
        ('7 connect(3, {sa_family=AF_INET, sa_data="..."}, 16) = 0', ["AF_INET"], {}),
    ],
)
def test_addresses_outside_of_the_machine_are_told_from_local_ones(line, remote, local):
    assert offline_tour.addresses([line]) == (remote, Counter(local))


@pytest.fixture(scope="module")
def closed():
    prefix = offline_tour.namespace()
    if prefix is None:
        pytest.skip("this machine allows no network namespace")
    return prefix


@pytest.fixture
def machine(tmp_path, closed):
    trace = offline_tour.tracer(closed)
    if not trace:
        pytest.skip("strace cannot be used here")
    return offline_tour.Machine(tmp_path, closed, trace)


def python(text: str, code: int = 0) -> object:
    return Step((sys.executable, "-c", text), code)


def test_a_deliberate_attempt_is_refused_and_counted(machine):
    assert offline_tour.detects(machine)


def test_an_open_network_or_a_blind_tracer_is_noticed(tmp_path, closed):
    blind = (*offline_tour._STRACE[:-1], "trace=none")
    assert not offline_tour.detects(offline_tour.Machine(tmp_path, closed, blind))
    # Stands for a network that lets the attempt through, and reaches nobody.
    assert not offline_tour.detects(offline_tour.Machine(tmp_path, ("true",), ()))


def test_an_attempt_by_a_grandchild_fails_the_tour_though_its_command_succeeds(machine, capsys):
    attempt = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {offline_tour._ATTEMPT!r}])"
    done, outcomes = offline_tour.walk(machine, [python("pass"), python(attempt), python("pass")])
    assert not done
    assert [outcome.remote for outcome in outcomes] == [(), ("192.0.2.1",), ()]
    assert "tried to reach 192.0.2.1" in capsys.readouterr().out
    assert "Connection attempts: 1 " in offline_tour.summary(machine, outcomes)


def test_a_name_server_is_no_way_out_either(machine):
    lookup = "import socket\ntry: socket.getaddrinfo('example.org', 80)\nexcept OSError: print('refused')"
    outcome = machine.run(python(lookup))
    assert outcome.output.split() == ["refused"]


def test_a_command_that_does_not_do_its_work_ends_the_tour(machine, capsys):
    steps = [
        python("raise SystemExit(5)", code=5),
        python("print('why'); raise SystemExit(3)"),
        python("pass"),
    ]
    done, outcomes = offline_tour.walk(machine, steps)
    assert not done
    assert len(outcomes) == 2
    shown = capsys.readouterr().out
    assert "exit code 3 instead of 0" in shown and "why" in shown


def test_no_setting_of_the_environment_helps(machine, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("LOCALCLUSTER_HOME", "/elsewhere")
    outcome = machine.run(python("import os; print(sorted(os.environ), os.listdir(os.environ['HOME']))"))
    assert "HF_HUB_OFFLINE" not in outcome.output and "LOCALCLUSTER_HOME" not in outcome.output
    assert outcome.output.rstrip().endswith("[]")


def test_a_machine_without_namespaces_is_skipped(monkeypatch, capsys):
    monkeypatch.setattr(offline_tour, "_try", lambda _: None)
    assert offline_tour.main([]) == offline_tour.SKIPPED
    assert "Skipped" in capsys.readouterr().out


def test_namespaces_that_leave_an_interface_are_refused(monkeypatch):
    monkeypatch.setattr(offline_tour, "_try", lambda _: "lo eth0\n")
    assert offline_tour.namespace() is None


def test_every_command_is_on_the_tour(tmp_path):
    machine = offline_tour.Machine(tmp_path, (), ())
    steps = offline_tour.tour(machine, Path("bin"), tmp_path / "models")
    typed = {step.command[1] for step in steps if step.command[0].endswith("localcluster")}
    assert typed == set(get_command(app).commands)
    groups = [shlex.join(step.command[1:3]) for step in steps if step.command[1] == "models"]
    assert set(groups) == {f"models {name}" for name in ("install", "list", "remove", "verify")}
    assert len((tmp_path / "rows.csv").read_text().splitlines()) == offline_tour.ROWS + 1


def test_wheels_are_checked_where_hashes_came_with_them(tmp_path):
    machine = offline_tour.Machine(tmp_path, (), ())
    assert offline_tour.installation(machine, tmp_path)[-1].command[-1] == "localcluster"
    (tmp_path / "requirements.txt").touch()
    install = offline_tour.installation(machine, tmp_path)[-1].command
    assert "--require-hashes" in install and "--no-index" in install
