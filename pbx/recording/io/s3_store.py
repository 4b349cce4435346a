"""Masters in an S3 bucket: boto3 in threads, path-style addresses, signature version 4.

A refused credential or a missing bucket loses nothing: retryable, with an ERROR line for the operator.
Objects are created once (`If-None-Match: *`), and the server checks a SHA-256 of each request's octets.
"""

import builtins
from base64 import b64encode
from collections.abc import Collection
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import boto3
import structlog
from botocore.config import Config
from botocore.exceptions import ClientError

from pbx.core.errors import StorageError
from pbx.core.secret import Secret
from pbx.recording.io import s3_parts
from pbx.recording.io.object_store import MAX_LISTED, LockMode, Put
from pbx.recording.io.s3_locks import Locked, is_retained, offers_lock, put_retention
from pbx.recording.io.s3_parts import PartsUpload, give_up, unfinished
from pbx.recording.io.s3_requests import NO_LOCK, NOT_ALLOWED, ExistsError, code_of, in_thread
from pbx.recording.object_name import is_object_key

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_CONNECT_TIMEOUT_S, _READ_TIMEOUT_S = 5, 30
_TYPE = "application/octet-stream"
MAX_VERSIONS = 1000  # of one object, which is written once: more is somebody else's doing
Left = Literal["deleted", "locked", "versions_kept", "versions_unknown"]
_log = structlog.get_logger()


class S3Store:
    """One bucket; safe to use from several tasks."""

    def __init__(
        self,
        *,
        endpoint: str,
        bucket: str,
        access_key: str,
        secret_key: Secret[str],
        region: str = "us-east-1",
    ) -> None:
        self._bucket = bucket
        self._client: S3Client = boto3.client(
            "s3",
            endpoint_url=endpoint,
            region_name=region,
            aws_access_key_id=access_key,
            aws_secret_access_key=secret_key.reveal(),
            config=Config(
                signature_version="s3v4",
                s3={"addressing_style": "path"},
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
                connect_timeout=_CONNECT_TIMEOUT_S,
                read_timeout=_READ_TIMEOUT_S,
                retries={"total_max_attempts": 1},  # the finaliser's back-off is the one that waits
            ),
        )

    async def put_file(self, key: str, path: Path, sha256_hex: str) -> bool:
        size = await in_thread(lambda: path.stat().st_size)
        try:
            if size <= s3_parts.PART:
                await self._put_whole(key, path, sha256_hex)
            else:
                await PartsUpload(self._client, self._bucket, key, path).run(sha256_hex)
        except ExistsError:
            return False
        return True

    async def _put_whole(self, key: str, path: Path, sha256_hex: str) -> None:
        await in_thread(
            lambda: self._client.put_object(
                Bucket=self._bucket,
                Key=key,
                Body=path.read_bytes(),
                ContentType=_TYPE,
                Metadata={"sha256": sha256_hex},
                ChecksumSHA256=b64encode(bytes.fromhex(sha256_hex)).decode(),
                IfNoneMatch="*",
            )
        )

    async def put_locked(self, key: str, octets: bytes, mode: LockMode, until: datetime) -> Put:
        """Create a small object that nobody may delete until then; without that where it is not offered.

        `mode`: governance, compliance, none. Who may write, but not lock, writes without a lock.
        """
        try:
            return await in_thread(lambda: self._put_locked(key, octets, mode, until))
        except ExistsError:
            return "exists"

    def _put_locked(self, key: str, octets: bytes, mode: LockMode, until: datetime) -> Put:
        put = partial(
            self._client.put_object,
            Bucket=self._bucket,
            Key=key,
            Body=octets,
            ContentType=_TYPE,
            ChecksumSHA256=b64encode(sha256(octets).digest()).decode(),
            IfNoneMatch="*",
        )
        if mode != "none":
            lock: Literal["GOVERNANCE", "COMPLIANCE"] = "GOVERNANCE" if mode == "governance" else "COMPLIANCE"
            try:
                put(ObjectLockMode=lock, ObjectLockRetainUntilDate=until)
            except ClientError as error:
                if code_of(error) not in (*NO_LOCK, *NOT_ALLOWED):
                    raise
            else:  # a server may take the wish and forget it
                held = self._client.head_object(Bucket=self._bucket, Key=key)
                return "locked" if held.get("ObjectLockMode") == lock else "not_locked"
        put()
        return "not_locked"

    async def read(self, key: str, start: int = 0, length: int | None = None) -> bytes:
        if length == 0:
            return b""
        end = "" if length is None else str(start + length - 1)
        return await in_thread(
            lambda: self._client.get_object(Bucket=self._bucket, Key=key, Range=f"bytes={start}-{end}")[
                "Body"
            ].read()
        )

    async def head(self, key: str) -> int | None:
        try:
            answer = await in_thread(lambda: self._client.head_object(Bucket=self._bucket, Key=key))
        except StorageError as error:
            if error.retryable:
                raise
            return None
        return answer["ContentLength"]

    async def delete(self, key: str) -> None:
        await in_thread(lambda: self._client.delete_object(Bucket=self._bucket, Key=key))
        try:
            for upload in await in_thread(lambda: unfinished(self._client, self._bucket, key)):
                if upload["Key"] == key:
                    await give_up(self._client, self._bucket, upload)
        except StorageError as error:  # the object is gone, and that is what was asked for
            _log.warning("parts may stay in the object store", key=key, reason=str(error))

    async def give_up_uploads(self, before: datetime, wanted: Collection[str]) -> int:
        """Delete the parts of masters and copies whose upload began before then, but not those wanted."""
        uploads = await in_thread(lambda: unfinished(self._client, self._bucket))
        lost = [one for one in uploads if is_object_key(one["Key"]) and one["Key"] not in wanted]
        lost = [one for one in lost if one["Initiated"] < before]
        for one in lost:
            await give_up(self._client, self._bucket, one)
        return len(lost)

    async def delete_versions(self, key: str) -> Left:
        """Delete every version that the bucket keeps of a deleted object, and say what stays."""
        return await in_thread(lambda: self._delete_versions(key))

    def _delete_versions(self, key: str) -> Left:
        """A version under object lock is refused like one for which we have no permission."""
        try:
            pages = self._client.get_paginator("list_object_versions").paginate(
                Bucket=self._bucket, Prefix=key, PaginationConfig={"MaxItems": MAX_VERSIONS}
            )
            versions = [
                one["VersionId"] for page in pages for one in page.get("Versions", []) if one["Key"] == key
            ]
        except ClientError as error:
            if code_of(error) in NO_LOCK:
                return "deleted"
            if code_of(error) in NOT_ALLOWED:
                return "versions_unknown"
            raise
        kept = [one for one in versions if not self._delete_version(key, one)]
        now = datetime.now(UTC)
        if kept and all(is_retained(self._client, self._bucket, (key, one), now) for one in kept):
            return "locked"
        return "versions_kept" if kept else "deleted"

    def _delete_version(self, key: str, version: str) -> bool:
        try:
            self._client.delete_object(Bucket=self._bucket, Key=key, VersionId=version)
        except ClientError as error:
            if code_of(error) in (*NOT_ALLOWED, *NO_LOCK):
                return False
            raise
        return True

    async def set_retention(self, key: str, mode: str, until: datetime) -> Locked:
        """Lock an object until then, governance or compliance, and read that back."""
        return await in_thread(lambda: put_retention(self._client, self._bucket, key, (mode, until)))

    async def set_hold(self, key: str) -> bool:
        """Put a legal hold on an object and read it back; False when the server does not do that (E-18)."""
        return await self._hold(key, "ON")

    async def clear_hold(self, key: str) -> bool:
        """Take the legal hold of an object away and read that back; False like `set_hold`."""
        return await self._hold(key, "OFF")

    async def _hold(self, key: str, status: Literal["ON", "OFF"]) -> bool:
        found = await in_thread(lambda: self._put_and_read_hold(key, status))
        if found not in (status, None):
            raise StorageError("the object store does not keep a legal hold", retryable=True)
        return found is not None

    def _put_and_read_hold(self, key: str, status: Literal["ON", "OFF"]) -> str | None:
        """Return the status as it is read back; None when there is no object lock."""
        try:
            if not offers_lock(self._client, self._bucket):
                return None
            self._client.put_object_legal_hold(
                Bucket=self._bucket, Key=key, LegalHold={"Status": status}, ChecksumAlgorithm="SHA256"
            )
            return self._client.get_object_legal_hold(Bucket=self._bucket, Key=key)["LegalHold"]["Status"]
        except ClientError as error:
            if code_of(error) in NO_LOCK:
                return None
            raise

    async def list(self, prefix: str = "") -> builtins.list[str]:
        return await in_thread(lambda: self._list(prefix))

    def _list(self, prefix: str) -> builtins.list[str]:
        keys: builtins.list[str] = []
        paginator = self._client.get_paginator("list_objects_v2")
        for page in paginator.paginate(Bucket=self._bucket, Prefix=prefix):
            keys += [entry["Key"] for entry in page.get("Contents", [])]
            if len(keys) >= MAX_LISTED:
                break
        return sorted(keys)[:MAX_LISTED]
