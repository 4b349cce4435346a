"""`pbx keys wrap` on a whole installation, and recordings of a vault with wrapped keys."""

import asyncio
import json
import os
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pbx.cli.key_wrapping import move_keys
from pbx.cli.output import Refusal
from pbx.cli.site import Site, site
from pbx.core.errors import StorageError
from pbx.recording.io.key_provider import Pkcs11Settings, Providers, WrappingSettings
from pbx.recording.io.vault_audit import VaultAudit
from pbx.recording.io.vault_keys import KeyDirectory
from pbx.supervisor import lock_or_refuse
from tests.integration.finaliser_site import check_stored, journal, open_site
from tests.integration.wrapping import Hsm

SAMPLE = Path(__file__).parents[2] / "config"
WHERE = "{{module: {0.module}, token: {0.token}, key: {0.key}, pin_file: {0.pin_file}}}"


@pytest.fixture
def settings(hsm: Hsm, request: pytest.FixtureRequest) -> Pkcs11Settings:
    """A key that is not there yet."""
    return hsm.settings(request.node.name)


@pytest.fixture
def place(tmp_path: Path, settings: Pkcs11Settings) -> Site:
    """The sample configuration with a token, and keys from before."""
    shutil.copytree(SAMPLE, tmp_path / "config")
    file = tmp_path / "config" / "pbx.yaml"
    vault = f"recording:\n  vault: {{provider: pkcs11, pkcs11: {WHERE.format(settings)}}}\n"
    file.write_text(file.read_text().replace("recording:\n", vault))
    made = site(tmp_path / "config")
    made.places.make()
    KeyDirectory(made.places.vault_keys).identity("acme")
    return made


async def test_the_command_makes_the_key_and_moves_the_others(place: Site, settings: Pkcs11Settings) -> None:
    with pytest.raises(StorageError, match="is not there: `pbx keys wrap --make-kek` makes it"):
        move_keys(place, "test", makes_kek=False)
    command = ["-m", "pbx.cli.main", "keys", "wrap", "--make-kek", "--purpose", "an audit", "--json"]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, *command, "--config", str(place.places.base / "config")),
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await asyncio.wait_for(process.communicate(), 30)
    report = json.loads(said)
    assert report.pop("kek").startswith(f"pkcs11:token=pbx%20tests;object={settings.key};id=")
    assert report == {"provider": "pkcs11", "kek_made": True, "moved": 2, "already_there": 0, "erased": 2}
    again = move_keys(place, "test", makes_kek=True)
    assert (again["kek_made"], again["moved"], again["already_there"]) == (False, 0, 2)
    lines = [json.loads(line) for line in place.places.vault_audit.read_text().splitlines()]
    assert [(line["kind"], line["purpose"], line["n"]) for line in lines] == [
        ("keys.moved", "an audit", 1),
        ("keys.moved", "an audit", 2),
    ]


def test_keys_of_a_vault_that_runs_are_not_moved(place: Site) -> None:
    lock = lock_or_refuse(place.places)
    try:
        with pytest.raises(Refusal, match="the PBX runs"):
            move_keys(place, "test", makes_kek=True)
    finally:
        os.close(lock)
    assert move_keys(place, "test", makes_kek=True)["moved"] == 2


def test_only_a_token_has_its_key_made(tmp_path: Path) -> None:
    shutil.copytree(SAMPLE, tmp_path / "config")
    with pytest.raises(Refusal, match="the provider is local"):
        move_keys(site(tmp_path / "config"), "test", makes_kek=True)
    assert move_keys(site(tmp_path / "config"), "test", makes_kek=False)["moved"] == 0


@pytest.fixture
async def opened(place: Site, settings: Pkcs11Settings) -> AsyncIterator[KeyDirectory]:
    """The same keys, wrapped."""
    move_keys(place, "test", makes_kek=True)
    wrapping = WrappingSettings(provider="pkcs11", pkcs11=settings)
    audit = VaultAudit(place.places.vault_audit)
    yield KeyDirectory(place.places.vault_keys, Providers(wrapping).chosen(), audit.note)


@pytest.mark.requirement("E-07")
async def test_recordings_are_finished_and_heard(tmp_path: Path, opened: KeyDirectory) -> None:
    async with open_site(tmp_path / "site", opened) as recorder:
        await journal(recorder, "rec-1")
        assert await recorder.finaliser().scan(0.0) == 1
        await check_stored(recorder, "rec-1")
