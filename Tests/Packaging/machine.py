"""A machine of a test's own: a real systemd as PID 1, in namespaces, on a copy of this machine's root that is gone
afterwards. It has no network but loopback. What is mounted below the root is not in it; /run and /tmp are empty."""

import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

NAMESPACES = ["--pid", "--mount", "--uts", "--ipc", "--net", "--cgroup"]

#: Run as the first process in the namespaces; becomes systemd.
BEGIN = r"""
set -eu
mount --make-rprivate /
mount --bind "$1" "$1"
cd "$1"
mkdir -p .outside
pivot_root . .outside
cd /
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t tmpfs tmpfs /sys/fs/cgroup
mount -t cgroup2 none /sys/fs/cgroup
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /tmp
mount --rbind /.outside/dev /dev
umount -l /.outside
ip link set lo up
exec env -i PATH="$PATH" container=test /lib/systemd/systemd --system --unit=basic.target \
    --log-target=console --log-level=warning --show-status=0
"""


def reason_to_skip():
    """Why there can be no such machine here; None where there can."""
    if os.geteuid() != 0:
        return "only root may boot a systemd of its own"
    if not os.path.exists("/lib/systemd/systemd"):
        return "systemd is not installed"
    attempt = subprocess.run(["unshare", "--fork", *NAMESPACES, "sh", "-c", "mount -t tmpfs tmpfs /run"],
                             capture_output=True, text=True)
    return None if attempt.returncode == 0 else f"namespaces cannot be made: {attempt.stderr.strip()}"


class Failed(AssertionError):
    """A command in the machine that did not end as it should."""


class Machine:
    """Booted when made, and gone when closed."""

    def __init__(self):
        self.base = pathlib.Path(tempfile.mkdtemp(prefix="privatelinkd-machine-", dir="/var/tmp"))
        self.root = self.base / "root"
        self._process = self._init = None
        try:
            self._mount()
            self._boot()
        except BaseException:
            self.close()
            raise

    def _mount(self):
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2g", "tmpfs", self.base], check=True)
        for name in ("upper", "work", "root"):
            (self.base / name).mkdir()
        subprocess.run(["mount", "-t", "overlay", "overlay", "-o", f"lowerdir=/,upperdir={self.base}/upper,"
                        f"workdir={self.base}/work", self.root], check=True)
        # Only what a test installs is started.
        for wants in (self.root / "etc/systemd/system").glob("*.wants"):
            shutil.rmtree(wants)
        (self.root / "usr/sbin/policy-rc.d").unlink(missing_ok=True)
        (self.root / "var/lib/test").mkdir()

    def _boot(self):
        self.console = open(self.base / "console", "wb")
        self._process = subprocess.Popen(
            ["unshare", "--fork", "--kill-child=KILL", *NAMESPACES, "sh", "-c", BEGIN, "sh", self.root],
            stdout=self.console, stderr=self.console, stdin=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            children = pathlib.Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
            self._init = (children.read_text().split() or [None])[0]
            if self._init:
                state = self.run("systemctl is-system-running", check=False).strip()
                if state in ("running", "degraded"):
                    return
            time.sleep(0.1)
        raise Failed(f"systemd did not start:\n{(self.base / 'console').read_text(errors='replace')}")

    def _command(self, command):
        return ["nsenter", "-t", self._init, "-a", "--", "env", "-i", f"PATH={os.environ['PATH']}", "HOME=/root",
                "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C.UTF-8", "PYTHONDONTWRITEBYTECODE=1", "sh", "-c", command]

    def run(self, command, check=True, timeout=240):
        """What a shell's command writes."""
        done = subprocess.run(self._command(command), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              errors="replace", timeout=timeout)
        if check and done.returncode != 0:
            raise Failed(f"{command}: exit status {done.returncode}\n{done.stdout}\n{self.journal()}")
        return done.stdout

    def status_of(self, command):
        """How a shell's command ends."""
        return subprocess.run(self._command(command), capture_output=True, timeout=240).returncode

    def start(self, command):
        """A shell's command that goes on while others run."""
        return subprocess.Popen(self._command(command), stdout=subprocess.PIPE, stderr=sys.stderr, text=True)

    def put(self, source):
        """Copies a file of this machine into it, and says where it is."""
        shutil.copy(source, self.root / "var/lib/test")
        return f"/var/lib/test/{pathlib.Path(source).name}"

    def write(self, path, text):
        file = self.root / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def journal(self):
        """What units and systemd wrote."""
        self.console.flush()
        return (self.base / "console").read_text(errors="replace")[-6000:]

    def close(self):
        if self._process:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self.console.close()
        for place in (self.root, self.base):
            subprocess.run(["umount", "-l", place], capture_output=True)
        self.base.rmdir()
