"""Real S3 servers on loopback: a light one, and one that keeps versions and enforces locks."""

import json
import random
import socket
import subprocess
import sysconfig
import time
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from pbx.core.secret import Secret
from pbx.recording.io.s3_store import S3Store
from tests.ports import free_port

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

RCLONE = Path(sysconfig.get_path("scripts")) / "rclone"
WEED = Path(sysconfig.get_path("scripts")) / "weed"
START_TIMEOUT_S = 15.0
LOCKING_START_S = 60.0


class S3Server:
    """`rclone serve s3` over a directory, on a port of its own."""

    def __init__(self, root: Path) -> None:
        assert RCLONE.exists(), "rclone must be installed"
        self._root = root
        (root / "bucket").mkdir()
        self._port = free_port()
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


class LockingServer:
    """`weed server -s3`: creates objects once, checks checksums, keeps versions, enforces holds."""

    def __init__(self, root: Path) -> None:
        assert WEED.exists(), "seaweedfs must be installed"
        identity: dict[str, object] = {"name": "pbx", "actions": ["Admin", "Read", "Write", "List"]}
        identity["credentials"] = [{"accessKey": "key", "secretKey": "secret"}]
        (root / "s3.json").write_text(json.dumps({"identities": [identity]}))
        self._root = root
        master, volume, filer, self._port = free_low_ports(4)
        ports = {"master.port": master, "volume.port": volume, "filer.port": filer, "s3.port": self._port}
        self._options = [f"-{name}={value}" for name, value in ports.items()]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [str(WEED), "-logtostderr=true", "server", "-ip=127.0.0.1", "-ip.bind=127.0.0.1"]
        command += [f"-dir={self._root}", "-filer=true", "-s3=true", f"-s3.config={self._root}/s3.json"]
        command += ["-volume.max=20", "-master.volumeSizeLimitMB=64", *self._options]
        command += ["-s3.port.iceberg=0", "-s3.port.lance=0"]  # two servers would want the same ports
        self._process = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        give_up = time.monotonic() + LOCKING_START_S
        while time.monotonic() < give_up:
            try:
                self.client.create_bucket(Bucket="bucket", ObjectLockEnabledForBucket=True)
                return
            except (BotoCoreError, ClientError):
                time.sleep(0.2)
        raise AssertionError("the S3 server does not start")

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()  # nothing of it is kept, and its orderly end takes half a minute
            self._process.wait(20)

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def client(self) -> "S3Client":
        """The server as its administrator sees it."""
        client: S3Client = boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id="key",
            aws_secret_access_key="secret",
            config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}),
        )
        return client

    def store(self, endpoint: str = "", bucket: str = "bucket") -> S3Store:
        """The server as a finaliser has it, which may reach it by another address."""
        return S3Store(
            endpoint=endpoint or self.endpoint, bucket=bucket, access_key="key", secret_key=Secret("secret")
        )


def free_low_ports(n: int) -> list[int]:
    """Ports whose neighbours 10,000 above are free too: the server takes those for itself."""
    found: list[int] = []
    for port in random.sample(range(20_000, 30_000), 200):
        with socket.socket() as low, socket.socket() as high:
            try:
                low.bind(("127.0.0.1", port))
                high.bind(("127.0.0.1", port + 10_000))
            except OSError:
                continue
        found.append(port)
        if len(found) == n:
            return found
    raise AssertionError("no free ports")
