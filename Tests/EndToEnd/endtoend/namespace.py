"""Tests in a network namespace of their own, where every address and port is theirs and no packet leaves. A test
method is run again by a new interpreter inside the namespace; no privilege is needed for that."""

import contextlib
import ctypes
import functools
import ipaddress
import os
import pathlib
import subprocess
import sys

CLONE_NEWNET = 0x40000000
VARIABLE = "PRIVATELINKD_TEST_NAMESPACE"
TESTS = pathlib.Path(__file__).resolve().parents[1]


def in_namespace(*addresses, patience=300):
    """Runs a test method where `lo` alone exists and has these addresses beside its own, and /run is empty."""

    def decorate(method):
        @functools.wraps(method)
        def run(self):
            if os.environ.get(VARIABLE) == self.id():
                _prepare(addresses)
                return method(self)
            _run_inside(self, patience)
        return run
    return decorate


def _run_inside(test, patience):
    name = test.id()
    command = ["unshare", "--map-root-user", "--net", "--mount", sys.executable, "-m", "unittest", name]
    outside = os.readlink("/proc/self/ns/net")
    done = subprocess.run(
        command, cwd=TESTS, env={**os.environ, VARIABLE: name, f"{VARIABLE}_OUTSIDE": outside},
        capture_output=True, text=True, timeout=patience)
    if done.returncode != 0:
        test.fail(f"in a network namespace:\n{done.stdout}{done.stderr}")


def _prepare(addresses):
    if os.readlink("/proc/self/ns/net") == os.environ[f"{VARIABLE}_OUTSIDE"]:
        raise AssertionError("this is not a network namespace of the test's own")
    _run("mount", "-t", "tmpfs", "tmpfs", "/run")
    _run("ip", "link", "set", "lo", "up")
    for address in addresses:
        _run("ip", "address", "add", address, "dev", "lo")


@contextlib.contextmanager
def neighbour(address, other):
    """A second namespace, joined to the test's own by a cable: here is `address`, with its prefix length, and there
    is `other`. Sockets that are opened within this context are over there."""
    libc = ctypes.CDLL(None, use_errno=True)

    def checked(result):
        if result != 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))

    here = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    checked(libc.unshare(CLONE_NEWNET))
    there = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    try:
        _run("ip", "link", "add", "far", "type", "veth", "peer", "name", "near",
             "netns", f"/proc/{os.getpid()}/fd/{here}")
        _run("ip", "address", "add", other, "dev", "far")
        _run("ip", "link", "set", "far", "up")
        _run("ip", "route", "add", str(ipaddress.ip_interface(address).network), "dev", "far")
        checked(libc.setns(here, CLONE_NEWNET))
        _run("ip", "address", "add", address, "dev", "near")
        _run("ip", "link", "set", "near", "up")
        _run("ip", "route", "add", other, "dev", "near")
        checked(libc.setns(there, CLONE_NEWNET))
        yield
    finally:
        checked(libc.setns(here, CLONE_NEWNET))
        os.close(here)
        os.close(there)


def _run(*command):
    subprocess.run(command, check=True, timeout=30)
