"""`pbx recordings list` with conditions, and `pbx recordings erase-person` (REC-15)."""

import json
import stat
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from pbx.cli import recording_person
from pbx.cli.vault import actor
from pbx.config.places import Places
from pbx.core.ids import CallId
from pbx.recording.io.vault_client import VaultClient
from pbx.recording.manifest import is_signed_by
from pbx.store.audit import AuditStore
from pbx.store.calls import CallStore
from pbx.store.database import Database
from pbx.store.keys import StoreKeys
from tests.cli.conftest import Pbx
from tests.cli.test_recording_subject import CALLEE, CALLER, RECORD, STRANGER, leg, record
from tests.cli.test_records import AT

pytestmark = pytest.mark.requirement("REC-15")


@pytest.fixture
async def talks(places: Places, database: Database, vault: VaultClient) -> None:
    """Three calls of the caller: with the callee, a stranger and 1003; and one of theirs without him."""
    calls = CallStore(database, StoreKeys.load_or_create(places.store_keys))
    for n, others in enumerate(
        ((CALLER, CALLEE), (CALLER, STRANGER), (CALLER, "1003"), (STRANGER, CALLEE)), 1
    ):
        legs = (leg("leg-1", "caller", others[0]), leg("leg-2", "callee", others[1]))
        one = replace(
            RECORD, call=CallId(f"call-{n}"), recording=f"rec-{n}", legs=legs, caller_number=others[0]
        )
        await calls.save(replace(one, customer="k7" if n == 2 else ""))
        await record(places, database, vault, f"rec-{n}", f"call-{n}")


async def listed(pbx: Pbx, *words: str) -> list[str]:
    said = await pbx("recordings", "list", *words, "--json")
    assert said.code == 0, said.err
    return sorted(row["recording"] for row in said.json)


async def test_whose_and_when(pbx: Pbx, talks: None) -> None:
    assert await listed(pbx) == ["rec-1", "rec-2", "rec-3", "rec-4"]
    assert await listed(pbx, "--number", "07700 900123") == ["rec-1", "rec-2", "rec-3"]
    assert await listed(pbx, "--number", STRANGER) == ["rec-2", "rec-4"]
    assert await listed(pbx, "--number", "+447700900999") == []
    assert await listed(pbx, "--extension", "1003") == ["rec-3"]
    assert await listed(pbx, "--customer", "k7") == ["rec-2"]
    assert await listed(pbx, "--customer", "k7", "--number", CALLEE) == []
    assert len(await listed(pbx, "--number", CALLER, "--limit", "2")) == 2
    day, before, after = (f"{AT + timedelta(days=n):%Y-%m-%d}" for n in (0, -1, 1))
    assert len(await listed(pbx, "--since", day, "--until", day)) == 4
    assert await listed(pbx, "--since", after) == await listed(pbx, "--until", before) == []
    assert await listed(pbx, "--number", CALLER, "--since", after) == []
    assert await listed(pbx, "--tenant", "acme", "--customer", "k8") == []


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--since", "yesterday"), 2),
        (("--since", "2026-05-03", "--until", "2026-05-02"), 2),
        (("--number", CALLER, "--extension", "1003"), 2),
        (("--extension", "4711"), 1),
        (("--tenant", "globex"), 1),
    ],
)
async def test_conditions_that_make_no_sense(
    pbx: Pbx, database: Database, words: tuple[str, ...], code: int
) -> None:
    said = await pbx("recordings", "list", *words)
    assert (said.code, said.out, said.err.count("\n")) == (code, "", 1)


@pytest.mark.requirement("REC-10")
@pytest.mark.requirement("D-05")
async def test_a_person_is_erased_with_one_receipt_and_what_is_held_is_named(
    pbx: Pbx, talks: None, vault: VaultClient, database: Database, tmp_path: Path
) -> None:
    await pbx("recordings", "hold", "rec-2", "--reason", "claim", "--case", "Smith v. us")
    order = ("recordings", "erase-person", "--number", CALLER, "--reason", "letter of 3 May")
    shown = await pbx(*order, "--what-if", "--json")
    assert [row["state"] for row in shown.json] == ["erase", "restrict", "erase"]
    assert len(await listed(pbx)) == 4
    out = tmp_path / "receipt.json"
    said = await pbx(*order, "--out", str(out))
    assert said.code == 1, "one of them is kept"
    assert "rec-2" in said.out and "hold" in said.out and "signature" not in said.out
    receipt, key = json.loads(out.read_bytes()), await vault.public_key()
    states = {row["recording"]: (row["state"], row["why"]) for row in receipt["recordings"]}
    assert states == {"rec-1": ("done", ""), "rec-2": ("blocked", "hold"), "rec-3": ("done", "")}
    assert await listed(pbx) == ["rec-2", "rec-4"]

    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert (receipt["erased"], receipt["kept"], receipt["actor"]) == (2, 1, actor())
    assert isinstance(key, bytes)
    for one in receipt["recordings"]:
        if one["recording"] == "rec-2":
            assert (one["held_for"], "receipt" in one) == (["Smith v. us"], False)
        else:
            assert is_signed_by(key, one["receipt"].encode(), bytes.fromhex(one["signature"]))
            assert json.loads(one["receipt"])["recording"] == one["recording"]
    assert CALLER.lstrip("+") not in out.read_text()
    (fact,) = [one for _, one in await AuditStore(database).list() if one.kind == "person.erased"]
    assert fact.details["sha256"] == sha256(out.read_bytes()).hexdigest()
    assert (await pbx(*order, "--out", str(out))).code == 1, "a receipt is not written over"
    again = tmp_path / "again.json"  # as when it is lost, or the first order was broken off
    await pbx("recordings", "release", "rec-2", "--reason", "settled")
    assert (await pbx(*order, "--out", str(again))).code == 0
    complete = json.loads(again.read_bytes())
    assert {one["recording"] for one in complete["recordings"]} == {"rec-1", "rec-2", "rec-3"}
    assert all("receipt" in one for one in complete["recordings"])
    assert (await pbx("audit", "verify")).code == 0


async def test_what_the_erasure_of_a_person_needs(
    pbx: Pbx, talks: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = ("--out", str(tmp_path / "receipt.json"))
    order = ("recordings", "erase-person", "--reason", "letter")
    assert (await pbx(*order, *out)).code == 2
    assert (await pbx(*order, *out, "--number", CALLER, "--extension", "1003")).code == 2
    assert (await pbx(*order, "--number", CALLER)).code == 2
    assert (await pbx(*order, *out, "--what-if", "--number", CALLER)).code == 2
    said = await pbx(*order, *out, "--number", "+447700900999")
    assert (said.code, "there is no recording" in said.err) == (1, True)
    monkeypatch.setattr(recording_person, "MAX_ERASED", 2)
    said = await pbx(*order, *out, "--number", CALLER)
    assert (said.code, "at most 2" in said.err) == (1, True)
    assert len(await listed(pbx)) == 4 and not (tmp_path / "receipt.json").exists()
