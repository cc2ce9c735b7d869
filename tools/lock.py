"""Renew the hash-pinned locks from requirements/*.in, for every platform that runs Python 3.10."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "requirements"


def main() -> None:
    """Resolve run.in, then dev.in on top of it."""
    for name, more in (("run", []), ("dev", ["-c", str(FOLDER / "run.lock")])):
        command = [sys.executable, "-m", "uv", "pip", "compile", "--upgrade", "--universal", "--python-version", "3.10"]
        command += ["--generate-hashes", "--no-header", "--quiet", *more, str(FOLDER / f"{name}.in")]
        subprocess.run([*command, "-o", str(FOLDER / f"{name}.lock")], check=True)


if __name__ == "__main__":
    main()
