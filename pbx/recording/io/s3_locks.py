"""Retention locks of single objects in an S3 bucket: set, read back, asked for when a delete is refused."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal

from botocore.exceptions import ClientError

from pbx.recording.io.s3_requests import NO_LOCK, NOT_ALLOWED, code_of

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_MODES: dict[str, Literal["GOVERNANCE", "COMPLIANCE"]] = {
    "governance": "GOVERNANCE",
    "compliance": "COMPLIANCE",
}
_ROUNDING = timedelta(seconds=1)  # servers keep whole seconds
Locked = Literal["locked", "not_offered", "refused"]


def offers_lock(client: "S3Client", bucket: str) -> bool:
    """Whether the bucket has object lock; a server that does not know of it says so in one of several ways.

    It is asked first: such a server takes the order for a new object of this key, and the recording would be
    gone.
    """
    try:
        answer = client.get_object_lock_configuration(Bucket=bucket)
    except ClientError as error:
        if code_of(error) in NO_LOCK:
            return False
        raise
    return answer.get("ObjectLockConfiguration", {}).get("ObjectLockEnabled") == "Enabled"


def put_retention(client: "S3Client", bucket: str, key: str, lock: tuple[str, datetime]) -> Locked:
    """Lock an object and read that back; a stricter or longer lock that is there stays, and is as good.

    What we are not allowed to do is refused, and no error: the recording is stored all the same.
    """
    try:
        return _put_and_read(client, bucket, key, lock)
    except ClientError as error:
        if code_of(error) in NOT_ALLOWED:
            return "refused"
        raise


def _put_and_read(client: "S3Client", bucket: str, key: str, lock: tuple[str, datetime]) -> Locked:
    mode, until = lock
    if not offers_lock(client, bucket):
        return "not_offered"
    try:
        client.put_object_retention(
            Bucket=bucket,
            Key=key,
            Retention={"Mode": _MODES[mode], "RetainUntilDate": until},
            ChecksumAlgorithm="SHA256",
        )
    except ClientError as error:
        if code_of(error) not in NOT_ALLOWED:
            raise
    found = client.head_object(Bucket=bucket, Key=key)
    modes = (_MODES[mode], _MODES["compliance"])
    kept_until = found.get("ObjectLockRetainUntilDate")
    is_kept = kept_until is not None and kept_until >= until.astimezone(UTC) - _ROUNDING
    return "locked" if is_kept and found.get("ObjectLockMode") in modes else "refused"


def is_retained(client: "S3Client", bucket: str, version: tuple[str, str], now: datetime) -> bool:
    """Whether a retention lock holds one version; False when we are not allowed to know."""
    key, name = version
    try:
        found = client.head_object(Bucket=bucket, Key=key, VersionId=name)
    except ClientError as error:
        if code_of(error) in (*NOT_ALLOWED, *NO_LOCK):
            return False
        raise
    until = found.get("ObjectLockRetainUntilDate")
    return until is not None and until > now
