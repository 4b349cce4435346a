"""The vault with keys that somebody else has wrapped: how it starts, refuses to start, and goes on alone."""

import asyncio
import json
import sys
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from pbx.core.errors import CANNOT_START, StorageError, TransportError
from pbx.core.io.entropy import SystemIds
from pbx.core.secret import Secret
from pbx.recording.age import build_header, parse_recipient
from pbx.recording.envelope import KeyContext
from pbx.recording.io.key_provider import Providers, WrappingSettings
from pbx.recording.io.pkcs11_provider import Pkcs11Provider
from pbx.recording.io.vault import Vault
from pbx.recording.io.vault_audit import VaultAudit
from pbx.recording.io.vault_client import FileKey, VaultClient
from pbx.recording.io.vault_keys import MAX_NAMED, KeyDirectory
from pbx.recording.vault_messages import AskRecipients, AskUnwrap, KeyUnwrapped, RecipientsAre, Refused
from tests.integration.wrapping import Hsm

KEY = Secret(b"0123456789abcdef")


@pytest.fixture
def wrapping(hsm: Hsm) -> WrappingSettings:
    """Settings of a token that has the key."""
    Pkcs11Provider(hsm.settings("kek")).make()
    return hsm.wrapping("kek")


def opened(root: Path, settings: WrappingSettings) -> tuple[KeyDirectory, Vault]:
    audit = VaultAudit(root / "audit")
    keys = KeyDirectory(root / "keys", Providers(settings).chosen(), audit.note)
    return keys, Vault(keys, audit)


def lines(root: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (root / "audit").read_text().splitlines()]


def asked(vault: Vault, tenant: str) -> KeyUnwrapped | Refused:
    """Have the vault open a header of the tenant."""
    recipients = vault.answer(AskRecipients(tenant=tenant))
    assert isinstance(recipients, RecipientsAre)
    header = build_header(KEY, [parse_recipient(one) for one in recipients.recipients], SystemIds())
    reply = vault.answer(
        AskUnwrap(recording="rec1", header=header, actor="ada", purpose="test", tenant=tenant)
    )
    assert isinstance(reply, KeyUnwrapped | Refused)
    return reply


@pytest.mark.requirement("E-07")
def test_what_is_wrapped_and_unwrapped_is_on_the_record(tmp_path: Path, wrapping: WrappingSettings) -> None:
    keys, _ = opened(tmp_path, wrapping)
    keys.identity("acme")
    keys.begin_epoch("acme")
    again, vault = opened(tmp_path, wrapping)
    assert again.identities("acme") == keys.identities("acme")
    assert isinstance(asked(vault, "acme"), KeyUnwrapped)
    names = {path.name for path in (tmp_path / "keys").iterdir()}
    assert names == {"acme.age-wrapped", "acme@2.age-wrapped", "signing.ed25519-wrapped"}
    said = [(line["kind"], line.get("keys")) for line in lines(tmp_path)]
    assert said == [
        ("keys.wrapped", ["signing"]),
        ("keys.wrapped", ["acme@1"]),
        ("keys.wrapped", ["acme@2"]),
        ("keys.unwrapped", ["acme@1", "acme@2", "signing"]),
        ("recording.unwrapped", None),
    ]
    (kek,) = {line["kek"] for line in lines(tmp_path)[:4]}
    assert kek.startswith("pkcs11:token=pbx%20tests;object=kek;id=")
    assert [line["n"] for line in lines(tmp_path)] == [1, 2, 3, 4, 5]


@pytest.mark.requirement("E-07")
def test_without_a_record_nothing_is_unwrapped(tmp_path: Path, wrapping: WrappingSettings) -> None:
    opened(tmp_path, wrapping)
    (tmp_path / "audit").unlink()
    (tmp_path / "audit").mkdir()
    with pytest.raises(OSError, match="directory"):
        opened(tmp_path, wrapping)


def test_a_line_of_the_record_names_so_many_keys(tmp_path: Path, wrapping: WrappingSettings) -> None:
    keys, _ = opened(tmp_path, wrapping)
    secret = Secret(keys.identity("acme").text().reveal().encode())
    provider = Providers(wrapping).chosen()
    for number in range(2, MAX_NAMED + 1):  # besides the signing key
        context = KeyContext(purpose="identity", tenant="acme", epoch=number)
        (tmp_path / "keys" / f"{context}.age-wrapped").write_bytes(provider.wrap(secret, context))
    provider.close()
    opened(tmp_path, wrapping)
    assert [len(line["keys"]) for line in lines(tmp_path) if line["kind"] == "keys.unwrapped"] == [
        MAX_NAMED,
        1,
    ]


@pytest.mark.requirement("E-10")
def test_the_files_of_two_tenants_cannot_be_swapped(tmp_path: Path, wrapping: WrappingSettings) -> None:
    keys, _ = opened(tmp_path, wrapping)
    keys.identity("acme")
    keys.identity("globex")
    one, other = tmp_path / "keys" / "acme.age-wrapped", tmp_path / "keys" / "globex.age-wrapped"
    one.rename(tmp_path / "aside")
    other.rename(one)
    (tmp_path / "aside").rename(other)
    with pytest.raises(StorageError, match="the key of acme@1 does not open"):
        opened(tmp_path, wrapping)
    assert lines(tmp_path)[-1]["kind"] == "keys.unwrap_refused"
    assert "acme@1 does not open" in lines(tmp_path)[-1]["reason"]


def test_a_key_of_somebody_s_own_is_not_taken(tmp_path: Path, wrapping: WrappingSettings) -> None:
    """Who can write files could else have recordings made for himself."""
    opened(tmp_path, wrapping)
    KeyDirectory(tmp_path / "own").identity("acme")
    (tmp_path / "own" / "acme.age").rename(tmp_path / "keys" / "acme.age")
    with pytest.raises(StorageError, match=r"acme.age is not wrapped, .* is pkcs11: run `pbx keys wrap`"):
        opened(tmp_path, wrapping)


def test_wrapped_keys_are_not_passed_over(tmp_path: Path, wrapping: WrappingSettings) -> None:
    opened(tmp_path, wrapping)
    with pytest.raises(
        StorageError, match=r"signing\S+-wrapped is wrapped, .* is local: run `pbx keys wrap`"
    ):
        opened(tmp_path, WrappingSettings())


def test_a_destroyed_epoch_is_destroyed_in_its_wrap_too(tmp_path: Path, wrapping: WrappingSettings) -> None:
    keys, _ = opened(tmp_path, wrapping)
    keys.identity("acme")
    keys.begin_epoch("acme")
    with (tmp_path / "keys" / "acme.age-wrapped").open("rb") as watched:
        assert keys.destroy("acme", 2) == (1,)
        assert set(watched.read()) == {0}
    again, _ = opened(tmp_path, wrapping)
    assert [one.epoch for one in again.identities("acme")] == [2]


@pytest.mark.requirement("E-07")
def test_a_token_that_goes_away_takes_nothing_with_it(
    tmp_path: Path, wrapping: WrappingSettings, hsm: Hsm
) -> None:
    keys, vault = opened(tmp_path, wrapping)
    keys.identity("acme")
    hsm.tokens.rename(hsm.folder / "in a drawer")
    try:
        assert isinstance(asked(vault, "acme"), KeyUnwrapped)
        assert len(keys.sign(b"a manifest")) == 64
        assert vault.answer(AskRecipients(tenant="new")) == Refused(reason="keys_unavailable")
        before = lines(tmp_path)
        with pytest.raises(StorageError, match="check that it is there") as caught:
            opened(tmp_path, wrapping)
        assert caught.value.retryable
        assert lines(tmp_path) == before, "a vault that is started again and again fills no disk"
    finally:
        (hsm.folder / "in a drawer").rename(hsm.tokens)
    assert isinstance(asked(vault, "new"), KeyUnwrapped)


class Process:
    """The vault as a process."""

    def __init__(self, root: Path, settings: WrappingSettings) -> None:
        self.socket = root / "v"
        (root / "wrapping.json").write_text(json.dumps(asdict(settings), default=str))
        self._command = ["-m", "pbx.recording.io.vault", "--socket", str(self.socket)]
        self._command += ["--keys", f"{root}/keys", "--audit", f"{root}/audit"]
        self._command += ["--wrapping", f"{root}/wrapping.json"]

    async def start(self) -> asyncio.subprocess.Process:
        out = asyncio.subprocess.PIPE
        return await asyncio.create_subprocess_exec(sys.executable, *self._command, stdout=out)

    async def refusal(self) -> tuple[int, str]:
        """Return the exit code and the one line."""
        process = await self.start()
        said, _ = await asyncio.wait_for(process.communicate(), 15)
        (line,) = said.decode().splitlines()
        return process.returncode or 0, line.partition("] ")[2].strip()


async def test_the_process_says_in_one_line_why_it_does_not_start(
    tmp_path: Path, wrapping: WrappingSettings, hsm: Hsm
) -> None:
    opened(tmp_path, wrapping)
    module = replace(hsm.settings("kek"), module=tmp_path / "gone.so")
    gone = WrappingSettings(provider="pkcs11", pkcs11=module)
    other = tmp_path / "other"
    await asyncio.to_thread(other.mkdir)
    wrong_pin, silent = await asyncio.gather(
        Process(tmp_path, hsm.wrapping("kek", pin="0000")).refusal(),
        Process(other, gone).refusal(),
    )
    assert wrong_pin[0] == CANNOT_START, "so the supervisor does not try until the token locks"
    assert wrong_pin[1].startswith("the token pbx tests refuses the PIN of ")
    assert silent[0] == 1
    assert silent[1].startswith(f"the module {tmp_path}/gone.so fails: ")


async def test_the_process_gives_keys_that_a_token_has_wrapped(
    tmp_path: Path, wrapping: WrappingSettings
) -> None:
    running = Process(tmp_path, wrapping)
    process = await running.start()
    try:
        with closing(VaultClient(running.socket)) as client:
            recipients = await _recipients(client)
            header = build_header(KEY, [parse_recipient(one) for one in recipients], SystemIds())
            request = AskUnwrap(recording="r", header=header, actor="ada", purpose="test", tenant="acme")
            assert await client.unwrap(request) == FileKey(key=KEY, tenant="acme")
    finally:
        process.terminate()
        await process.wait()
    files = b"".join(path.read_bytes() for path in (tmp_path / "keys").iterdir())
    assert b"AGE-SECRET" not in files and len(list((tmp_path / "keys").iterdir())) == 2


async def _recipients(client: VaultClient) -> tuple[str, ...]:
    async with asyncio.timeout(15):
        while True:
            try:
                answer = await client.recipients("acme")
                assert isinstance(answer, tuple)
                return answer
            except TransportError:
                await asyncio.sleep(0.02)
