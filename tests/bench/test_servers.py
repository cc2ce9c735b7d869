"""Processes of the benchmark: timed, told apart when they fail, and stopped whatever happens."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time

import pytest

from bench.servers import BenchError, Processes, clean_environment, last_lines, resident_mb

SLEEPS = [sys.executable, "-c", "print('listening on 12345', flush=True); import time; time.sleep(60)"]
DEAF = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True); time.sleep(60)",
]


@pytest.fixture
def place(tmp_path):
    return {"environment": clean_environment(tmp_path), "folder": tmp_path, "log": tmp_path / "log"}


def test_a_server_is_timed_until_its_line_and_stopped_at_the_end(place):
    with Processes() as processes:
        process, seconds, found = processes.start_until(SLEEPS, r"^listening on (\d+)$", what="x", seconds=20, **place)
        assert process.poll() is None
        assert found.group(1) == "12345"
        assert 0 < seconds < 20
        assert 1 < resident_mb(process.pid) < 500
    assert process.poll() is not None


def test_an_interrupt_stops_what_runs(place):
    with pytest.raises(KeyboardInterrupt), Processes() as processes:  # noqa: PT012
        process, _, _ = processes.start_until(SLEEPS, "listening", what="x", seconds=20, **place)
        threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGTERM)).start()
        time.sleep(10)
    assert process.poll() is not None


def test_a_process_that_ignores_the_request_is_ended(place, monkeypatch):
    monkeypatch.setattr("bench.servers.STOP_SECONDS", 0.2)
    with Processes() as processes:
        process, _, _ = processes.start_until(DEAF, "up", what="x", seconds=20, **place)
        processes.stop(process)
        assert process.returncode == -signal.SIGKILL


def test_handlers_of_signals_are_given_back():
    before = signal.getsignal(signal.SIGTERM)
    with Processes():
        assert signal.getsignal(signal.SIGTERM) is not before
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_failure_shows_the_end_of_the_log(place):
    command = [sys.executable, "-c", "raise SystemExit('no such model')"]
    with Processes() as processes:
        with pytest.raises(BenchError, match=r"exit status 1(.|\n)*no such model"):
            processes.run(command, what="training", seconds=20, **place)
        with pytest.raises(BenchError, match=r"ended with status 1(.|\n)*no such model"):
            processes.start_until(command, "ready", what="server", seconds=20, **place)


def test_what_takes_too_long_is_stopped(place):
    with Processes() as processes:
        with pytest.raises(BenchError, match="not done after 0 s"):
            processes.run(SLEEPS, what="training", seconds=0.3, **place)
        with pytest.raises(BenchError, match="not ready after 0 s"):
            processes.start_until(SLEEPS, "never said", what="server", seconds=0.3, **place)


def test_the_environment_holds_no_settings_of_the_caller(tmp_path, monkeypatch):
    for name in ("OIH_REGION", "RASA_CACHE_DIRECTORY", "SANIC_WORKERS", "PYTHONDONTWRITEBYTECODE"):
        monkeypatch.setenv(name, "1")
    environment = clean_environment(tmp_path, OIH_PORT="0")
    assert not {"OIH_REGION", "RASA_CACHE_DIRECTORY", "SANIC_WORKERS", "PYTHONDONTWRITEBYTECODE"} & set(environment)
    assert environment["RASA_TELEMETRY_ENABLED"] == "false"
    assert environment["OIH_PORT"] == "0"


def test_last_lines_reads_a_progress_bar_as_it_stands_now(tmp_path):
    log = tmp_path / "log"
    log.write_text("first\n\nsecond\nEpochs: 10%\rEpochs: 20%\r", encoding="utf-8")
    assert last_lines(log, 2) == "second\nEpochs: 20%"
    assert last_lines(tmp_path / "missing") == ""
