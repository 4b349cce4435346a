"""Masters in an S3 bucket: boto3 in threads, path-style addresses, signature version 4.

A refused credential or a missing bucket loses nothing: retryable, with an ERROR line for the operator.
"""

import asyncio
import builtins
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import boto3
import structlog
from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from pbx.core.errors import StorageError
from pbx.core.secret import Secret
from pbx.recording.io.object_store import MAX_LISTED

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PART = 8 << 20  # S3 wants parts of at least 5 MiB
_CONNECT_TIMEOUT_S, _READ_TIMEOUT_S = 5, 30
_MISSING = ("404", "NoSuchKey", "NotFound")
_ALARMS = (
    "401",
    "403",
    "AccessDenied",
    "ExpiredToken",
    "InvalidAccessKeyId",
    "NoSuchBucket",
    "SignatureDoesNotMatch",
)
_ResultT = TypeVar("_ResultT")
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
        self._transfer = TransferConfig(multipart_threshold=PART, multipart_chunksize=PART, use_threads=False)

    async def put_file(self, key: str, path: Path, sha256_hex: str) -> None:
        extra = {"Metadata": {"sha256": sha256_hex}, "ContentType": "application/octet-stream"}
        await _in_thread(
            lambda: self._client.upload_file(
                str(path), self._bucket, key, ExtraArgs=extra, Config=self._transfer
            )
        )

    async def read(self, key: str, start: int = 0, length: int | None = None) -> bytes:
        if length == 0:
            return b""
        end = "" if length is None else str(start + length - 1)
        return await _in_thread(
            lambda: self._client.get_object(Bucket=self._bucket, Key=key, Range=f"bytes={start}-{end}")[
                "Body"
            ].read()
        )

    async def head(self, key: str) -> int | None:
        try:
            answer = await _in_thread(lambda: self._client.head_object(Bucket=self._bucket, Key=key))
        except StorageError as error:
            if error.retryable:
                raise
            return None
        return answer["ContentLength"]

    async def delete(self, key: str) -> None:
        await _in_thread(lambda: self._client.delete_object(Bucket=self._bucket, Key=key))

    async def list(self, prefix: str = "") -> builtins.list[str]:
        return await _in_thread(lambda: self._list(prefix))

    def _list(self, prefix: str) -> builtins.list[str]:
        keys: builtins.list[str] = []
        paginator = self._client.get_paginator("list_objects_v2")
        for page in paginator.paginate(Bucket=self._bucket, Prefix=prefix):
            keys += [entry["Key"] for entry in page.get("Contents", [])]
            if len(keys) >= MAX_LISTED:
                break
        return sorted(keys)[:MAX_LISTED]


async def _in_thread(work: Callable[[], _ResultT]) -> _ResultT:
    try:
        return await asyncio.to_thread(work)
    except (ClientError, BotoCoreError, Boto3Error) as error:
        # upload_file wraps the answer in an error of its own
        cause = error if isinstance(error, ClientError) else error.__context__
        raise _storage_error(cause if isinstance(cause, ClientError) else error) from None
    except OSError as error:
        raise StorageError(f"the object store: {error.strerror}", retryable=True) from None


def _storage_error(error: BaseException) -> StorageError:
    """Only a missing object is final; the provider's text is not repeated, it may quote the request."""
    if not isinstance(error, ClientError):
        return StorageError(f"the object store does not answer: {type(error).__name__}", retryable=True)
    code = str(error.response.get("Error", {}).get("Code", ""))[:64]
    if code in _ALARMS:
        _log.error("object store refuses us", code=code)
    return StorageError(f"the object store says {code}", retryable=code not in _MISSING)
