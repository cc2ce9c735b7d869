"""Processes that the benchmark starts: timed until they are ready, weighed, and always stopped.

Every process gets a session of its own, so a Ctrl-C reaches only the benchmark, which then stops them in order.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Dict, List, Mapping, Match, Optional, Sequence, Tuple, Type

from bench.load import Channel

ROOT = Path(__file__).resolve().parents[1]
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
STOP_SECONDS = 15.0
HEARTBEAT_SECONDS = 20.0
# What would change how a system under test behaves, were it set where the benchmark is called.
FOREIGN = ("OIH_", "RASA_", "SANIC_", "TF_", "PYTHON")

# What Rasa's log says about how far a training is.
STEP = re.compile(r"(?:Epochs: .{,70}|(?:Starting|Finished) .*component '\w+')")


class BenchError(Exception):
    """Something could not be measured; the message says what, with the end of the process's log."""


@dataclass(frozen=True)
class Running:
    """A server that takes messages.

    Args:
        process: the process.
        seconds: from its start to its line that says it is ready.
        memory_mb: resident memory at that moment.
        cpu: seconds on a processor until then.
        channel: how it takes messages.
        database: its SQLite file.
    """

    process: "subprocess.Popen[bytes]"
    seconds: float
    memory_mb: float
    cpu: Optional[float]
    channel: Channel
    database: Path


def say(message: str) -> None:
    """Progress, on standard error."""
    print(f"bench: {message}", file=sys.stderr, flush=True)


def clean_environment(folder: Path, **added: str) -> Dict[str, str]:
    """The environment without settings of ours, Rasa's or Python's; temporary files go below `folder`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    return {**kept, "RASA_TELEMETRY_ENABLED": "false", "PYTHONUNBUFFERED": "1", "TMPDIR": str(folder), **added}


def free_port() -> int:
    """A port of loopback that nobody listens on now."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def resident_mb(pid: int) -> float:
    """Resident memory of a process in MB (10^6 bytes).

    Raises:
        BenchError: when there is no such process.
    """
    status = Path(f"/proc/{pid}/status")
    found = re.search(r"^VmRSS:\s+(\d+) kB", status.read_text(), re.M) if status.is_file() else None
    text = found.group(1) if found else _output_of("ps", "-o", "rss=", "-p", str(pid))
    if not text.strip().isdigit():
        raise BenchError(f"process {pid}: its memory cannot be read; did it stop?")
    return int(text) * 1024 / 1e6


def cpu_seconds(pid: int) -> Optional[float]:
    """Time a process has had on a processor, which a busy machine changes little; None where there is no /proc."""
    stat = Path(f"/proc/{pid}/stat")
    if not stat.is_file():
        return None
    # The name of the program stands in brackets and may hold spaces; user and system time are fields 14 and 15.
    fields = stat.read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _output_of(*command: str) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout
    except OSError:
        return ""


def last_lines(log: Path, count: int = 15) -> str:
    """The end of a log; a progress bar counts as the line it shows now."""
    # Not read_text: it would take every state of a progress bar for a line.
    text = log.read_bytes().decode("utf-8", "replace") if log.is_file() else ""
    lines = [line.strip().rsplit("\r", 1)[-1].strip() for line in text.split("\n")]
    return "\n".join([line for line in lines if line][-count:])


class Processes:
    """Starts processes, and stops them all when the block is left, also by Ctrl-C or SIGTERM."""

    def __init__(self) -> None:
        self._running: List["subprocess.Popen[bytes]"] = []
        self._before: Dict[int, Any] = {}
        self._held = False
        self._asked = False

    def __enter__(self) -> "Processes":
        # Set even where they were ignored, as they are in jobs that a script starts in the background.
        self._before = {number: signal.signal(number, self._on_signal) for number in SIGNALS}
        return self

    def __exit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        self._held = True  # a second Ctrl-C must not leave a process behind
        for process in list(self._running):
            self.stop(process)
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _on_signal(self, number: int, _frame: Any) -> None:
        self._asked = True
        say(f"{signal.Signals(number).name} received; stopping what was started")
        if not self._held:
            raise KeyboardInterrupt

    def start(
        self, command: Sequence[str], *, environment: Mapping[str, str], folder: Path, log: Path
    ) -> "subprocess.Popen[bytes]":
        """Start a process whose output goes to a log."""
        self._held = True  # between the start and its entry in the list no interrupt may come
        try:
            with log.open("wb") as output:
                process = subprocess.Popen(
                    command,
                    env=dict(environment),
                    cwd=folder,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            self._running.append(process)
        finally:
            self._held = False
        if self._asked:
            raise KeyboardInterrupt
        return process

    def stop(self, process: "subprocess.Popen[bytes]") -> None:
        """Ask a process to end, and make it end when it does not."""
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        if process in self._running:
            self._running.remove(process)

    def run(
        self,
        command: Sequence[str],
        *,
        what: str,
        environment: Mapping[str, str],
        folder: Path,
        log: Path,
        seconds: float,
    ) -> float:
        """Run a process to its end, showing on standard error that it goes on.

        Returns:
            How many seconds it took.

        Raises:
            BenchError: when it fails or takes longer than allowed.
        """
        started = time.monotonic()
        process = self.start(command, environment=environment, folder=folder, log=log)
        told = started
        while process.poll() is None:
            now = time.monotonic()
            if now - started > seconds:
                self.stop(process)
                raise BenchError(f"{what}: not done after {seconds:.0f} s; the end of its log:\n{last_lines(log)}")
            if now - told >= HEARTBEAT_SECONDS:
                told = now
                step = STEP.findall(last_lines(log, 5))
                say(f"{what}: {now - started:.0f} s" + (f"; {step[-1]}" if step else ""))
            time.sleep(0.05)
        elapsed = time.monotonic() - started
        self.stop(process)
        if process.returncode != 0:
            raise BenchError(f"{what}: exit status {process.returncode}; the end of its log:\n{last_lines(log)}")
        return elapsed

    def wait_for_line(
        self, process: "subprocess.Popen[bytes]", log: Path, pattern: str, *, what: str, seconds: float
    ) -> Match[str]:
        """Wait until a line of the log matches.

        Raises:
            BenchError: when the process ends, or the time is up.
        """
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            ended = process.poll() is not None
            found = re.search(pattern, log.read_text("utf-8", "replace"), re.M)
            if found:
                return found
            if ended:
                raise BenchError(f"{what}: ended with status {process.returncode}:\n{last_lines(log)}")
            time.sleep(0.01)
        raise BenchError(f"{what}: not ready after {seconds:.0f} s; the end of its log:\n{last_lines(log)}")

    def start_until(
        self,
        command: Sequence[str],
        pattern: str,
        *,
        what: str,
        environment: Mapping[str, str],
        folder: Path,
        log: Path,
        seconds: float,
    ) -> Tuple["subprocess.Popen[bytes]", float, Match[str]]:
        """Start a server and wait for the line that says it is ready.

        Returns:
            The process, the seconds this took, the match.

        Raises:
            BenchError: when it does not get ready in the seconds allowed.
        """
        started = time.monotonic()
        process = self.start(command, environment=environment, folder=folder, log=log)
        found = self.wait_for_line(process, log, pattern, what=what, seconds=seconds)
        return process, time.monotonic() - started, found
