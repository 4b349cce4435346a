"""Object stores: a directory and a real S3 server, which goes away and refuses."""

import socket
import subprocess
import sysconfig
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from pbx.core.errors import StorageError
from pbx.core.secret import Secret
from pbx.recording.io.object_store import LocalDirectory, ObjectStore, stream, verify
from pbx.recording.io.s3_store import PART, S3Store

RCLONE = Path(sysconfig.get_path("scripts")) / "rclone"
START_TIMEOUT_S = 15.0


class S3Server:
    """`rclone serve s3` over a directory, on a port of its own."""

    def __init__(self, root: Path) -> None:
        assert RCLONE.exists(), "rclone must be installed"
        self._root = root
        (root / "bucket").mkdir()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = int(probe.getsockname()[1])
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        address = f"127.0.0.1:{self._port}"
        command = [str(RCLONE), "serve", "s3", "--addr", address, "--auth-key", "key,secret", str(self._root)]
        self._process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        give_up = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < give_up:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self._port)) == 0:
                    return
            time.sleep(0.05)
        raise AssertionError("the S3 server does not start")

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
            self._process = None

    def store(self, secret: str = "secret") -> S3Store:
        endpoint = f"http://127.0.0.1:{self._port}"
        return S3Store(endpoint=endpoint, bucket="bucket", access_key="key", secret_key=Secret(secret))


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


async def test_putting_again_replaces(store: ObjectStore, tmp_path: Path) -> None:
    for octets in (b"long before", b"after"):
        path, digest = a_file(tmp_path, octets)
        await store.put_file("ab/object", path, digest)
    assert await store.read("ab/object") == b"after"
    assert await store.list() == ["ab/object"]


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
