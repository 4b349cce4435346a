"""E-06: who has the recorder's host and the bucket, and even its memory, has no private key."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from pathlib import Path

import pytest

from pbx.media.effects import SetGate, StartRecording, StopRecording
from pbx.media.events import RecordingStarted, RecordingStopped
from pbx.recording.io.key_provider import Providers
from pbx.recording.io.pkcs11_provider import Pkcs11Provider
from pbx.recording.io.vault_audit import VaultAudit
from pbx.recording.io.vault_keys import KeyDirectory
from tests.integration.burglar import file_key, files, is_in_memory
from tests.integration.dumpable import is_dumpable
from tests.integration.finaliser_site import Site, journal, open_site, order
from tests.integration.media_parties import PATIENCE_S, A, Party, Signalling, attach, connected, frame
from tests.integration.wrapping import Hsm

N_FRAMES = 3


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(tmp_path) as one:
        yield one


@asynccontextmanager
async def recorder(site: Site) -> AsyncIterator[tuple[int, Signalling]]:
    """The media worker as it is shipped, at work; its pid and its signalling."""
    (site.root / "run").mkdir()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pbx.media.io.worker", "--socket", str(site.root / "run" / "media.sock")),
        *("--spool", str(site.spool), "--ports", "12400-12499"),
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=asyncio.subprocess.DEVNULL,
    )
    signalling = await connected(site.root / "run")
    yield process.pid, signalling
    await signalling.link.close()
    process.send_signal(signal.SIGINT)
    assert await asyncio.wait_for(process.wait(), PATIENCE_S) == 0


async def recording(pbx: Signalling, start: StartRecording, party: Party) -> None:
    """Begin to record what the party says."""
    await attach(pbx, A, party)
    pbx.send(start, SetGate(leg=A, open=True))
    await pbx.expect(RecordingStarted)
    for number in range(N_FRAMES):
        party.send(frame(number))
    await pbx.settle()


def host_of(pid: int) -> list[bytes]:
    """What the recorder was told when it started, and the names of what it has open."""
    of = Path(f"/proc/{pid}")
    names = [os.readlink(link) for link in (of / "fd").iterdir()]
    return [(of / "cmdline").read_bytes(), (of / "environ").read_bytes(), "\n".join(names).encode()]


def look_into(pid: int, *secrets: bytes, public: bytes) -> None:
    """Search the recorder's memory; the public key is there, so that the search is proved to find."""
    try:
        found = is_in_memory(pid, public, *secrets)
    except PermissionError:
        assert not is_dumpable(pid)  # this user is no better than a burglar
        return
    assert found == {public: True} | dict.fromkeys(secrets, False)


@pytest.mark.requirement("E-06")
async def test_host_image_memory_and_bucket_do_not_open_a_recording(
    site: Site, parties: tuple[Party, Party]
) -> None:
    recipients = await site.vault.recipients("acme")
    assert isinstance(recipients, tuple)
    identity = site.keys.identity("acme")
    secret, text = identity.private.reveal(), identity.text().reveal().encode()
    async with recorder(site) as (pid, pbx):
        started = order("rec1", *recipients)
        await recording(pbx, replace(started, leg=A), parties[0])
        look_into(pid, secret, text, text.lower(), public=recipients[0].encode())
        host = host_of(pid)
        pbx.send(StopRecording(recording=started.recording))
        await pbx.expect(RecordingStopped)
    assert not [name for one in host for name in one.split(b"\n") if str(site.root / "keys").encode() in name]
    image = host + files(site.spool)
    assert await site.finaliser().scan(0.0) == 1
    header = (await site.row("rec1")).header  # the burglar has even this, of the database
    image += [*files(site.objects), header]

    assert file_key(header, image) is None
    for kept in (secret, text):  # the same attempt finds a key that lies anywhere in a file
        assert file_key(header, [b"x" * 50 + kept + b"x" * 50]) is not None
    assert file_key(header, [b"x" + (await site.key(await site.row("rec1"))).reveal()]) is not None


@pytest.mark.proof  # each window of 16 and of 32 octets of the image is tried as a key
@pytest.mark.requirement("E-06")
async def test_the_whole_site_with_wrapped_keys_does_not_open_a_recording(hsm: Hsm, tmp_path: Path) -> None:
    """Keys, database, objects, records and settings together, as a stolen disk has them; not the token."""
    settings = hsm.settings("image")
    with closing(Pkcs11Provider(settings)) as token:
        token.make()
    record = VaultAudit(tmp_path / "audit")
    keys = KeyDirectory(tmp_path / "keys", Providers(hsm.wrapping("image")).chosen(), record.note)
    async with open_site(tmp_path, keys) as site:
        header = await recorded(site)
        image = files(site.root)
        held = [keys.identity("acme").private.reveal(), (await site.key(await site.row("rec1"))).reveal()]
    assert header in b"".join(image) and b"rec1" in b"".join(image), "the database is in it"
    assert any(path.name == "acme.age-wrapped" for path in (tmp_path / "keys").iterdir())
    assert file_key(header, image) is None
    for secret in held:
        assert file_key(header, [secret]) is not None, "either would have been enough"


@pytest.mark.requirement("E-06")
async def test_the_whole_site_with_keys_that_nobody_wraps_does(tmp_path: Path) -> None:
    """What the default provider does not give, as docs/operator.md says."""
    async with open_site(tmp_path) as site:
        header = await recorded(site)
        assert file_key(header, files(site.root)) is not None


async def recorded(site: Site) -> bytes:
    """Finish a recording; return its header."""
    await journal(site, "rec1")
    assert await site.finaliser().scan(0.0) == 1
    return (await site.row("rec1")).header
