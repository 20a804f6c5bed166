"""System calls per query, counted from outside while a server is asked at a fixed rate.

By the kernel's tracepoint where `perf` may use it, which hardly slows the server; else by `strace
-c`, which makes it slower and thereby its batches larger.
"""

import pathlib
import re
import shutil
import signal
import subprocess
import time

from . import processes


def count_system_calls(toolbox, server, questions):
    pids = [str(pid) for pid in processes.process_tree(server.process.pid)]
    command = toolbox.load_command("rate", server, questions)
    counted = by_perf(toolbox, pids, command) or by_strace(toolbox, pids, command)
    if not counted:
        return None, "nothing: neither perf nor strace may watch the server"
    return counted


def queries_sent(output):
    return int(re.search(r'"sent": (\d+)', output).group(1))


def by_perf(toolbox, pids, command):
    if not shutil.which("perf"):
        return None
    report = toolbox.directory / "perf.txt"
    event = ["-e", "raw_syscalls:sys_enter", "-x", ",", "-o", str(report)]
    done = subprocess.run(
        ["perf", "stat", *event, "-p", ",".join(pids), "--", *command],
        capture_output=True,
        text=True,
        timeout=60,
        preexec_fn=lambda: processes.pinned_and_first({processes.LOAD_CORE}),
    )
    if done.returncode != 0:
        return None
    match = re.search(r"^(\d+),", report.read_text(), re.MULTILINE)
    return (int(match.group(1)) / queries_sent(done.stdout), "perf") if match else None


def by_strace(toolbox, pids, command):
    if not shutil.which("strace"):
        return None
    report = toolbox.directory / "strace.txt"
    attached = [part for pid in pids for part in ("-p", pid)]
    tracer = subprocess.Popen(
        ["strace", "-f", "-c", "-o", str(report), *attached],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    await_tracer(pids)
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=60,
        preexec_fn=lambda: processes.pinned_and_first({processes.LOAD_CORE}),
    )
    tracer.send_signal(signal.SIGINT)
    tracer.wait(10)
    match = re.search(r"^100\.00\s+\S+\s+\d*\s+(\d+)\s", report.read_text(), re.MULTILINE)
    return (int(match.group(1)) / queries_sent(done.stdout), "strace -c") if match else None


def await_tracer(pids):
    end = time.monotonic() + 5
    while time.monotonic() < end:
        states = [pathlib.Path(f"/proc/{pid}/status").read_text() for pid in pids]
        if not any("TracerPid:\t0\n" in state for state in states):
            return
        time.sleep(0.01)
