"""A PostgreSQL cluster for the tests: temporary, without network, run by an ordinary user."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, Optional

import sqlalchemy as sa

PLACES = ("/usr/lib/postgresql/*/bin", "/opt/homebrew/opt/postgresql*/bin", "/usr/local/opt/postgresql*/bin")
UNPRIVILEGED = ("postgres", "nobody")


def find_binaries() -> Optional[Path]:
    """The folder of initdb and pg_ctl of the newest PostgreSQL, None where there is none."""
    on_path = shutil.which("pg_ctl")
    if on_path and shutil.which("initdb"):
        return Path(on_path).parent
    found = [folder for place in PLACES for folder in Path("/").glob(place[1:]) if (folder / "initdb").exists()]
    return max(found, key=lambda folder: (len(folder.parent.name), folder.parent.name), default=None)


def _as_ordinary_user() -> Dict[str, Any]:
    """How a process is started without root's rights, which PostgreSQL refuses."""
    if os.geteuid() != 0:
        return {}
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    user = next(names[name] for name in UNPRIVILEGED if name in names)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


@dataclass(frozen=True)
class Cluster:
    """A running cluster.

    Args:
        binaries: PostgreSQL's programs.
        folder: data and socket.
    """

    binaries: Path
    folder: Path

    @property
    def url(self) -> str:
        """The address of its first database."""
        return self.url_of("postgres")

    def url_of(self, database: str) -> str:
        """The address of a database."""
        return f"postgresql://tester@/{database}?host={self.folder}"

    def new_database(self, name: str) -> str:
        """Create a database. Returns its address."""
        engine = sa.create_engine(self.url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(sa.text(f'CREATE DATABASE "{name}"'))
        engine.dispose()
        return self.url_of(name)

    def control(self, *arguments: str) -> None:
        """Run pg_ctl."""
        log = str(self.folder / "log.txt")
        command = [str(self.binaries / "pg_ctl"), "-D", str(self.folder / "data"), "-l", log, "-w", *arguments]
        _run(command, self.folder)

    def stop(self) -> None:
        """Stop it and remove its folder."""
        self.control("-m", "immediate", "stop")
        shutil.rmtree(self.folder)


def _run(command: "list[str]", folder: Path) -> None:
    # No pipes: the server that pg_ctl leaves behind would hold them open.
    with (folder / "commands.txt").open("ab") as out:
        done = subprocess.run(command, cwd=folder, stdout=out, stderr=out, check=False, **_as_ordinary_user())
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed:\n{(folder / 'commands.txt').read_text()[-2000:]}")


def start_cluster(binaries: Path) -> Cluster:
    """Create a cluster and start it, with its socket in its own folder."""
    folder = Path(tempfile.mkdtemp(prefix="oih-pg-"))  # short: the path of a socket has at most 107 characters
    user = _as_ordinary_user()
    if user:
        os.chown(folder, user["user"], user["group"])
    _run([str(binaries / "initdb"), "-D", str(folder / "data"), "-U", "tester", "-A", "trust", "-E", "UTF8",
          "--no-sync"], folder)  # fmt: skip
    cluster = Cluster(binaries, folder)
    cluster.control("-o", f"-k {folder} -c listen_addresses='' -c fsync=off -c max_connections=60", "start")
    return cluster
