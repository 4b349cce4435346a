"""Databases for tests: the tables are made once in a run, and each test has a copy of the file."""

import shutil
import tempfile
from pathlib import Path

from sqlalchemy import make_url

from pbx.store.database import Database

_made: dict[str, Path] = {}
_folder = tempfile.TemporaryDirectory(prefix="pbx-migrated-")  # goes with the process


async def migrated(url: str) -> Database:
    """Return a database at `url` with the newest tables; one that is there already keeps what is in it."""
    file, database = Path(make_url(url).database or ""), Database(url)
    if file.exists():
        await database.migrate()
        return database
    if not _made:
        made = Path(_folder.name) / "pbx.db"
        first = Database(f"sqlite+aiosqlite:///{made}")
        await first.migrate()
        await first.close()  # the last connection empties the write-ahead log into the file
        _made["file"] = made
    shutil.copyfile(_made["file"], file)
    return database
