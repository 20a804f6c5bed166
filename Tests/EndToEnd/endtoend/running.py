"""A program that a test started: its lines are kept, waited for and shown when the test fails, and it is ended by
its process id."""

import re
import signal
import subprocess
import threading
import time

PATIENCE = 30

# A shell starts what runs in its background with this signal ignored, and programs would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)


class Running:
    """A started program. What it writes to either stream is read line by line as it comes."""

    def __init__(self, name, command, **options):
        self.name = name
        self.lines = []
        self._changed = threading.Condition()
        self._ended = False
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, errors="replace", **options)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            with self._changed:
                self.lines.append(line.rstrip("\n"))
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()
        self.process.stdout.close()

    @property
    def pid(self):
        return self.process.pid

    def mark(self):
        """How many lines there are, to wait only for later ones."""
        with self._changed:
            return len(self.lines)

    def wait_for_line(self, pattern, after=0, patience=PATIENCE):
        """The match of the first line after `after` that has the pattern; an error if it never comes."""
        deadline = time.monotonic() + patience
        with self._changed:
            while True:
                for line in self.lines[after:]:
                    if match := re.search(pattern, line):
                        return match
                after = max(after, len(self.lines))
                left = deadline - time.monotonic()
                if self._ended or left <= 0:
                    reason = "ended" if self._ended else f"was silent for {patience} s"
                    raise AssertionError(f"{self.name} {reason} without a line /{pattern}/")
                self._changed.wait(left)

    def send_signal(self, number):
        self.process.send_signal(number)

    def wait(self, patience=PATIENCE):
        """The exit status of a program that ends by itself."""
        status = self.process.wait(patience)
        self._reader.join(patience)
        return status

    def stop(self, patience=PATIENCE):
        """Ends the program by SIGTERM and returns its exit status; one that does not obey is killed."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.wait(patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.wait()
            raise AssertionError(f"{self.name} did not end within {patience} s of SIGTERM") from None

    def text(self):
        with self._changed:
            return "\n".join(self.lines)
