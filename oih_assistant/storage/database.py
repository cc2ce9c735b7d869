"""The engine and the tables. SQLAlchemy 1.4, the version Rasa 3.6 lives with."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Engine, make_url

metadata = sa.MetaData()

conversations = sa.Table(
    "conversations",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("slots", sa.Text, nullable=False),
    sa.Column("next_position", sa.Integer, nullable=False),
    sa.Column("created", sa.Float, nullable=False),
    sa.Column("changed", sa.Float, nullable=False, index=True),
)

events = sa.Table(
    "conversation_events",
    metadata,
    sa.Column("conversation_id", sa.String(64), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("timestamp", sa.Float, nullable=False),
    sa.Column("data", sa.Text, nullable=False),
)


def open_database(url: str) -> Engine:
    """Connect, and create what is missing.

    Args:
        url: sqlite:///FILE or postgresql://...

    Returns:
        An engine whose connections are safe to use from threads.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: when the database cannot be reached or written.
        OSError: when the folder of an SQLite file cannot be made.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        engine = sa.create_engine(url, future=True, pool_pre_ping=True, pool_size=10)
    else:
        if parsed.database and parsed.database != ":memory:":
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        engine = sa.create_engine(url, future=True, connect_args={"timeout": 10, "check_same_thread": False})

        @sa.event.listens_for(engine, "connect")
        def _pragmas(connection, _record):  # type: ignore[no-untyped-def]
            # The write-ahead log lets readers go on while one writes. FULL makes every acknowledged turn
            # survive a power cut, not only a killed process.
            cursor = connection.cursor()
            cursor.execute("PRAGMA journal_mode=WAL")
            cursor.execute("PRAGMA synchronous=FULL")
            cursor.close()

    metadata.create_all(engine)
    check_writable(engine)
    return engine


def check_writable(engine: Engine) -> None:
    """Write and undo, so that a read-only or full store is found at the start and by the health check."""
    with engine.connect() as connection:
        transaction = connection.begin()
        connection.execute(
            conversations.insert().values(id="check-writable", slots="{}", next_position=0, created=0.0, changed=0.0)
        )
        transaction.rollback()
