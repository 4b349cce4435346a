"""What the signalling process does at its start."""

import logging
import os
from pathlib import Path
from shutil import copytree

import pytest

from pbx.assembly.customers import import_customers
from pbx.config.load import load
from pbx.config.places import Places
from pbx.core.io.alarms import AlarmFolder
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


async def test_a_customer_file_that_would_end_too_many_is_an_alarm(
    tmp_path: Path,
) -> None:
    copytree(CONFIG, tmp_path / "config")
    places = Places(tmp_path)
    places.make()
    config = load(tmp_path / "config", os.environ)
    database = Database(places.database_url(config.pbx))
    await database.migrate()
    store = CustomerStore(database, StoreKeys.load_or_create(places.store_keys))
    file, alarms = tmp_path / "config" / "acme" / "customers.csv", AlarmFolder(places.alarms)
    await import_customers(config, store, places)
    assert alarms.standing() == []
    whole = file.read_text()
    file.write_text(whole.splitlines()[0] + "\n")
    await import_customers(config, store, places)
    [alarm] = alarms.standing()
    assert (alarm.alarm, alarm.text.count("nothing was changed")) == ("customers-acme", 1)
    assert len(await store.find("acme", "+447700900123")) == 1
    file.write_text(whole)
    await import_customers(config, store, places)
    await database.close()
    assert alarms.standing() == []
