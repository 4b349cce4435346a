"""A grant: the signed proof of who a caller is, for one leg and one audience, which dies by itself.

A token is `pbxg1.PAYLOAD.SIGNATURE`: the grant as canonical JSON (RFC 8785) and its Ed25519 signature
(RFC 8032), both in base64url without padding (RFC 4648 §5). Source: compliance reference §4.5.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, get_args

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pbx.core.ids import CallId, LegId
from pbx.core.secret import Secret
from pbx.verify.actions import ACTIONS, reaches
from pbx.verify.effects import LEVELS, Level

LIFE = timedelta(minutes=15)  # from the verification on, whoever has the caller by then
MAX_TOKEN = 3000  # characters; one with all that fits has some 1,500
SELF = "pbx"  # the audience while nobody talks with the caller: flow, music, ringing
_VERSION = "pbxg1"
Dialog = tuple[str, str, str]  # Call-ID, our tag, their tag

# Why a grant ends. `handed_over`: somebody else talks with the caller, and has one of his own. `superseded`:
# he was asked again. The others are those of the table in docs/grants.md.
Why = Literal[
    "handed_over",
    "superseded",
    "identity_changed",
    "replaced",
    "hold",
    "media_moved",
    "merged",
    "transferred_out",
    "leg_ended",
    "expired",
    "operator",
    "restart",
]
Objection = Literal[
    "malformed",
    "signature",
    "unknown_action",
    "tenant",
    "call",
    "leg",
    "audience",
    "expired",
    "scope",
    "level",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """`customer` is an opaque reference. `risk` says what somebody may want to think of; times have no parts
    of a second. `policy` names the table of actions that `scopes` was made of.
    """

    jti: str
    tenant: str
    call: CallId
    leg: LegId
    dialog: Dialog
    customer: str
    level: Level
    methods: tuple[str, ...]
    scopes: tuple[str, ...]
    risk: tuple[str, ...]
    iat: datetime
    exp: datetime
    audience: str
    policy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What somebody wants to do on the strength of a grant, for the party of which leg, and who he is."""

    action: str
    tenant: str
    call: str
    leg: str
    audience: str


class GrantRefused(Exception):
    """A token that is none, or is not ours; `reason` for the record and for whoever asked."""

    def __init__(self, reason: Objection) -> None:
        super().__init__(reason)
        self.reason = reason


def objection(grant: Grant, asked: Asked, now: datetime) -> Objection | None:
    """Why this grant does not allow what was asked, None = it does; whether it lives still is not looked at.

    The action is judged by the table of today: a grant that was made by another one never allows more.
    """
    if asked.action not in ACTIONS:
        return "unknown_action"
    names: tuple[Literal["tenant", "call", "leg", "audience"], ...] = ("tenant", "call", "leg", "audience")
    for name in names:
        if getattr(asked, name) != getattr(grant, name):
            return name
    if not grant.iat <= now < grant.exp:
        return "expired"
    if asked.action not in grant.scopes:
        return "scope"
    return None if reaches(grant.level, ACTIONS[asked.action]) else "level"


def canonical(grant: Grant) -> bytes:
    """The octets that are signed."""
    return rfc8785.dumps({field.name: _plain(getattr(grant, field.name)) for field in fields(Grant)})


class GrantKey:
    """The key of one installation: 32 octets, the seed of Ed25519."""

    __slots__ = ("_private", "_public")

    def __init__(self, seed: Secret[bytes]) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(seed.reveal())
        self._public = self._private.public_key()

    def sign(self, grant: Grant) -> bytes:
        """The signature of a grant, 64 octets."""
        return self._private.sign(canonical(grant))

    def token(self, grant: Grant) -> str:
        """The grant as it is handed out."""
        return token_of(grant, self.sign(grant))

    def read(self, token: str) -> Grant:
        """The grant of a token that this installation has signed; GrantRefused."""
        return read(token, self._public)

    @property
    def public_pem(self) -> str:
        """What others check signatures with."""
        pem: bytes = self._public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        return pem.decode()


def token_of(grant: Grant, signature: bytes) -> str:
    """A grant and its signature as one word."""
    return f"{_VERSION}.{_encoded(canonical(grant))}.{_encoded(signature)}"


def read(token: str, key: Ed25519PublicKey) -> Grant:
    """The grant of a token whose signature holds; GrantRefused. Nothing is parsed that was not signed."""
    version, *parts = token.split(".")
    if len(token) > MAX_TOKEN or version != _VERSION or len(parts) != 2:
        raise GrantRefused("malformed")
    payload, signature = (_decoded(part) for part in parts)
    try:
        key.verify(signature, payload)
    except InvalidSignature:
        raise GrantRefused("signature") from None
    grant = _grant(payload)
    if canonical(grant) != payload:
        raise GrantRefused("malformed")
    return grant


def _grant(payload: bytes) -> Grant:
    """What a payload of ours says; one of another version of the program may say other things."""
    try:
        written: Mapping[str, Any] = json.loads(payload)
        level = written["level"]
        if level not in LEVELS:
            raise GrantRefused("malformed")
        call_id, ours, theirs = map(str, written["dialog"])
        return Grant(
            jti=str(written["jti"]),
            tenant=str(written["tenant"]),
            call=CallId(str(written["call"])),
            leg=LegId(str(written["leg"])),
            dialog=(call_id, ours, theirs),
            customer=str(written["customer"]),
            level=level,
            methods=tuple(map(str, written["methods"])),
            scopes=tuple(map(str, written["scopes"])),
            risk=tuple(map(str, written["risk"])),
            iat=datetime.fromisoformat(written["iat"]),
            exp=datetime.fromisoformat(written["exp"]),
            audience=str(written["audience"]),
            policy=str(written["policy"]),
        )
    except (ValueError, KeyError, TypeError):
        raise GrantRefused("malformed") from None


def _plain(value: object) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds")
    return list(value) if isinstance(value, tuple) else value


def _encoded(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def _decoded(part: str) -> bytes:
    """The octets of a part; of the several spellings that base64 has for some of them, one is right."""
    try:
        octets = base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise GrantRefused("malformed") from None
    if _encoded(octets) != part:
        raise GrantRefused("malformed")
    return octets


WHYS: tuple[Why, ...] = get_args(Why)
