"""Object stores: a directory and a real S3 server, which goes away and refuses."""

import secrets
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from pbx.core.errors import StorageError
from pbx.core.secret import Secret
from pbx.recording.io import s3_requests
from pbx.recording.io.fault_points import FAULT_POINTS
from pbx.recording.io.object_store import LocalDirectory, ObjectStore, stream, verify
from pbx.recording.io.s3_parts import PART
from pbx.recording.io.s3_store import S3Store
from tests.integration.fault_proxy import Fault, FaultProxy
from tests.integration.finaliser_site import Site, check_stored, journal, open_site
from tests.integration.s3_servers import LockingServer, S3Server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[S3Server]:
    root = tmp_path / "s3"
    root.mkdir()
    server = S3Server(root)
    server.start()
    yield server
    server.stop()


@pytest.fixture(params=["local", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    if request.param == "local":
        return LocalDirectory(tmp_path / "objects")
    server: S3Server = request.getfixturevalue("server")
    return server.store()


@pytest.fixture(params=["local", "locking"])
def creating(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    """The stores that refuse to replace an object."""
    if request.param == "local":
        return LocalDirectory(tmp_path / "objects")
    server: LockingServer = request.getfixturevalue("locking")
    return server.store()


def a_file(tmp_path: Path, octets: bytes) -> tuple[Path, str]:
    path = tmp_path / "file"
    path.write_bytes(octets)
    return path, sha256(octets).hexdigest()


@pytest.mark.parametrize("size", [0, 1000, PART + 1])
async def test_what_is_put_comes_back(store: ObjectStore, tmp_path: Path, size: int) -> None:
    octets = bytes(size) if size < 2000 else (bytes(range(256)) * (size // 256 + 1))[:size]
    path, digest = a_file(tmp_path, octets)
    await store.put_file("ab/object", path, digest)
    assert await store.head("ab/object") == size
    assert b"".join([block async for block in stream(store, "ab/object")]) == octets
    assert await verify(store, "ab/object", size, digest)
    assert not await verify(store, "ab/object", size, "0" * 64)
    assert not await verify(store, "ab/object", size + 1, digest)


async def test_ranges_lists_and_deletion(store: ObjectStore, tmp_path: Path) -> None:
    path, digest = a_file(tmp_path, b"0123456789")
    await store.put_file("ab/one", path, digest)
    await store.put_file("cd/two", path, digest)
    assert await store.read("ab/one", 2, 3) == b"234"
    assert await store.read("ab/one", 7) == b"789"
    assert await store.list() == ["ab/one", "cd/two"]
    assert await store.list("ab/") == ["ab/one"]
    await store.delete("ab/one")
    await store.delete("ab/one")
    assert await store.list() == ["cd/two"]


@pytest.mark.requirement("E-17")
@pytest.mark.parametrize("size", [5, PART + 1])
async def test_an_object_is_created_once(creating: ObjectStore, tmp_path: Path, size: int) -> None:
    key = f"once/{size}"
    path, digest = a_file(tmp_path, b"first".ljust(size))
    assert await creating.put_file(key, path, digest)
    other, other_digest = a_file(tmp_path, b"other".ljust(size))
    assert not await creating.put_file(key, other, other_digest)
    assert await verify(creating, key, size, digest)
    assert await creating.list(key) == [key]


@pytest.mark.requirement("E-17")
async def test_octets_that_change_on_their_way_are_refused(locking: LockingServer, tmp_path: Path) -> None:
    path, _ = a_file(tmp_path, b"octets")
    with pytest.raises(StorageError, match="BadDigest"):
        await locking.store().put_file("ab/changed", path, sha256(b"others").hexdigest())
    assert await locking.store().head("ab/changed") is None


@pytest.mark.requirement("F-22")
async def test_a_server_that_never_answers_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3_requests, "REQUEST_LIMIT_S", 0.2)
    path, digest = a_file(tmp_path, b"octets")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        store = S3Store(endpoint=endpoint, bucket="bucket", access_key="key", secret_key=Secret("s"))
        with pytest.raises(StorageError, match="too slow") as caught:
            await store.put_file("ab/object", path, digest)
        assert caught.value.retryable
        connection, _ = silent.accept()
        connection.close()  # frees the thread


async def test_a_missing_object_is_none_or_final(store: ObjectStore) -> None:
    assert await store.head("no/object") is None
    assert not await verify(store, "no/object", 1, "0" * 64)
    with pytest.raises(StorageError) as caught:
        await store.read("no/object")
    assert not caught.value.retryable


@pytest.mark.parametrize("key", ["", "/etc/passwd", "../up", "a/../../up", "a//b", "a/./b", "a\0"])
async def test_a_key_never_leads_out_of_the_directory(tmp_path: Path, key: str) -> None:
    with pytest.raises(StorageError):
        await LocalDirectory(tmp_path).head(key)


async def test_a_directory_refuses_a_file_that_is_not_what_its_hash_says(tmp_path: Path) -> None:
    path, _ = a_file(tmp_path, b"x")
    store = LocalDirectory(tmp_path / "objects")
    with pytest.raises(StorageError):
        await store.put_file("ab/object", path, "0" * 64)
    assert await store.list() == []


@pytest.mark.requirement("R-14")
async def test_a_server_that_is_down_for_a_while_is_retryable(server: S3Server, tmp_path: Path) -> None:
    store = server.store()
    path, digest = a_file(tmp_path, b"octets")
    server.stop()
    with pytest.raises(StorageError) as caught:
        await store.put_file("ab/object", path, digest)
    assert caught.value.retryable
    with pytest.raises(StorageError) as caught:
        await store.head("ab/object")
    assert caught.value.retryable
    server.start()
    await store.put_file("ab/object", path, digest)
    assert await verify(store, "ab/object", 6, digest)


async def test_a_wrong_secret_is_retryable_and_not_quoted(server: S3Server, tmp_path: Path) -> None:
    path, digest = a_file(tmp_path, b"octets")
    store = server.store("another secret")
    with pytest.raises(StorageError) as caught:
        await store.put_file("ab/object", path, digest)
    assert caught.value.retryable
    assert "another secret" not in str(caught.value)
    assert await server.store().head("ab/object") is None


@pytest.mark.requirement("E-18")
async def test_an_object_that_is_held_stays(locking: LockingServer, tmp_path: Path) -> None:
    store = locking.store()
    await store.put_file("held", *a_file(tmp_path, b"sound"))
    (version,) = locking.client.list_object_versions(Bucket="bucket", Prefix="held")["Versions"]
    assert await store.set_hold("held")
    with pytest.raises(ClientError):
        locking.client.delete_object(Bucket="bucket", Key="held", VersionId=version["VersionId"])
    assert await store.clear_hold("held")
    locking.client.delete_object(Bucket="bucket", Key="held", VersionId=version["VersionId"])


@pytest.mark.requirement("REC-10")
async def test_what_a_lock_keeps_of_a_deleted_object_is_told(locking: LockingServer, tmp_path: Path) -> None:
    store, client = locking.store(), locking.client
    for key in ("kept", "kept-too"):
        await store.put_file(key, *a_file(tmp_path, b"sound"))
    assert await store.set_hold("kept")
    await store.delete("kept")
    assert await store.delete_versions("kept") == "versions_kept"
    found = client.list_object_versions(Bucket="bucket", Prefix="kept")["Versions"]
    (version,) = [one["VersionId"] for one in found if one["Key"] == "kept"]
    client.put_object_legal_hold(
        Bucket="bucket",
        Key="kept",
        VersionId=version,
        LegalHold={"Status": "OFF"},
        ChecksumAlgorithm="SHA256",
    )
    assert await store.delete_versions("kept") == "deleted"
    left = client.list_object_versions(Bucket="bucket", Prefix="kept")["Versions"]
    assert [one["Key"] for one in left] == ["kept-too"]


async def test_a_bucket_without_versions_keeps_none(server: S3Server, tmp_path: Path) -> None:
    store = server.store()
    await store.put_file("gone", *a_file(tmp_path, b"sound"))
    await store.delete("gone")
    assert await store.delete_versions("gone") == "deleted"
    assert await store.head("held") is None


@pytest.mark.requirement("E-18")
async def test_a_server_without_object_lock_says_so(server: S3Server, tmp_path: Path) -> None:
    store = server.store()
    await store.put_file("held", *a_file(tmp_path, b"sound"))
    assert not await store.set_hold("held")
    assert await store.read("held") == b"sound"  # such a server takes the order for a new object


@dataclass(frozen=True, slots=True)
class Far:
    """A machine whose recordings go over a line that fails on demand, to a bucket of its own."""

    site: Site
    proxy: FaultProxy
    bucket: str


@pytest.fixture
async def far(locking: LockingServer, tmp_path: Path) -> AsyncIterator[Far]:
    bucket = f"faults-{secrets.token_hex(4)}"
    locking.client.create_bucket(Bucket=bucket)
    proxy = FaultProxy(locking.endpoint)
    async with open_site(tmp_path) as site:
        yield Far(replace(site, store=locking.store(proxy.endpoint, bucket)), proxy, bucket)
    proxy.close()


def of_writing(method: str, _path: str) -> bool:
    return method in ("PUT", "POST")


FAULTS: dict[Fault, Callable[[str, str], bool]] = {
    "500": of_writing,
    "503": of_writing,
    "expired": lambda _method, _path: True,
    "down": of_writing,
    "cut": of_writing,
    "lie": of_writing,
}


@pytest.mark.proof
@pytest.mark.requirement("R-13")
@pytest.mark.requirement("F-21")
@pytest.mark.requirement("F-22")
@pytest.mark.requirement("F-23")
async def test_whatever_fails_the_journal_stays_until_the_object_is_there(far: Far) -> None:
    """Each in turn; then one that lasts an hour, in which the store is asked a few times only."""
    site, proxy = far.site, far.proxy
    for n, (fault, wanted) in enumerate(FAULTS.items(), 1):
        path, finaliser = await journal(site, f"rec{n}"), site.finaliser()
        proxy.fault, proxy.wanted = fault, wanted
        assert await finaliser.scan(0.0) == 0, fault
        assert path.exists() and await site.ledger.get(f"rec{n}") is None, fault
        proxy.fault = ""
        assert await finaliser.scan(2.0) == 1, fault
        await check_stored(site, f"rec{n}")
        assert len(await site.objects_stored()) == n, fault
    path, finaliser, now = await journal(site, "late"), site.finaliser(), 0.0
    proxy.fault, proxy.wanted, before = "down", lambda _method, _path: True, proxy.n_requests
    while now < 3600.0:
        assert await finaliser.scan(now) == 0
        now += 5.0
    assert 8 <= proxy.n_requests - before <= 20  # 1, 2, 4 ... 900 s
    proxy.fault = ""
    assert await finaliser.scan(now + 900.0) == 1
    await check_stored(site, "late")
    assert not path.exists()


class Killed(BaseException):
    """Stands for kill -9 at a named point."""


@pytest.mark.proof
@pytest.mark.requirement("R-12")
@pytest.mark.requirement("R-13")
async def test_killed_between_any_two_steps_there_is_one_object_on_the_server(far: Far) -> None:
    site = far.site
    for n, point in enumerate(FAULT_POINTS, 1):

        def fault(name: str, wanted: str = point) -> None:
            if name == wanted:
                raise Killed(name)

        await journal(site, f"rec{n}")
        with pytest.raises(Killed):
            await site.finaliser(fault).scan(0.0)
        await site.finaliser().scan(0.0)
        await check_stored(site, f"rec{n}")
        assert len(await site.objects_stored()) == n == len(await site.ledger.list())
