"""A large object in parts, one after the other; what an earlier attempt stored is not sent again (REC-09).

An attempt that is killed, or whose line breaks, leaves its upload on the server. The next one of the same key
asks which parts are there (ListParts), keeps those with the octets of ours and sends the others, so that an
upload over a line that breaks each time goes on, and comes to an end. Who calls reads the whole object back.
"""

from base64 import b64encode
from functools import partial
from hashlib import md5, sha256
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from botocore.exceptions import BotoCoreError, ClientError

from pbx.recording.io.s3_requests import NOT_ALLOWED, code_of, in_thread

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef, MultipartUploadTypeDef, PartTypeDef

PART = 8 << 20  # S3 wants parts of at least 5 MiB
PAGE, MAX_UPLOADS = 1000, 20_000  # unfinished ones, of everybody in the bucket: in one answer, and in all
_TYPE = "application/octet-stream"
# An upload that the server answers so cannot become an object, or another object has its name.
_HOPELESS = (
    "409",
    "412",
    "ConditionalRequestConflict",
    "EntityTooLarge",
    "EntityTooSmall",
    "InvalidPart",
    "InvalidPartOrder",
    "InvalidRequest",
    "MalformedXML",
    "NoSuchUpload",
    "PreconditionFailed",
)
_NONE = ("404", "501", "NoSuchUpload", "NotImplemented")  # some servers say so when there are no uploads
_log = structlog.get_logger()


class PartsUpload:
    """The upload of one file, in parts of PART octets but the last."""

    __slots__ = ("_bucket", "_client", "_key", "_path")

    def __init__(self, client: "S3Client", bucket: str, key: str, path: Path) -> None:
        self._client, self._bucket, self._key, self._path = client, bucket, key, path

    async def run(self, sha256_hex: str) -> None:
        """Create the object; StorageError leaves what was sent for the next attempt, if it can be of use."""
        upload, stored = await self._resumed() or (await in_thread(partial(self._begin, sha256_hex)), {})
        n_parts = -(-(await in_thread(self._path.stat)).st_size // PART)
        parts = [
            await in_thread(partial(self._kept_or_sent, upload, number, stored.get(number)))
            for number in range(1, n_parts + 1)
        ]
        await in_thread(partial(self._complete, upload, parts))

    async def _resumed(self) -> "tuple[str, dict[int, PartTypeDef]] | None":
        """Return the newest upload of this key and its parts by number; the others are given up."""
        uploads = await in_thread(partial(unfinished, self._client, self._bucket, self._key))
        uploads = [one for one in uploads if one["Key"] == self._key]
        if not uploads:
            return None
        *older, newest = sorted(uploads, key=lambda one: (one["Initiated"], one["UploadId"]))
        for one in older:
            await give_up(self._client, self._bucket, one)
        stored = await in_thread(partial(self._stored, newest["UploadId"]))
        if stored is None:
            await give_up(self._client, self._bucket, newest)
            return None
        _log.info("an upload goes on", key=self._key, n_parts=len(stored))
        return newest["UploadId"], stored

    def _stored(self, upload: str) -> "dict[int, PartTypeDef] | None":
        """Return what the server has of an upload; None when it has ended, or we may not know."""
        pages = self._client.get_paginator("list_parts").paginate(
            Bucket=self._bucket, Key=self._key, UploadId=upload
        )
        try:
            return {part["PartNumber"]: part for page in pages for part in page.get("Parts", [])}
        except ClientError as error:
            if code_of(error) in (*_NONE, *NOT_ALLOWED):
                return None
            raise

    def _begin(self, sha256_hex: str) -> str:
        begun = self._client.create_multipart_upload(
            Bucket=self._bucket,
            Key=self._key,
            ContentType=_TYPE,
            Metadata={"sha256": sha256_hex},
            ChecksumAlgorithm="SHA256",
        )
        return begun["UploadId"]

    def _kept_or_sent(self, upload: str, number: int, stored: "PartTypeDef | None") -> "CompletedPartTypeDef":
        with self._path.open("rb") as file:
            file.seek((number - 1) * PART)
            octets = file.read(PART)
        checksum = b64encode(sha256(octets).digest()).decode()
        if stored is not None and _is_of(stored, octets, checksum):
            return {"PartNumber": number, "ETag": stored["ETag"], "ChecksumSHA256": checksum}
        answer = self._client.upload_part(
            Bucket=self._bucket,
            Key=self._key,
            UploadId=upload,
            PartNumber=number,
            Body=octets,
            ChecksumSHA256=checksum,
        )
        return {"PartNumber": number, "ETag": answer["ETag"], "ChecksumSHA256": checksum}

    def _complete(self, upload: str, parts: "list[CompletedPartTypeDef]") -> None:
        try:
            self._client.complete_multipart_upload(
                Bucket=self._bucket,
                Key=self._key,
                UploadId=upload,
                MultipartUpload={"Parts": parts},
                IfNoneMatch="*",
            )
        except ClientError as error:
            if code_of(error) in _HOPELESS:
                _give_up(self._client, self._bucket, self._key, upload)
            raise


def _is_of(stored: "PartTypeDef", octets: bytes, checksum: str) -> bool:
    """Whether a part has these octets: by SHA-256, or by MD5 where the server keeps no more."""
    if stored.get("Size") != len(octets):
        return False
    if said := stored.get("ChecksumSHA256"):
        return said == checksum
    return stored.get("ETag", "").strip('"') == md5(octets, usedforsecurity=False).hexdigest()


def unfinished(client: "S3Client", bucket: str, prefix: str = "") -> "list[MultipartUploadTypeDef]":
    """Return the uploads that were begun and did not end, at most MAX_UPLOADS; ClientError."""
    pages = client.get_paginator("list_multipart_uploads").paginate(
        Bucket=bucket, Prefix=prefix, PaginationConfig={"PageSize": PAGE, "MaxItems": MAX_UPLOADS}
    )
    try:
        return [upload for page in pages for upload in page.get("Uploads", [])]
    except ClientError as error:
        if code_of(error) in _NONE:
            return []
        raise


async def give_up(client: "S3Client", bucket: str, upload: "MultipartUploadTypeDef") -> None:
    """Delete the parts of an upload; what a server that is away keeps, the next look finds."""
    await in_thread(partial(_give_up, client, bucket, upload["Key"], upload["UploadId"]))


def _give_up(client: "S3Client", bucket: str, key: str, upload: str) -> None:
    try:
        client.abort_multipart_upload(Bucket=bucket, Key=key, UploadId=upload)
    except (ClientError, BotoCoreError) as error:
        reason = code_of(error) if isinstance(error, ClientError) else type(error).__name__
        if reason not in _NONE:
            _log.warning("parts stay in the object store", key=key, reason=reason)
