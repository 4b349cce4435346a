"""What travels between the vault and its clients comes out as it went in, and shows no key on the way."""

import pytest

from pbx.core.errors import ParseError
from pbx.core.secret import Secret
from pbx.recording.vault_messages import (
    REPLIES,
    REQUESTS,
    AskDestroyEpochs,
    AskEpochs,
    AskLocate,
    AskNewEpoch,
    AskPublicKey,
    AskRecipients,
    AskRewrap,
    AskSign,
    AskUnwrap,
    EpochsAre,
    KeyUnwrapped,
    LocatedAt,
    PublicKeyIs,
    RecipientsAre,
    Refused,
    Rewrapped,
    Signed,
    VaultReply,
    VaultRequest,
    WrappedKey,
)

FILE_KEY = "00112233445566778899aabbccddeeff"


@pytest.mark.parametrize(
    "request_",
    [
        AskRecipients(tenant="acme"),
        AskUnwrap(recording="r1", header=bytes(range(256)), actor="ada", purpose="play"),
        AskUnwrap(recording="r1", header=b"", actor="ada", purpose="play", tenant="acme"),
        AskSign(manifest=b"{}\n"),
        AskPublicKey(),
        AskEpochs(tenant="acme"),
        AskNewEpoch(tenant="acme", actor="ada", purpose="yearly"),
        AskRewrap(tenant="acme", actor="ada", keys=(WrappedKey(recording="r1", header=b"h"),)),
        AskLocate(tenant="acme", headers=(b"a", b"b")),
        AskDestroyEpochs(tenant="acme", actor="ada", purpose="yearly"),
    ],
)
def test_requests_come_out_as_they_went_in(request_: VaultRequest) -> None:
    assert REQUESTS.decode(REQUESTS.encode(request_)) == request_


@pytest.mark.parametrize(
    "reply",
    [
        RecipientsAre(recipients=("age1a", "age1b")),
        RecipientsAre(recipients=()),
        KeyUnwrapped(file_key=Secret(FILE_KEY), tenant="acme"),
        Signed(signature=bytes(64)),
        PublicKeyIs(public_key=bytes(32)),
        Refused(reason="audit_unavailable"),
        EpochsAre(epochs=(2, 1), since_ns=1),
        Rewrapped(headers=(b"a", b""), epoch=2),
        LocatedAt(epochs=(1, 0)),
    ],
)
def test_replies_come_out_as_they_went_in(reply: VaultReply) -> None:
    assert REPLIES.decode(REPLIES.encode(reply)) == reply


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"null",
        b'{"type":"AskNothing"}',
        b'{"type":"AskSign"}',
        b'{"type":"AskSign","manifest":"***"}',
        b'{"type":"AskPublicKey","tenant":"acme"}',
        REPLIES.encode(Signed(signature=b"")),
    ],
)
def test_what_is_no_request_is_refused(octets: bytes) -> None:
    with pytest.raises(ParseError):
        REQUESTS.decode(octets)


def test_a_refusal_has_one_of_our_reasons() -> None:
    with pytest.raises(ParseError):
        REPLIES.decode(b'{"type":"Refused","reason":"no mood"}')


def test_a_key_shows_in_no_repr_and_no_error() -> None:
    reply = KeyUnwrapped(file_key=Secret(FILE_KEY), tenant="acme")
    assert FILE_KEY not in repr(reply)
    broken = REPLIES.encode(reply).replace(b'"acme"', b"[]")
    with pytest.raises(ParseError) as caught:
        REPLIES.decode(broken[:-1])
    assert FILE_KEY not in str(caught.value)
