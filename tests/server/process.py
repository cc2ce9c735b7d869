"""A server in a process of its own, as `make run` starts it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Dict, List, Mapping, Optional

from oih_assistant.settings import ROOT

# Generous: the machine may be busy with other things, and a start imports TensorFlow.
READY_SECONDS = 240.0
STOP_SECONDS = 60.0


def environment(settings: Mapping[str, str], **more: str) -> Dict[str, str]:
    """The environment of a process with these settings and no others."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OIH_")}
    named = {f"OIH_{name.upper()}": value for name, value in settings.items()}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **named, **more}


def _restore_signals() -> None:
    # What is started in the background by a script ignores Ctrl-C, and its children inherit that.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)


class ServerProcess:
    """A started server.

    Args:
        folder: where its output goes, and its database unless another is named.
        database: SQLite file to go on with.
        settings: settings by their names, e.g. `rate_messages="5"`.
    """

    def __init__(
        self, folder: Path, *, database: Optional[Path] = None, settings: Optional[Mapping[str, str]] = None
    ) -> None:
        self.database = database or folder / "server.db"
        self._out, self._err = folder / "out.txt", folder / "err.txt"
        values = {"port": "0", "database_url": f"sqlite:///{self.database}", **(settings or {})}
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "oih_assistant.server"],
                cwd=ROOT,
                env=environment(values),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                preexec_fn=_restore_signals,  # noqa: PLW1509 - the tests start it before they start threads
            )

    def output(self) -> str:
        """Standard output so far."""
        return self._out.read_text("utf-8", "replace")

    def errors(self) -> str:
        """Standard error so far."""
        return self._err.read_text("utf-8", "replace")

    @property
    def address(self) -> str:
        """The address that the ready line names."""
        return self._wait_for(r"^ready: (http://\S+/)$", self.output)

    def wait_until_ready(self) -> "ServerProcess":
        """Wait for the ready line."""
        assert self.address
        return self

    def wait_for_error_line(self, words: str) -> None:
        """Wait until words stand in standard error."""
        self._wait_for(f"({re.escape(words)})", self.errors)

    def _wait_for(self, pattern: str, read: "object") -> str:
        end = time.monotonic() + READY_SECONDS
        while time.monotonic() < end:
            found = re.search(pattern, read(), re.M)  # type: ignore[operator]
            if found:
                return found.group(1)
            ended = self.process.poll()
            if ended is not None:
                raise AssertionError(f"the server ended with status {ended}:\n{self.errors()[-3000:]}")
            time.sleep(0.05)
        raise AssertionError(f"no {pattern!r} within {READY_SECONDS} s:\n{self.errors()[-3000:]}")

    def stop(self, by: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and wait. Returns the exit status."""
        self.process.send_signal(by)
        return self.process.wait(STOP_SECONDS)

    def end(self) -> None:
        """Make sure that it does not run any more."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def start_failing(module: str, folder: Path, settings: Mapping[str, str], root: Path = ROOT) -> "subprocess.Popen[str]":
    """Start a command that is expected to refuse; its output is read with `communicate`."""
    command: List[str] = [sys.executable, "-m", module]
    return subprocess.Popen(
        command,
        cwd=root,
        env={
            **environment({"database_url": f"sqlite:///{folder / 'never.db'}", "port": "0", **settings}),
            "PYTHONPATH": str(root),
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
