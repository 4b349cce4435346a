"""The vault as a process: no audit, no key."""

import asyncio
import json
import os
import signal
import stat
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import rfc8785

from pbx.core.errors import CANNOT_START, ParseError, StorageError, TransportError
from pbx.core.io.entropy import SystemIds
from pbx.core.io.peer import user_name
from pbx.core.secret import Secret
from pbx.recording import manifest
from pbx.recording.age import build_header, generate_identity, parse_header, parse_recipient, unwrap_header
from pbx.recording.io.vault import Vault
from pbx.recording.io.vault_client import FileKey, VaultClient
from pbx.recording.io.vault_keys import MAX_EPOCH, KeyDirectory
from pbx.recording.log import tree_of
from pbx.recording.signed_note import open_note
from pbx.recording.vault_messages import AskCheckpoint, AskUnwrap, KeyUnwrapped, Refused
from tests.integration.another_user import another_user
from tests.integration.dumpable import GROUP, core_limits, is_dumpable

KEY = Secret(b"0123456789abcdef")


@dataclass(slots=True)
class Running:
    """A vault process over one directory; `stop` and `start` keep its keys."""

    root: Path
    escrow: str = ""
    process: asyncio.subprocess.Process | None = None

    async def start(self) -> VaultClient:
        command = ["-m", "pbx.recording.io.vault", "--socket", f"{self.root}/vault.sock"]
        command += ["--keys", f"{self.root}/keys", "--audit", f"{self.root}/audit", "--escrow", self.escrow]
        self.process = await asyncio.create_subprocess_exec(sys.executable, *command, group=GROUP)
        client = VaultClient(self.root / "vault.sock")
        async with asyncio.timeout(15):
            while True:
                try:
                    await client.public_key()
                    return client
                except TransportError:
                    await asyncio.sleep(0.05)

    async def stop(self, number: int = signal.SIGTERM) -> int:
        assert self.process is not None
        if self.process.returncode is None:
            self.process.send_signal(number)
        return await asyncio.wait_for(self.process.wait(), 10)

    def audit(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.root / "audit").read_text().splitlines()]


@pytest.fixture
async def vault(tmp_path: Path) -> AsyncIterator[Running]:
    running = Running(tmp_path)
    yield running
    await running.stop(signal.SIGKILL)


async def header_for(client: VaultClient, tenant: str) -> bytes:
    recipients = await client.recipients(tenant)
    assert isinstance(recipients, tuple)
    return build_header(KEY, [parse_recipient(text) for text in recipients], SystemIds())


def ask(header: bytes, *, tenant: str = "", actor: str = "alice", purpose: str = "quality") -> AskUnwrap:
    return AskUnwrap(recording="rec1", header=header, actor=actor, purpose=purpose, tenant=tenant)


@pytest.mark.requirement("E-07")
async def test_a_key_is_given_on_the_record(vault: Running) -> None:
    client = await vault.start()
    answer = await client.unwrap(ask(await header_for(client, "acme"), tenant="acme"))
    assert answer == FileKey(key=KEY, tenant="acme")
    (line,) = vault.audit()
    names = ("kind", "recording", "actor", "user", "purpose", "tenant")
    assert {name: line[name] for name in names} == {
        "kind": "recording.unwrapped",
        "recording": "rec1",
        "actor": "alice",
        "user": user_name(os.getuid()),  # by the kernel's word: `actor` is what the client says
        "purpose": "quality",
        "tenant": "acme",
    }
    assert KEY.reveal().hex() not in (vault.root / "audit").read_text()
    client.close()


@pytest.mark.requirement("E-07")
async def test_another_user_of_the_machine_gets_nothing_even_where_he_reaches_the_socket() -> None:
    with TemporaryDirectory() as folder:
        vault = Running(Path(folder))
        client = await vault.start()
        asked = ask(await header_for(client, "acme"))
        for path, mode in ((vault.root, 0o755), (vault.root / "vault.sock", 0o666)):
            path.chmod(mode)
        stranger = VaultClient(vault.root / "vault.sock")
        with another_user(), pytest.raises(TransportError):
            await stranger.unwrap(asked)
        assert not (vault.root / "audit").exists()
        assert isinstance(await client.unwrap(asked), FileKey)
        await vault.stop()


@pytest.mark.requirement("E-07")
async def test_without_an_audit_there_is_no_key(vault: Running) -> None:
    client = await vault.start()
    header = await header_for(client, "acme")
    (vault.root / "audit").mkdir()  # cannot be appended to
    assert await client.unwrap(ask(header)) == Refused(reason="audit_unavailable")
    client.close()


@pytest.mark.requirement("E-07")
async def test_without_actor_or_purpose_there_is_no_key(vault: Running) -> None:
    client = await vault.start()
    header = await header_for(client, "acme")
    assert await client.unwrap(ask(header, actor="")) == Refused(reason="bad_request")
    assert await client.unwrap(ask(header, purpose="")) == Refused(reason="bad_request")
    assert await client.unwrap(ask(header[:-2] + b"\n")) == Refused(reason="bad_header")
    client.close()


@pytest.mark.requirement("E-10")
async def test_a_header_of_another_tenant_is_refused_and_recorded(vault: Running) -> None:
    client = await vault.start()
    await client.recipients("globex")
    header = await header_for(client, "acme")
    assert await client.unwrap(ask(header, tenant="globex")) == Refused(reason="not_a_recipient")
    assert [line["kind"] for line in vault.audit()] == ["recording.unwrap_refused"]
    client.close()


@pytest.mark.requirement("E-10")
async def test_a_header_hung_on_another_recording_is_refused_and_recorded(vault: Running) -> None:
    client = await vault.start()
    recipients = await client.recipients("acme")
    assert isinstance(recipients, tuple)
    keys = [parse_recipient(text) for text in recipients]
    mine, other = (build_header(KEY, keys, SystemIds(), recording=name) for name in ("rec1", "rec2"))
    assert await client.unwrap(ask(mine)) == FileKey(key=KEY, tenant="acme")
    assert await client.unwrap(ask(other)) == Refused(reason="other_recording")
    given, refused = vault.audit()
    assert (given["kind"], given["bound"]) == ("recording.unwrapped", True)
    assert (refused["kind"], refused["reason"]) == ("recording.unwrap_refused", "other_recording")
    client.close()


@pytest.mark.requirement("E-10")
async def test_a_header_that_names_no_recording_opens_and_the_record_says_so(vault: Running) -> None:
    client = await vault.start()
    assert await client.unwrap(ask(await header_for(client, "acme"))) == FileKey(key=KEY, tenant="acme")
    (line,) = vault.audit()
    assert line["bound"] is False
    client.close()


@pytest.mark.parametrize("tenant", ["", "../acme", "a/b", ".hidden", "a" * 65])
async def test_a_tenant_that_cannot_name_a_file_gets_no_key(vault: Running, tenant: str) -> None:
    client = await vault.start()
    assert await client.recipients(tenant) == Refused(reason="bad_request")
    client.close()


async def test_keys_survive_a_crash_and_are_private(vault: Running) -> None:
    client = await vault.start()
    header, public = await header_for(client, "acme"), await client.public_key()
    await vault.stop(signal.SIGKILL)
    with pytest.raises(TransportError):
        await client.unwrap(ask(header))
    again = await vault.start()
    assert await client.unwrap(ask(header)) == FileKey(key=KEY, tenant="acme")  # the old client reconnects
    assert await again.public_key() == public
    keys = vault.root / "keys"
    assert stat.S_IMODE(keys.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in keys.iterdir()} == {0o600}
    assert {path.name for path in keys.iterdir()} == {"acme.age", "signing.ed25519"}
    client.close()
    again.close()


MANIFEST = rfc8785.dumps(
    {
        "v": 1,
        **dict.fromkeys(("recording", "call", "tenant", "object_key"), "x"),
        **dict.fromkeys(("sha256_cipher", "sha256_plain"), "0" * 64),
    }
)


async def test_escrow_is_a_recipient_of_every_recording(vault: Running) -> None:
    offline = generate_identity(SystemIds())
    vault.escrow = str(offline.recipient)
    client = await vault.start()
    recipients = await client.recipients("acme")
    assert isinstance(recipients, tuple)
    assert recipients[1:] == (vault.escrow,)
    header = parse_header(await header_for(client, "acme"))
    assert unwrap_header(header, [offline]) == (KEY, offline)
    client.close()


@pytest.mark.requirement("E-08")
async def test_each_epoch_opens_what_was_recorded_in_it(tmp_path: Path) -> None:
    keys = KeyDirectory(tmp_path / "keys")
    first = keys.identity("acme")
    second = keys.begin_epoch("acme")
    assert {path.name for path in (tmp_path / "keys").glob("*.age")} == {"acme.age", "acme@2.age"}
    again = KeyDirectory(tmp_path / "keys")
    assert again.identity("acme") == second.identity
    assert [(one.epoch, one.identity) for one in again.identities("acme")] == [
        (2, second.identity),
        (1, first),
    ]
    vault = Vault(again, tmp_path / "audit")
    for epoch, identity in ((1, first), (2, second.identity)):
        reply = vault.answer(ask(build_header(KEY, [identity.recipient], SystemIds()), tenant="acme"))
        assert reply == KeyUnwrapped(file_key=Secret(KEY.reveal().hex()), tenant="acme", epoch=epoch)


@pytest.mark.requirement("E-08")
async def test_a_destroyed_epoch_opens_nothing_and_never_comes_back(tmp_path: Path) -> None:
    keys = KeyDirectory(tmp_path / "keys")
    header = build_header(KEY, [keys.identity("acme").recipient], SystemIds())
    assert keys.destroy("acme", 1) == ()
    keys.begin_epoch("acme")
    assert keys.destroy("acme", 2) == (1,)
    for known in (keys, KeyDirectory(tmp_path / "keys")):
        reply = Vault(known, tmp_path / "audit").answer(ask(header, tenant="acme"))
        assert reply == Refused(reason="not_a_recipient")
        assert [one.epoch for one in known.identities("acme")] == [2]
    assert keys.begin_epoch("acme").epoch == 3


@pytest.mark.parametrize("epoch", ["1", "0", "02", "-1", "x", "", "100000"])
def test_a_key_file_of_no_epoch_stops_the_vault(tmp_path: Path, epoch: str) -> None:
    KeyDirectory(tmp_path).identity("acme")
    (tmp_path / "acme.age").rename(tmp_path / f"acme@{epoch}.age")
    with pytest.raises(StorageError, match="an epoch is a number"):
        KeyDirectory(tmp_path)


def test_the_last_epoch_has_no_successor(tmp_path: Path) -> None:
    KeyDirectory(tmp_path).identity("acme")
    (tmp_path / "acme.age").rename(tmp_path / f"acme@{MAX_EPOCH}.age")
    keys = KeyDirectory(tmp_path)
    assert keys.identities("acme")[0].epoch == MAX_EPOCH
    with pytest.raises(ParseError):
        keys.begin_epoch("acme")


async def test_a_manifest_is_signed_so_that_anybody_can_check(vault: Running) -> None:
    client = await vault.start()
    public, signature = await client.public_key(), await client.sign(MANIFEST)
    assert isinstance(public, bytes)
    assert isinstance(signature, bytes)
    assert manifest.is_signed_by(public, MANIFEST, signature)
    assert not manifest.is_signed_by(public, MANIFEST + b" ", signature)
    (line,) = vault.audit()
    assert (line["kind"], line["recording"]) == ("manifest.signed", "x")
    assert line["sha256"] == sha256(MANIFEST).hexdigest()
    client.close()


async def test_what_is_no_manifest_is_not_signed(vault: Running) -> None:
    client = await vault.start()
    for octets in (b'{"v":1}', b"pbx-audit/1\n0\n", MANIFEST + b" "):
        assert await client.sign(octets) == Refused(reason="bad_request")
    assert not (vault.root / "audit").exists()
    (vault.root / "audit").mkdir()
    assert await client.sign(MANIFEST) == Refused(reason="audit_unavailable")
    client.close()


@pytest.mark.requirement("E-14")
async def test_a_log_that_was_rewritten_is_not_signed(vault: Running) -> None:
    client = await vault.start()
    honest = tree_of([b"a", b"b", b"c", b"d", b"e"])
    public = await client.public_key()
    assert isinstance(public, bytes)
    for size, old in ((3, 0), (5, 3), (5, 5)):
        path = honest.consistency(old, size)
        note = await client.checkpoint(AskCheckpoint(size=size, root=honest.root(size), path=path))
        assert isinstance(note, bytes)
        assert open_note(note, public).head == (size, honest.root(size))
    await vault.stop(signal.SIGKILL)
    again = await vault.start()  # it remembers what it has signed
    assert await again.log_head() == (5, honest.root())
    forked = tree_of([b"a", b"x", b"c", b"d", b"e", b"f"])
    refused = Refused(reason="not_consistent")
    for size in (6, 5, 4):
        path = forked.consistency(5, size) if size > 5 else ()
        assert await again.checkpoint(AskCheckpoint(size=size, root=forked.root(size), path=path)) == refused
    short = AskCheckpoint(size=6, root=b"short", path=())
    assert await again.checkpoint(short) == Refused(reason="bad_request")
    assert [line["kind"] for line in vault.audit()] == ["checkpoint.signed"] * 3 + ["checkpoint.refused"] * 3
    client.close()
    again.close()


async def test_the_vault_s_lines_are_a_chain(vault: Running) -> None:
    client = await vault.start()
    await client.sign(MANIFEST)
    await vault.stop(signal.SIGKILL)
    again = await vault.start()
    await again.sign(MANIFEST)
    first, second = (vault.root / "audit").read_bytes().splitlines()
    assert (json.loads(first)["n"], json.loads(first)["prev"]) == (1, "")
    assert (json.loads(second)["n"], json.loads(second)["prev"]) == (2, sha256(first).hexdigest())
    client.close()
    again.close()


async def test_rubbish_ends_one_connection_only(vault: Running) -> None:
    client = await vault.start()
    _, writer = await asyncio.open_unix_connection(str(vault.root / "vault.sock"))
    writer.write(b"\0\0\0\4junk")
    await writer.drain()
    assert isinstance(await client.public_key(), bytes)
    writer.close()
    client.close()


async def test_the_process_leaves_no_core_and_stops_in_order(vault: Running) -> None:
    client = await vault.start()
    assert vault.process is not None
    assert core_limits(vault.process.pid) == ["0", "0"]
    assert not is_dumpable(vault.process.pid)
    client.close()
    assert await vault.stop() == 0
    assert not (vault.root / "vault.sock").exists()


async def test_new_keys_never_take_the_place_of_lost_ones(vault: Running) -> None:
    client = await vault.start()
    await client.sign(MANIFEST)
    client.close()
    await vault.stop()
    keys, away = vault.root / "keys", vault.root / "away"
    keys.rename(away)
    keys.mkdir()  # what an empty mount point looks like
    places = ("--socket", f"{vault.root}/other.sock", "--keys", str(keys), "--audit", f"{vault.root}/audit")
    words = (sys.executable, "-m", "pbx.recording.io.vault", *places)
    process = await asyncio.create_subprocess_exec(*words, stdout=asyncio.subprocess.PIPE)
    out, _ = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == CANNOT_START
    assert b"restore the keys" in out
    assert list(keys.iterdir()) == []
    keys.rmdir()
    away.rename(keys)
    again = await vault.start()
    assert isinstance(await again.sign(MANIFEST), bytes)
    again.close()
