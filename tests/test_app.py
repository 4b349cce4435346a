"""What the signalling process does at its start."""

import logging
import os
from pathlib import Path
from shutil import copytree

import pytest

from pbx.assembly.customers import import_customers
from pbx.config.load import load
from pbx.config.places import Places
from pbx.store.customers import CustomerStore
from pbx.store.database import Database
from pbx.store.keys import StoreKeys

CONFIG = Path(__file__).parents[1] / "config"


async def test_a_customer_file_that_is_none_is_named_and_does_not_keep_the_pbx_from_starting(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    copytree(CONFIG, tmp_path / "config")
    (tmp_path / "config" / "acme" / "customers.csv").write_text("phone;name\n")
    places = Places(tmp_path)
    places.make()
    config = load(tmp_path / "config", os.environ)
    database = Database(places.database_url(config.pbx))
    await database.migrate()
    store = CustomerStore(database, StoreKeys.load_or_create(places.store_keys))
    with caplog.at_level(logging.ERROR):
        await import_customers(config, store, places)
    await database.close()
    assert "customers.csv:1:1: the first line must be the header" in caplog.text
