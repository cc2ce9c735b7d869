"""A store that cannot be written is found at the start and by the readiness check, and told without details."""

from __future__ import annotations

import dataclasses
import os
import shutil
import sqlite3
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Dict, Iterator, Tuple

import httpx
import pytest
import sqlalchemy as sa

from oih_assistant.application import Application, open_store
from oih_assistant.errors import SettingsError
from oih_assistant.server.app import build_app
from oih_assistant.settings import Settings
from oih_assistant.storage.database import check_writable, open_database

NOBODY = 65534


@contextmanager
def as_ordinary_user() -> Iterator[None]:
    """Root may write everything; lay its rights down for a moment."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that an ordinary user can read (pytest's own are closed to others) and, here, owns."""
    made = Path(tempfile.mkdtemp(prefix="oih-store-"))
    if os.geteuid() == 0:
        os.chown(made, NOBODY, NOBODY)
    yield made
    made.chmod(0o755)
    shutil.rmtree(made)


async def ready(assistant: Application, engine: sa.engine.Engine) -> Tuple[int, Dict[str, Any], str]:
    """Ask the readiness check of an assistant on this store."""
    app = build_app(dataclasses.replace(assistant, engine=engine))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        response = await client.get("/ready")
        assert (await client.get("/health")).status_code == 200, "the process itself is up"
    return response.status_code, response.json()["problems"], response.text


async def test_read_only_store_is_not_ready(assistant: Application, folder: Path) -> None:
    file = folder / "store.db"
    with as_ordinary_user():
        engine = open_database(f"sqlite:///{file}")
        assert (await ready(assistant, engine))[0] == 200
        file.chmod(0o444)
        folder.chmod(0o555)
        status, problems, text = await ready(assistant, engine)
        assert (status, problems) == (503, {"store": "OperationalError"})
        assert str(folder) not in text
        folder.chmod(0o755)
        file.chmod(0o644)
        assert (await ready(assistant, engine))[:2] == (200, {})
    engine.dispose()


async def test_lost_store_is_not_ready(assistant: Application, tmp_path: Path) -> None:
    file = tmp_path / "store.db"
    engine = open_database(f"sqlite:///{file}")
    file.rename(tmp_path / "moved.db")
    assert (await ready(assistant, engine))[:2] == (503, {"store": "OperationalError"})
    (tmp_path / "moved.db").replace(file)
    assert (await ready(assistant, engine))[:2] == (200, {})
    shutil.rmtree(tmp_path)
    assert (await ready(assistant, engine))[0] == 503


async def test_damaged_store_is_not_ready(assistant: Application, tmp_path: Path) -> None:
    file = tmp_path / "store.db"
    engine = open_database(f"sqlite:///{file}")
    file.write_bytes(b"not a database " * 500)
    assert (await ready(assistant, engine))[:2] == (503, {"store": "DatabaseError"})


@pytest.mark.parametrize("place", ["file/store.db", "folder", "damaged.db"])
def test_store_that_cannot_be_opened_stops_the_start(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("not a folder")
    (tmp_path / "folder").mkdir()
    (tmp_path / "damaged.db").write_bytes(b"not a database " * 500)
    with pytest.raises(SettingsError, match=rf"database_url sqlite:///.*{place}: the store cannot be written"):
        open_store(Settings(database_url=f"sqlite:///{tmp_path}/{place}"))


def test_read_only_store_stops_the_start(folder: Path) -> None:
    file = folder / "store.db"
    with as_ordinary_user():
        open_database(f"sqlite:///{file}").dispose()
        file.chmod(0o444)
        folder.chmod(0o555)
        with pytest.raises(SettingsError, match="readonly database"):
            open_store(Settings(database_url=f"sqlite:///{file}"))


def test_folder_of_the_store_is_made(tmp_path: Path) -> None:
    engine = open_store(Settings(database_url=f"sqlite:///{tmp_path}/new/folder/store.db"))
    check_writable(engine)
    assert (tmp_path / "new" / "folder" / "store.db").is_file()
    engine.dispose()


def test_store_survives_a_power_cut_as_far_as_sqlite_can(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'store.db'}")
    with engine.connect() as connection:
        assert connection.execute(sa.text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(sa.text("PRAGMA synchronous")).scalar() == 2, "2 is FULL"
    engine.dispose()


def test_store_of_another_program_is_left_alone(tmp_path: Path) -> None:
    """Tables are added beside what is there."""
    file = tmp_path / "store.db"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE other (name TEXT)")
        connection.execute("INSERT INTO other VALUES ('kept')")
    open_database(f"sqlite:///{file}").dispose()
    with sqlite3.connect(file) as connection:
        assert connection.execute("SELECT name FROM other").fetchall() == [("kept",)]
