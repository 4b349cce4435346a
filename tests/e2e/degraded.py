"""What tests of a running PBX do to the parts that it depends on."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from pbx.store.fact_journal import SUFFIX
from tests.e2e.running import RunningPbx


@contextmanager
def database_away(pbx: RunningPbx) -> Iterator[None]:
    """Let the database take no write, as one does that has failed over or whose disk is full."""
    file = pbx.places.database_url(pbx.config.pbx).partition(":///")[2]
    with closing(sqlite3.connect(file, timeout=30, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


def sealed(pbx: RunningPbx) -> list[Path]:
    """The files in which facts wait."""
    return sorted(pbx.places.records.glob(f"*{SUFFIX}"))
