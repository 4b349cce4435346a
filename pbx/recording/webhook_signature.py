"""The signature of a webhook, so that its receiver knows who speaks and when (Standard Webhooks 1.0.0).

HMAC-SHA-256 over `id.timestamp.body`, with the octets of the body as they are sent. A receiver compares the
time with its clock, so that a report which somebody has copied is of no use to him later.
"""

import base64
import binascii
import hmac
import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from pbx.core.errors import ParseError
from pbx.core.secret import Secret

PREFIX = "whsec_"
MIN_KEY, MAX_KEY = 24, 64  # octets, as the specification wants them
MAX_SKEW_S = 300  # between two clocks, and on the way
MAX_SIGNATURES = 8  # of one report; there are as many as keys
_TIME = re.compile(r"[0-9]{1,12}", re.ASCII)
MAX_SECRETS = 2  # the new one and, while a receiver changes over, the old one


def read_secrets(text: str) -> tuple[Secret[bytes], ...]:
    """Return the keys of a secret file, one of `whsec_` and base64 a line; ParseError says nothing of it."""
    lines = text.split()
    if not 1 <= len(lines) <= MAX_SECRETS:
        raise ParseError(f"expected one line with the secret, or {MAX_SECRETS} while it is changed")
    return tuple(_key(line) for line in lines)


def _key(line: str) -> Secret[bytes]:
    try:
        octets = base64.b64decode(line.removeprefix(PREFIX).encode(), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        octets = b""
    if not line.startswith(PREFIX) or not MIN_KEY <= len(octets) <= MAX_KEY:
        raise ParseError(f"expected {PREFIX} and {MIN_KEY} to {MAX_KEY} octets in base64")
    return Secret(octets)


def is_signed(
    keys: Sequence[Secret[bytes]], headers: Mapping[str, str], body: bytes, report: str, at: datetime
) -> bool:
    """Whether whoever has one of the keys has sent `body`, about `report`, within MAX_SKEW_S of `at`.

    `headers` by name in lower case.
    """
    timestamp = headers.get("webhook-timestamp", "")
    if headers.get("webhook-id") != report or not _TIME.fullmatch(timestamp):
        return False
    if abs(at.timestamp() - int(timestamp)) > MAX_SKEW_S:
        return False
    sent = headers.get("webhook-signature", "").split()[:MAX_SIGNATURES]
    meant = _signatures(keys, report, timestamp, body)
    return any(hmac.compare_digest(one.encode(), two.encode()) for one in sent for two in meant)


def _signatures(keys: Sequence[Secret[bytes]], report: str, timestamp: str, body: bytes) -> list[str]:
    signed = b".".join((report.encode(), timestamp.encode(), body))
    macs = (hmac.digest(key.reveal(), signed, "sha256") for key in keys)
    return [f"v1,{base64.b64encode(mac).decode('ascii')}" for mac in macs]


def signed_headers(
    keys: Sequence[Secret[bytes]], report: str, body: bytes, at: datetime
) -> Mapping[str, str]:
    """Return the three headers of a report that is sent at `at`; `report` is its id in every try."""
    timestamp = str(int(at.timestamp()))
    return {
        "webhook-id": report,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(_signatures(keys, report, timestamp, body)),
    }
