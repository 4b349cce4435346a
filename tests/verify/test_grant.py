"""Tokens: what is signed, what is refused, and who may do what on the strength of one (V-05)."""

import base64
from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest
import rfc8785

from pbx.core.secret import Secret
from pbx.verify.actions import ACTIONS, actions_at
from pbx.verify.effects import LEVELS
from pbx.verify.grant import MAX_TOKEN, Asked, Grant, GrantKey, GrantRefused, Objection, canonical, objection
from tests.verify.granted import AT, GRANT, KEY

SECOND = timedelta(seconds=1)
HERE = Asked(action="order_status", tenant="acme", call="c1", leg="a", audience="extension/1001")


def refused(token: str, key: GrantKey = KEY) -> Objection:
    with pytest.raises(GrantRefused) as raised:
        key.read(token)
    return raised.value.reason


def test_a_token_says_what_was_granted() -> None:
    token = KEY.token(GRANT)
    assert KEY.read(token) == GRANT
    assert len(token) < MAX_TOKEN / 2
    assert b'"exp":"2026-11-24T12:15:00+00:00"' in canonical(GRANT)


@pytest.mark.requirement("V-05")
def test_every_changed_bit_is_refused() -> None:
    """Of each octet of the token one bit; also those that base64 does not count."""
    token = KEY.token(GRANT)
    for place in range(len(token)):
        changed = bytearray(token.encode())
        changed[place] ^= 1
        assert refused(changed.decode()) in ("signature", "malformed"), place


@pytest.mark.requirement("V-05")
def test_a_token_of_another_installation_is_refused() -> None:
    assert refused(GrantKey(Secret(b"x" * 32)).token(GRANT)) == "signature"


@pytest.mark.parametrize(
    "token",
    [
        "",
        "pbxg1",
        "pbxg1..",
        "pbxg1.a.b",
        "pbxg1.!!.!!",
        "pbxg1.a.b.c",
        "pbxg2.YQ.YQ",
        "pbxg1.Ää.YQ",
        "." * 4000,
    ],
)
def test_what_is_no_token_is_refused(token: str) -> None:
    assert refused(token) in ("malformed", "signature")


def test_padding_and_spare_bits_do_not_make_two_tokens_of_one() -> None:
    token = KEY.token(GRANT)
    head, payload, signature = token.split(".")
    assert refused(f"{head}.{payload}.{signature}==") == "malformed"
    spare = signature[:-1] + chr(ord(signature[-1]) + 1)
    assert refused(f"{head}.{payload}.{spare}") in ("malformed", "signature")


@pytest.mark.parametrize(
    "payload",
    [
        b"[]",
        b"{}",
        b"\xff",
        rfc8785.dumps({"level": "V2"}),
        canonical(GRANT).replace(b'"V2"', b'"V9"'),
        canonical(GRANT).replace(b"2026-11-24T12:00:00+00:00", b"yesterday"),
        canonical(GRANT).replace(b'{"audience"', b'{"also":1,"audience"'),
        canonical(GRANT).replace(b'"theirs"', b'"theirs","more"'),
        canonical(GRANT) + b" ",
    ],
)
def test_what_another_version_may_have_signed_is_refused(payload: bytes) -> None:
    signature = KEY._private.sign(payload)
    words = (base64.urlsafe_b64encode(one).rstrip(b"=").decode() for one in (payload, signature))
    assert refused(".".join(("pbxg1", *words))) == "malformed"


def test_the_longest_token_is_read() -> None:
    token = KEY.token(replace(GRANT, tenant="t" * 64, dialog=("i" * 512, "o" * 64, "p" * 128)))
    assert KEY.read(token).tenant == "t" * 64


def test_the_public_key_is_what_openssl_reads() -> None:
    assert KEY.public_pem.startswith("-----BEGIN PUBLIC KEY-----\n")


def expected(grant: Grant, asked: Asked, late: timedelta) -> Objection | None:
    """The oracle: the same rules from the issue's words, in its own order."""
    if ACTIONS.get(asked.action) is None:
        return "unknown_action"
    if asked.tenant != "acme":
        return "tenant"
    if asked.call != "c1":
        return "call"
    if asked.leg != "a":
        return "leg"
    if asked.audience != "extension/1001":
        return "audience"
    if late < timedelta() or late >= timedelta(minutes=15):
        return "expired"
    if asked.action not in grant.scopes:
        return "scope"
    return None if int(grant.level[1]) >= int(ACTIONS[asked.action][1]) else "level"


@pytest.mark.requirement("V-05")
@pytest.mark.requirement("VER-04")
def test_the_matrix_of_action_level_leg_scope_and_expiry() -> None:
    """Every action at every level, with its own, all and no scopes, of five places, at five times."""
    places = (
        HERE,
        replace(HERE, tenant="other"),
        replace(HERE, call="c2"),
        replace(HERE, leg="b"),
        replace(HERE, audience="extension/1002"),
    )
    times = (
        -SECOND,
        timedelta(),
        timedelta(minutes=7),
        timedelta(minutes=15) - SECOND,
        timedelta(minutes=15),
    )
    n_allowed = n_rows = 0
    for action, level, late in product((*ACTIONS, "unheard_of"), LEVELS, times):
        for scopes in (actions_at(level), tuple(ACTIONS), ()):
            grant = replace(GRANT, level=level, scopes=scopes)
            for place in places:
                asked = replace(place, action=action)
                found = objection(grant, asked, AT + late)
                assert found == expected(grant, asked, late), (action, level, late, scopes, place)
                n_allowed += found is None
                n_rows += 1
    own = sum(len(actions_at(level)) for level in LEVELS)
    assert (n_rows, n_allowed) == (4500, own * 2 * 3)
