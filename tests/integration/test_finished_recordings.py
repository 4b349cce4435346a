"""What a finished recording can be used for, by whom, and that a flipped bit is seen."""

import asyncio
import shutil
import subprocess
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from pbx.recording import wav
from pbx.recording.io.reader import decrypt_wav, export, verify
from pbx.recording.io.seekable import SeekableRecording
from pbx.recording.io.vault_client import FileKey
from pbx.recording.vault_messages import AskUnwrap, Refused
from tests.integration.finaliser_site import Site, journal, open_site


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(tmp_path) as one:
        yield one


async def test_an_export_opens_with_the_stock_age_command(site: Site) -> None:
    assert shutil.which("age"), "the age command must be installed"
    await journal(site, "rec1")
    await site.finaliser().scan(0.0)
    row = await site.row("rec1")
    out = site.root / "out.age"
    await export(row, site.store, out)
    process = await asyncio.create_subprocess_exec(
        "age", "-d", "-i", site.root / "keys" / "acme.age", out, stdout=subprocess.PIPE
    )
    decrypted, _ = await process.communicate()
    assert process.returncode == 0
    assert decrypted == await decrypt_wav(row, site.store, await site.key(row))


def flipped(octets: bytes) -> bytes:
    middle = len(octets) // 2
    return octets[:middle] + bytes([octets[middle] ^ 1]) + octets[middle + 1 :]


async def test_verification_says_no_after_one_flipped_bit_anywhere(site: Site) -> None:
    await journal(site, "rec1")
    await site.finaliser().scan(0.0)
    row = await site.row("rec1")
    key, public = await site.key(row), site.keys.public_key
    for wrong in (
        replace(row, header=flipped(row.header)),
        replace(row, manifest=flipped(row.manifest)),
        replace(row, signature=flipped(row.signature)),
        replace(row, recording="rec2"),
    ):
        assert not (await verify(wrong, site.store, key, public)).ok
    (file,) = site.objects.rglob("*.age-payload")
    octets = bytearray(file.read_bytes())
    for at in (0, 16, len(octets) // 2, len(octets) - 1):
        octets[at] ^= 1
        file.write_bytes(octets)
        assert not (await verify(row, site.store, key, public)).ok, at
        octets[at] ^= 1
    file.write_bytes(octets)
    assert (await verify(row, site.store, key, public)).ok
    file.unlink()
    assert (await verify(row, site.store, key, public)).problems == ("the object is missing",)


@pytest.mark.requirement("E-10")
async def test_two_tenants_cannot_open_each_other(site: Site) -> None:
    await journal(site, "rec1", tenant="acme")
    await site.vault.recipients("globex")
    await site.finaliser().scan(0.0)
    row = replace(await site.row("rec1"), tenant="globex")
    request = AskUnwrap(recording="rec1", header=row.header, actor="a", purpose="p", tenant="globex")
    assert not isinstance(await site.vault.unwrap(request), FileKey)


@pytest.mark.requirement("E-10")
async def test_headers_swapped_between_two_rows_open_nothing(site: Site) -> None:
    for name in ("rec1", "rec2"):
        await journal(site, name)
    await site.finaliser().scan(0.0)
    one, two = await site.row("rec1"), await site.row("rec2")
    for row, header in ((one, two.header), (two, one.header)):
        request = AskUnwrap(
            recording=row.recording, header=header, actor="mallory", purpose="play", tenant="acme"
        )
        assert await site.vault.unwrap(request) == Refused(reason="other_recording")


@pytest.mark.requirement("R-25")
@pytest.mark.requirement("E-05")
async def test_an_excerpt_is_that_part_of_the_whole_and_opens_that_part(site: Site) -> None:
    await journal(site, "rec1")
    await site.finaliser().scan(0.0)
    row = await site.row("rec1")
    key = await site.key(row)
    whole = await decrypt_wav(row, site.store, key)
    seekable = SeekableRecording(row, site.store, key)
    for first, length in ((0, 16_000), (8000, 160), (15_999, 1), (15_990, 9999), (16_000, 5)):
        piece = b"".join([one async for one in seekable.excerpt(first, length)])
        n_samples = max(0, min(length, 16_000 - first))
        assert piece == wav.header("PCMU", n_samples) + whole[58 + 2 * first :][: 2 * n_samples]
    assert seekable.n_opened == 5  # one first of all, then one each: the whole recording has a single chunk
