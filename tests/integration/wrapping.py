"""Who wraps keys, as tests have him: a software token of SoftHSM and a KMS server on loopback."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import DEVNULL, PIPE
from typing import TYPE_CHECKING, Any

import boto3

from pbx.recording.io.key_provider import KmsSettings, Pkcs11Settings, WrappingSettings

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient

MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")
TOKEN, PIN = "pbx tests", "135790"


@dataclass(frozen=True, slots=True)
class Hsm:
    """A token in a folder of its own, which the module finds by an environment variable, once a process."""

    folder: Path

    @property
    def tokens(self) -> Path:
        return self.folder / "tokens"

    def settings(self, key: str, *, pin: str = PIN, token: str = TOKEN) -> Pkcs11Settings:
        file = self.folder / f"pin-{pin}"
        file.write_text(f"{pin}\n")
        return Pkcs11Settings(module=MODULE, token=token, key=key, pin_file=file)

    def wrapping(self, key: str, **changed: Any) -> WrappingSettings:
        return WrappingSettings(provider="pkcs11", pkcs11=self.settings(key, **changed))


@contextmanager
def software_token(folder: Path) -> Iterator[Hsm]:
    """A token of SoftHSM, for this process and those that it starts."""
    hsm = Hsm(folder)
    hsm.tokens.mkdir()
    (folder / "softhsm.conf").write_text(f"directories.tokendir = {hsm.tokens}\nlog.level = ERROR\n")
    os.environ["SOFTHSM2_CONF"] = str(folder / "softhsm.conf")
    made = ["softhsm2-util", "--init-token", "--free", "--label", TOKEN, "--pin", PIN, "--so-pin", "24680"]
    subprocess.run(made, check=True, capture_output=True)
    yield hsm
    del os.environ["SOFTHSM2_CONF"]


@dataclass(frozen=True, slots=True)
class Kms:
    """A server that speaks as KMS does, and an admin's client of it."""

    endpoint: str
    folder: Path
    client: "KMSClient"
    arn: str  # of a key for those who do nothing to it

    def key(self) -> str:
        """Make a key; return its ARN."""
        return self.client.create_key()["KeyMetadata"]["Arn"]

    def settings(self, key: str, *, endpoint: str = "") -> KmsSettings:
        file = self.folder / "credential"
        file.write_text("test\n")
        where = endpoint or self.endpoint
        return KmsSettings(
            key=key, region="eu-west-1", endpoint=where, access_key_file=file, secret_key_file=file
        )

    def wrapping(self, key: str) -> WrappingSettings:
        return WrappingSettings(provider="kms", kms=self.settings(key))


_SERVER = """
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
server.start()
print("http://%s:%d" % server.get_host_and_port(), flush=True)
input()
"""


@contextmanager
def kms_server(folder: Path) -> Iterator[Kms]:
    """The server of moto as a process of its own, which ends when nobody holds its standard input."""
    command = [sys.executable, "-c", _SERVER]
    with subprocess.Popen(command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            endpoint = process.stdout.readline().strip()
            client = boto3.client(
                "kms",
                endpoint_url=endpoint,
                region_name="eu-west-1",
                aws_access_key_id="test",
                aws_secret_access_key="test",
            )
            yield Kms(endpoint, folder, client, client.create_key()["KeyMetadata"]["Arn"])
        finally:
            process.terminate()
