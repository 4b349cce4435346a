"""`pbx fraud`: list, show, release."""

from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from pbx.config.load import load
from pbx.config.places import Places
from pbx.store.audit import AuditStore
from pbx.store.database import Database
from pbx.store.tolls import TollStore
from tests.store.test_tolls import BURST, FRANCE, write

Pbx = Callable[..., Coroutine[Any, Any, Any]]  # gives the `Answer` of conftest


def opened(places: Places) -> Database:
    return Database(places.database_url(load(places.base / "config").pbx))


@pytest.fixture
async def held(places: Places) -> None:
    """One account that is suspended, and waits for a country."""
    database = opened(places)
    await database.migrate()
    await write(database, [BURST, FRANCE], [])
    await database.close()


async def test_nobody_was_ever_stopped(pbx: Pbx) -> None:
    assert (await pbx("fraud", "list", "--json")).json == []


@pytest.mark.requirement("FRD-01")
async def test_one_release_with_its_reason(pbx: Pbx, places: Places, held: None) -> None:
    rows = (await pbx("fraud", "list", "--json")).json
    assert [(row["account"], row["what"]) for row in rows] == [("1001", "outbound"), ("1001", "FR")]
    assert (await pbx("fraud", "release", "1001", "--reason", "he was on holiday")).code == 0
    rows = (await pbx("fraud", "list", "--json")).json
    assert [row["what"] for row in rows] == ["FR"]
    shown = await pbx("fraud", "show", "1001")
    assert "spend_per_hour" in shown.out and "new_country" in shown.out
    database = opened(places)
    ((_, fact),) = await AuditStore(database).list(limit=1)
    assert (fact.kind, fact.details["reason"]) == ("fraud.released", "he was on holiday")
    assert len(await TollStore(database).holds()) == 1
    await database.close()


async def test_what_is_not_held_is_not_released(pbx: Pbx, held: None) -> None:
    answer = await pbx("fraud", "release", "1002")
    assert (answer.code, answer.out) == (1, "")
    assert "outbound of 1002 is not held" in answer.err
    assert (await pbx("fraud", "show", "1003")).code == 1


@pytest.mark.requirement("FRD-03")
async def test_a_card_needs_a_key_and_a_way_to_complain(pbx: Pbx, places: Places) -> None:
    answer = await pbx("fraud", "card", "--name", "Acme", "--email", "spam@acme.example")
    assert answer.code == 1 and "no `stir` in tenant.yaml" in answer.err
    key = generate_private_key(SECP256R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (places.base / "key.pem").write_bytes(pem)
    tenant = places.base / "config" / "acme" / "tenant.yaml"
    stir = "stir: {certificate_url: https://certs.example/a.pem, key_file: key.pem}"
    tenant.write_text(f"{tenant.read_text()}\n{stir}\n")
    assert (await pbx("fraud", "card", "--name", "Acme")).code == 2
    assert (await pbx("fraud", "card", "--name", "A" * 200, "--tel", "+441632960100")).code == 2
    said = await pbx("fraud", "card", "--name", "Acme", "--email", "spam@acme.example")
    assert (said.code, said.out.count(".")) == (0, 2)
