"""Large objects whose upload was killed, or broke off, between any two parts: they go on where they were."""

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from pbx.core.errors import StorageError
from pbx.core.secret import Secret
from pbx.recording.io import reconcile, s3_parts, sealed_spool
from pbx.recording.io.object_store import LocalDirectory, verify
from pbx.recording.object_name import object_key
from tests.integration.fault_proxy import FaultProxy
from tests.integration.finaliser_site import journal, open_site
from tests.integration.s3_servers import LockingServer

PART = 5 << 20  # the least that this server joins
N_PARTS = 3
JOINING = -1  # in the place of a part's number


@dataclass(slots=True)
class Line:
    """A line to a server; `parts` are the numbers of the parts that were sent over it, in order."""

    proxy: FaultProxy
    parts: list[int]
    breaks_at: int = 0
    kills: int = 0

    def wanted(self, method: str, path: str) -> bool:
        """Whether the line breaks with this request; who sends it may be killed first."""
        asked = parse_qs(urlsplit(path).query)
        number = int(asked.get("partNumber", ["0"])[0])
        if method == "PUT" and number:
            self.parts.append(number)
        if method == "POST" and "uploadId" in asked:
            number = JOINING
        if number != self.breaks_at or not number:
            return False
        if self.kills:
            os.kill(self.kills, signal.SIGKILL)
        return True

    def lists_parts(self, method: str, path: str) -> bool:
        """Whether somebody asks which parts of an upload are there."""
        self.wanted(method, path)
        return method == "GET" and "uploadId" in path


@pytest.fixture
def line(locking: LockingServer) -> Iterator[Line]:
    line = Line(FaultProxy(locking.endpoint), [])
    line.proxy.wanted, line.proxy.fault = line.wanted, "cut"
    yield line
    line.proxy.close()


@pytest.fixture(scope="module")
def bucket(locking: LockingServer) -> str:
    """One of their own: each takes space that the server never gives back."""
    locking.client.create_bucket(Bucket="parts")
    return "parts"


@pytest.fixture
def key(request: pytest.FixtureRequest) -> str:
    return object_key(Secret(b"0123456789abcdef"), request.node.name)


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3_parts, "PART", PART)


def a_file(folder: Path, n_octets: int = (N_PARTS - 1) * PART + 5) -> tuple[Path, str]:
    """No two parts are alike."""
    octets = b"".join(bytes([n + 1]) * PART for n in range(N_PARTS))[:n_octets]
    path = folder / "payload"
    path.write_bytes(octets)
    return path, sha256(octets).hexdigest()


def left(locking: LockingServer, bucket: str) -> list[str]:
    """The keys of the uploads that have not ended."""
    uploads = locking.client.list_multipart_uploads(Bucket=bucket).get("Uploads", [])
    return [upload["Key"] for upload in uploads]


@pytest.mark.requirement("REC-09")
@pytest.mark.requirement("F-22")
async def test_over_a_line_that_breaks_each_time_an_upload_comes_to_an_end(
    locking: LockingServer, line: Line, bucket: str, key: str, tmp_path: Path
) -> None:
    path, digest = a_file(tmp_path)
    for line.breaks_at in range(2, N_PARTS + 1):
        with pytest.raises(StorageError) as caught:
            await locking.store(line.proxy.endpoint, bucket).put_file(key, path, digest)
        assert caught.value.retryable
        assert left(locking, bucket) == [key]
    line.breaks_at = 0
    store = locking.store(line.proxy.endpoint, bucket)
    assert await store.put_file(key, path, digest)
    assert line.parts == [1, 2, 2, 3, 3], "each once more than it broke"
    assert left(locking, bucket) == []
    assert await verify(store, key, path.stat().st_size, digest)


@pytest.mark.requirement("REC-09")
async def test_what_another_has_stored_as_parts_is_not_believed(
    locking: LockingServer, line: Line, bucket: str, key: str, tmp_path: Path
) -> None:
    """Octets of the right length that are not ours; what lies beyond the end is left out."""
    client = locking.client
    path, digest = a_file(tmp_path, 2 * PART)
    begun = [
        client.create_multipart_upload(Bucket=bucket, Key=key, ChecksumAlgorithm="SHA256")["UploadId"]
        for _ in range(2)
    ]
    for upload in begun:
        for number, octets in ((1, b"\1" * PART), (2, b"x" * PART), (3, b"more")):
            client.upload_part(
                Bucket=bucket,
                Key=key,
                UploadId=upload,
                PartNumber=number,
                Body=octets,
                ChecksumAlgorithm="SHA256",
            )
    client.create_multipart_upload(Bucket=bucket, Key=key + "-too")
    store = locking.store(line.proxy.endpoint, bucket)
    assert await store.put_file(key, path, digest)
    assert line.parts == [2]
    assert left(locking, bucket) == [key + "-too"], "the other upload of this key is given up too"
    assert await verify(store, key, 2 * PART, digest)
    await store.delete(key + "-too")
    assert left(locking, bucket) == []


@pytest.mark.requirement("REC-09")
async def test_who_may_not_list_parts_begins_anew(
    locking: LockingServer, line: Line, bucket: str, key: str, tmp_path: Path
) -> None:
    path, digest = a_file(tmp_path, PART + 5)
    line.breaks_at = 2
    store = locking.store(line.proxy.endpoint, bucket)
    with pytest.raises(StorageError):
        await store.put_file(key, path, digest)
    line.parts.clear()
    line.proxy.fault, line.proxy.wanted = "forbidden", line.lists_parts
    assert await store.put_file(key, path, digest)
    assert line.parts == [1, 2]
    assert left(locking, bucket) == []


@pytest.mark.requirement("E-17")
async def test_an_upload_whose_name_is_taken_meanwhile_leaves_no_parts(
    locking: LockingServer, bucket: str, key: str, tmp_path: Path
) -> None:
    path, digest = a_file(tmp_path, PART + 1)
    store = locking.store(bucket=bucket)
    locking.client.put_object(Bucket=bucket, Key=key, Body=b"of another")
    assert not await store.put_file(key, path, digest)
    assert left(locking, bucket) == []
    assert await store.read(key) == b"of another"


@pytest.mark.requirement("R-15")
async def test_uploads_that_nobody_ends_are_given_up(
    locking: LockingServer, bucket: str, key: str, tmp_path: Path
) -> None:
    """A deleted object takes its own along; after a week others go that are ours and not waited for."""
    store = locking.store(bucket=bucket)
    keys = (key, "backups/of-somebody-else")
    for one in (*keys, "deleted", "deleted-not"):
        locking.client.create_multipart_upload(Bucket=bucket, Key=one)
    await store.delete("deleted")
    assert sorted(left(locking, bucket)) == sorted((*keys, "deleted-not"))
    async with open_site(tmp_path / "site") as site:
        await journal(site, "sealed")
        with pytest.raises(_Killed):
            await site.finaliser(_killed).scan(0.0)
        (found,) = site.spool.glob("*.sealed")
        sealed = sealed_spool.load(found.with_suffix(".jrn"))
        assert sealed is not None
        locking.client.create_multipart_upload(Bucket=bucket, Key=sealed.object_key)
        now = datetime.now(UTC)
        await reconcile.give_up_uploads([site.spool], store, now + timedelta(days=6))
        assert len(left(locking, bucket)) == 4
        await reconcile.give_up_uploads([site.spool], store, now + timedelta(days=8))
        await reconcile.give_up_uploads([site.spool], LocalDirectory(tmp_path), now)  # has nothing like it
    assert sorted(left(locking, bucket)) == sorted(
        (sealed.object_key, "backups/of-somebody-else", "deleted-not")
    )
    for one in (sealed.object_key, "backups/of-somebody-else", "deleted-not"):
        await store.delete(one)


@pytest.mark.requirement("R-15")
async def test_those_of_others_in_the_bucket_do_not_hide_ours(
    locking: LockingServer, bucket: str, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server tells so many in one answer, in an order of its own, and ours may be the last."""
    monkeypatch.setattr(s3_parts, "PAGE", 2)
    store, others = locking.store(bucket=bucket), [f"!of-another-{n}" for n in range(5)]
    for one in (*others, key):
        locking.client.create_multipart_upload(Bucket=bucket, Key=one)
    assert len(locking.client.list_multipart_uploads(Bucket=bucket, MaxUploads=2)["Uploads"]) == 2
    found = s3_parts.unfinished(locking.client, bucket)
    assert sorted(one["Key"] for one in found) == [*others, key]
    assert await store.give_up_uploads(datetime.now(UTC) + timedelta(days=1), ()) == 1
    assert sorted(left(locking, bucket)) == others
    for one in others:
        await store.delete(one)


@pytest.mark.proof
@pytest.mark.requirement("REC-09")
@pytest.mark.requirement("R-12")
@pytest.mark.requirement("R-13")
async def test_killed_between_every_two_parts_each_part_is_sent_to_the_end_once(
    locking: LockingServer, line: Line, bucket: str, key: str, tmp_path: Path
) -> None:
    """kill -9 when a part is about to be stored, and when the whole is about to be joined."""
    path, digest = a_file(tmp_path)
    command = (line.proxy.endpoint, bucket, key, str(path), str(PART))
    for line.breaks_at in (1, 2, 3, JOINING):
        assert await one_upload(line, *command) == -signal.SIGKILL
        assert left(locking, bucket) == [key]
    line.breaks_at = 0
    assert await one_upload(line, *command) == 0
    assert line.parts == [1, 1, 2, 2, 3, 3], "each once more than it was killed"
    assert left(locking, bucket) == []
    assert await verify(locking.store(bucket=bucket), key, path.stat().st_size, digest)


async def one_upload(line: Line, *arguments: str) -> int:
    """Return the exit code of a process, which begins when the line knows whom to kill."""
    command = (sys.executable, "-m", "tests.integration.one_upload", *arguments)
    process = await asyncio.create_subprocess_exec(*command, stdin=asyncio.subprocess.PIPE)
    line.kills = process.pid
    await process.communicate(b"go")
    line.kills = 0
    assert process.returncode is not None
    return process.returncode


class _Killed(BaseException):
    """Stands for kill -9 at a named point."""


def _killed(point: str) -> None:
    if point == "after_sealed":
        raise _Killed
