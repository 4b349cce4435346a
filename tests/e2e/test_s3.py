"""Recordings in an S3 bucket: a real server that goes away, comes back, and refuses wrong keys."""

import asyncio
import socket
import sysconfig
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from pbx.recording.io.journal_files import SUFFIX
from tests.e2e import fault_helpers as helpers
from tests.e2e.running import RunningPbx, free_port, running

RCLONE = Path(sysconfig.get_path("scripts")) / "rclone"
BUCKET, ACCESS_KEY, SECRET_KEY = "recordings", "access", "right-secret"
START_S = 15.0
TALK_S = 1.0


class S3Server:
    """`rclone serve s3` over a directory, always on the same port."""

    def __init__(self, root: Path) -> None:
        self._root, self._port = root, free_port()
        (root / BUCKET).mkdir(parents=True)
        self._process: asyncio.subprocess.Process | None = None

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def stored(self) -> list[str]:
        """The keys in the bucket, read behind the server's back."""
        bucket = self._root / BUCKET
        return sorted(str(path.relative_to(bucket)) for path in bucket.rglob("*") if path.is_file())

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            *(str(RCLONE), "serve", "s3", "--addr", f"127.0.0.1:{self._port}"),
            *("--auth-key", f"{ACCESS_KEY},{SECRET_KEY}", str(self._root)),
            stderr=asyncio.subprocess.DEVNULL,
        )
        await helpers.until(self._listens, "the S3 server does not start", START_S)

    async def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            await self._process.wait()
            self._process = None

    async def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self._port)) == 0


@pytest_asyncio.fixture
async def server(tmp_path: Path) -> AsyncIterator[S3Server]:
    """A running server with an empty bucket."""
    assert RCLONE.exists(), "rclone must be installed"
    server = S3Server(tmp_path / "s3")
    await server.start()
    yield server
    await server.stop()


def configure(base: Path, server: S3Server, secret_key: str = SECRET_KEY) -> Path:
    """Store recordings in the bucket; return the file of the secret key."""
    access, secret = base / "access-key", base / "secret-key"
    access.write_text(f"{ACCESS_KEY}\n")
    secret.write_text(f"{secret_key}\n")
    store = {
        "kind": "s3",
        "endpoint": server.endpoint,
        "bucket": BUCKET,
        "access_key_file": str(access),
        "secret_key_file": str(secret),
    }
    helpers.configure(base, recording={"store": store})
    return secret


async def short_call(pbx: RunningPbx) -> None:
    """Leave one recording behind."""
    async with helpers.phones(pbx) as (caller, _agent):
        call = await helpers.dial(caller)
        await asyncio.sleep(TALK_S)
        call.hang_up()
        await call.wait_ended(5)


async def waits(pbx: RunningPbx, words: str) -> None:
    """Return once the finaliser has complained and the journal is still in the spool."""

    async def has_complained() -> bool:
        return words in (pbx.places.logs / "finaliser.log").read_text()

    await helpers.until(has_complained, f"the finaliser does not say {words!r}")
    assert len(list(pbx.places.spool.glob(f"*{SUFFIX}"))) == 1


@pytest.mark.requirement("R-13")
async def test_recording_arrives_and_survives_an_outage(tmp_path: Path, server: S3Server) -> None:
    configure(tmp_path, server)
    async with running(tmp_path, free_port()) as pbx:
        await short_call(pbx)
        left = await helpers.settled(pbx, 1)
        left.assert_whole(1)
        assert left.recordings[0].object_key in server.stored()
        await server.stop()
        await short_call(pbx)
        await waits(pbx, "the object store does not answer")
        await server.start()
        left = await helpers.settled(pbx, 2)
        left.assert_whole(2)
        assert {row.object_key for row in left.recordings} <= set(server.stored())
        for row in left.recordings:
            await helpers.wav_of(pbx, row)


@pytest.mark.requirement("R-13")
async def test_wrong_secret_loses_nothing(tmp_path: Path, server: S3Server) -> None:
    secret = configure(tmp_path, server, "wrong-secret")
    async with running(tmp_path, free_port()) as pbx:
        await short_call(pbx)
        await waits(pbx, "object store refuses us")
        log = (pbx.places.logs / "finaliser.log").read_text()
        assert "wrong-secret" not in log
        assert server.stored() == []
    secret.write_text(f"{SECRET_KEY}\n")
    async with running(tmp_path, free_port()) as pbx:
        left = await helpers.settled(pbx, 1)
        left.assert_whole(1)
        assert left.recordings[0].object_key in server.stored()
        await helpers.wav_of(pbx, left.recordings[0])
