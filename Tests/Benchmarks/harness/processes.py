"""Processes that the benchmark starts: pinned, ended by their own id, and measured through /proc.

A server may be several processes and threads (NSD forks, Knot has a thread for each job): every
figure here is a sum over the whole tree below the process that was started.
"""

import os
import pathlib
import signal
import socket
import subprocess
import time

SERVER_CORE = 0
LOAD_CORE = 1 if (os.cpu_count() or 1) > 1 else 0

running = []


def start(arguments, cores, log, directory=None, environment=None):
    """Starts a program on the given cores, its output in the file `log`."""
    with open(log, "ab") as output:
        process = subprocess.Popen(
            [str(argument) for argument in arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=directory,
            env={**os.environ, **environment} if environment else None,
            preexec_fn=lambda: pinned_and_first(cores),
        )
    running.append(process)
    return process


def pinned_and_first(cores):
    """Of a new process: its cores, and a place before what else the machine does, where that is
    allowed.

    With a session of its own it has a scheduling group of its own, which the priority is for as
    well.
    """
    os.sched_setaffinity(0, cores)
    os.setsid()
    try:
        os.setpriority(os.PRIO_PROCESS, 0, -19)
        pathlib.Path("/proc/self/autogroup").write_text("-19")
    except OSError:
        return


def stop(process, patience=10):
    """Asks the process to end, and kills it and what it left behind if it does not."""
    tree = process_tree(process.pid)
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    for pid in tree[1:]:
        wait_gone(pid, 2)
    if process in running:
        running.remove(process)


def wait_gone(pid, patience):
    """Waits for a child of an ended server, and kills it if it stays."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if not os.path.exists(f"/proc/{pid}"):
            return
        time.sleep(0.01)
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def stop_all():
    for process in list(running):
        stop(process, patience=2)


def process_tree(pid):
    """The process and all below it, itself first."""
    found = [pid]
    for parent in found:
        try:
            for task in os.listdir(f"/proc/{parent}/task"):
                text = pathlib.Path(f"/proc/{parent}/task/{task}/children").read_text()
                found.extend(int(child) for child in text.split())
        except OSError:
            continue
    return found


def processor_seconds(pid):
    """User and system seconds of all threads of the tree, to the nanosecond."""
    total = 0
    for member in process_tree(pid):
        try:
            tasks = os.listdir(f"/proc/{member}/task")
        except OSError:
            continue
        for task in tasks:
            try:
                text = pathlib.Path(f"/proc/{member}/task/{task}/schedstat").read_text()
                total += int(text.split()[0])
            except OSError:
                continue
    return total / 1e9


def resident_octets(pid):
    """Resident memory; of several processes each page that they share counted once (PSS)."""
    tree = process_tree(pid)
    if len(tree) == 1:
        return status_octets(pid, "VmRSS:")
    total = 0
    for member in tree:
        try:
            for line in open(f"/proc/{member}/smaps_rollup", encoding="ascii"):
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) * 1024
        except OSError:
            continue
    return total


def forget_peak(pid):
    pathlib.Path(f"/proc/{pid}/clear_refs").write_text("5")


def peak_octets(pid):
    """The most that this one process has had resident since `forget_peak`."""
    return status_octets(pid, "VmHWM:")


def status_octets(pid, field):
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
        for line in file:
            if line.startswith(field):
                return int(line.split()[1]) * 1024
    return 0


ports = iter(range(20100, 30000))


def free_port():
    """A port that nothing has bound, on UDP and TCP."""
    for port in ports:
        try:
            for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
                with socket.socket(socket.AF_INET, kind) as probe:
                    probe.bind(("127.0.0.1", port))
            return port
        except OSError:
            continue
    raise RuntimeError("no free port")
