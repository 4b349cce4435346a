"""One request to an S3 server: in a thread, given up in time, its errors in our own words."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

import structlog
from botocore.exceptions import BotoCoreError, ClientError

from pbx.core.errors import StorageError

REQUEST_LIMIT_S = 180.0  # one part at 50 kB/s; a timeout of the socket alone lets a server dribble for ever
_EXISTS = ("412", "PreconditionFailed", "ConditionalRequestConflict", "409")
_MISSING = ("404", "NoSuchKey", "NoSuchUpload", "NotFound")
# A bucket without object lock, or a server that has none, says it in one of these ways.
NO_LOCK = (
    "405",
    "501",
    "InvalidBucketState",
    "InvalidRequest",
    "MethodNotAllowed",
    "NotImplemented",
    "ObjectLockConfigurationNotFoundError",
)
NOT_ALLOWED = ("403", "AccessDenied", "ObjectLocked")
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


class ExistsError(Exception):
    """There is an object of this key."""


async def in_thread(work: Callable[[], _ResultT]) -> _ResultT:
    """Run one request; it is given up after REQUEST_LIMIT_S, though its thread ends only with the socket."""
    try:
        async with asyncio.timeout(REQUEST_LIMIT_S):
            return await asyncio.to_thread(work)
    except TimeoutError:
        raise StorageError("the object store does not answer: too slow", retryable=True) from None
    except (ClientError, BotoCoreError) as error:
        raise _translated(error) from None
    except OSError as error:
        raise StorageError(f"the object store: {error.strerror}", retryable=True) from None


def code_of(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))[:64]


def _translated(error: BaseException) -> StorageError | ExistsError:
    """Only a missing object is final; the provider's text is not repeated, it may quote the request."""
    if not isinstance(error, ClientError):
        return StorageError(f"the object store does not answer: {type(error).__name__}", retryable=True)
    code = code_of(error)
    if code in _EXISTS:
        return ExistsError()
    if code in _ALARMS:
        _log.error("object store refuses us", code=code)
    return StorageError(f"the object store says {code}", retryable=code not in _MISSING)
