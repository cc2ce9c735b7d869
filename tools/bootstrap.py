#!/usr/bin/env python3
"""Create or renew the environment in .venv; run by make, with whatever Python 3 there is.

Needs nothing but the standard library (Python 3.6 or newer). It finds Python 3.10, makes .venv
and installs a hash-pinned lock into it. What was installed is remembered as a digest, so a second
run returns at once unless the lock, the interpreter or this file changed.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCKS = {"run": ROOT / "requirements" / "run.lock", "dev": ROOT / "requirements" / "dev.lock"}
HOW_TO_GET_PYTHON = (
    "Python 3.10 was not found (looked for: $OIH_PYTHON, python3.10, pyenv, uv). Get it with one of: "
    "'pyenv install 3.10', 'uv python install 3.10', or your system's python3.10 and python3.10-venv."
)


def say(message):
    print("setup: " + message, file=sys.stderr, flush=True)


def output_of(*command):
    """What a command prints, or an empty string when it fails or does not exist."""
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=str(ROOT), check=False)
    except OSError:
        return ""
    return done.stdout.decode().strip() if done.returncode == 0 else ""


def is_python_310(path):
    probe = "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2])"
    return bool(path) and output_of(path, "-c", probe) == "3.10"


def find_python():
    """Path of a Python 3.10 that can make environments, or None."""
    named = os.environ.get("OIH_PYTHON")
    if named:
        return named if is_python_310(named) else None
    candidates = [sys.executable, shutil.which("python3.10")]
    if shutil.which("pyenv"):
        found = output_of("pyenv", "prefix", "3.10")
        for prefix in [found] if found else sorted(Path(output_of("pyenv", "root"), "versions").glob("3.10*")):
            candidates.append(str(Path(str(prefix)) / "bin" / "python3.10"))
    for candidate in candidates:
        if is_python_310(candidate):
            return candidate
    if shutil.which("uv"):
        found = output_of("uv", "python", "find", "3.10") or (
            output_of("uv", "python", "install", "3.10") or output_of("uv", "python", "find", "3.10")
        )
        if is_python_310(found):
            return found
    return None


def digest(lock):
    content = lock.read_bytes() + Path(__file__).read_bytes()
    return hashlib.sha256(content).hexdigest()


def main():
    kind = sys.argv[1] if len(sys.argv) > 1 else "run"
    if kind not in LOCKS:
        sys.exit("setup: unknown set {!r}; use run or dev".format(kind))
    wanted = digest(LOCKS[kind])
    stamp = VENV / ("installed-" + kind)
    if PYTHON.exists() and stamp.exists() and stamp.read_text() == wanted:
        return
    if not (PYTHON.exists() and is_python_310(str(PYTHON))):
        python = find_python()
        if python is None:
            sys.exit("setup: " + HOW_TO_GET_PYTHON)
        say("creating .venv with {}".format(python))
        shutil.rmtree(str(VENV), ignore_errors=True)
        subprocess.run([python, "-m", "venv", str(VENV)], check=True)
    say("installing requirements/{}.lock (the first time this takes a few minutes)".format(kind))
    command = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--no-deps"]
    command += ["--require-hashes", "-r", str(LOCKS[kind])]
    environment = dict(os.environ, PIP_PROGRESS_BAR="on" if sys.stderr.isatty() else "off")
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=str(ROOT), env=environment
    )
    log = (VENV / "install.log").open("wb")
    count = 0
    for line in process.stdout:
        log.write(line)
        if line.startswith(b"Collecting"):
            count += 1
            if count % 20 == 0:
                say("{} packages collected".format(count))
        elif line.startswith((b"Installing collected", b"ERROR", b"Building")):
            say(line.decode(errors="replace").strip()[:200])
    log.close()
    if process.wait() != 0:
        tail = (VENV / "install.log").read_text(errors="replace").splitlines()[-15:]
        sys.exit("setup: the installation failed; the end of .venv/install.log:\n" + "\n".join(tail))
    stamp.write_text(wanted)
    if kind == "dev":  # the dev lock contains the run lock
        (VENV / "installed-run").write_text(digest(LOCKS["run"]))
    say("ready")


if __name__ == "__main__":
    main()
