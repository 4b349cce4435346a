"""Verification: what holds, and every way in which a statement can be bent."""

from dataclasses import replace
from datetime import timedelta

import pytest

from pbx.sip.stir import jws
from pbx.sip.stir.credential import Credential
from pbx.sip.stir.identity_header import parse_identity
from pbx.sip.stir.passport import Claims, header_of, payload_of
from pbx.sip.stir.signed_call import MAX_HEADERS, SignedCall
from pbx.sip.stir.verdict import Status, StirVerdict
from pbx.sip.stir.verification import FRESH_S, NoCredential, Statements, judge, read_statements
from tests.sip.stir.conftest import (
    AT,
    CARRIER,
    DEST,
    NOW,
    ORIG,
    ROOT,
    THIRD,
    X5U,
    credential,
    issue,
    number_list,
    signer,
)

SHAKEN = signer().shaken(ORIG, DEST, "A", AT)
CALL = SignedCall(identities=(SHAKEN,), orig=ORIG, to=DEST, called=DEST)
OTHER_X5U = "https://certs.example.net/other.pem"


def verify(call: SignedCall, late_s: float = 0.0, **credentials: Credential | NoCredential) -> StirVerdict:
    at = AT + timedelta(seconds=late_s)
    found = read_statements(call, at)
    if isinstance(found, StirVerdict):
        return found
    known = {X5U: credentials.get("first", credential())}
    if "second" in credentials:
        known[OTHER_X5U] = credentials["second"]
    return judge(found, known, at)


@pytest.mark.rfc("8588", "7")
@pytest.mark.parametrize("attest", ["A", "B", "C"])
def test_a_call_that_holds(attest: str) -> None:
    identity = signer().shaken(ORIG, DEST, "A" if attest == "A" else "B" if attest == "B" else "C", AT)
    verdict = verify(replace(CALL, identities=(identity,)))
    assert (verdict.status, verdict.attestation, verdict.code) == (Status.PASSED, attest, 0)
    assert verdict.origid == signer().origid


@pytest.mark.rfc("8224", "6.2.2")
def test_a_call_without_identity() -> None:
    verdict = verify(replace(CALL, identities=()))
    assert (verdict.status, verdict.code) == (Status.NONE, 428)


@pytest.mark.rfc("8224", "6.2.2")
@pytest.mark.parametrize(
    ("call", "code"),
    [
        (replace(CALL, orig="441632960002"), 438),
        (replace(CALL, to="441632960002", called="441632960002"), 438),
        (replace(CALL, identities=(SHAKEN.replace("acme.pem", "evil.pem"),)), 438),
        (replace(CALL, identities=("a.b.c",)), 438),
        (replace(CALL, identities=(SHAKEN.partition(";")[0],)), 438),
        (replace(CALL, identities=(SHAKEN.replace("alg=ES256", "alg=RS256"),)), 437),
        (replace(CALL, identities=(SHAKEN,) * (MAX_HEADERS + 1)), 438),
        (replace(CALL, identities=(signer().div(ORIG, DEST, THIRD, AT),)), 438),
    ],
    ids=["orig", "dest", "info", "malformed", "no info", "alg", "too many", "div alone"],
)
def test_a_call_that_does_not_match(call: SignedCall, code: int) -> None:
    verdict = verify(call)
    assert (verdict.status, verdict.code) == (Status.FAILED, code)


@pytest.mark.rfc("8225", "9")
@pytest.mark.parametrize("place", range(3))
def test_a_token_changed_in_one_character(place: int) -> None:
    token, _, rest = SHAKEN.partition(";")
    parts = token.split(".")
    middle = len(parts[place]) // 2
    other = "A" if parts[place][middle] != "A" else "B"
    parts[place] = parts[place][:middle] + other + parts[place][middle + 1 :]
    verdict = verify(replace(CALL, identities=(f"{'.'.join(parts)};{rest}",)))
    assert verdict.status is Status.FAILED


def test_claims_under_somebody_elses_signature() -> None:
    claims = Claims(orig=ORIG, dest=(DEST,), iat=NOW, attest="A", origid="x")
    parts = (jws.write_object(header_of("shaken", X5U)), jws.write_object(payload_of(claims)))
    forged = f"{jws.signing_input(*parts).decode()}.{SHAKEN.partition(';')[0].rpartition('.')[2]}"
    verdict = verify(replace(CALL, identities=(f"{forged};info=<{X5U}>",)))
    assert (verdict.code, verdict.detail) == (438, "the signature is wrong")


@pytest.mark.rfc("8224", "6.2.1")
@pytest.mark.parametrize(
    ("late_s", "code"), [(FRESH_S, 0), (-FRESH_S, 0), (FRESH_S + 1, 403), (-FRESH_S - 1, 403)]
)
def test_freshness(late_s: float, code: int) -> None:
    assert verify(CALL, late_s).code == code


@pytest.mark.parametrize(
    ("found", "code"),
    [
        (NoCredential(code=436, detail="no route"), 436),
        (NoCredential(code=437, detail="not trusted"), 437),
        (replace(credential(), not_after=AT - timedelta(seconds=1)), 437),
        (replace(credential(), key=ROOT.key.public_key()), 438),
    ],
    ids=["not fetched", "not trusted", "expired", "another key"],
)
@pytest.mark.rfc("8224", "6.2.2")
def test_credentials_that_do_not_do(found: Credential | NoCredential, code: int) -> None:
    verdict = verify(CALL, first=found)
    assert (verdict.status, verdict.code) == (Status.FAILED, code)


@pytest.mark.rfc("8226", "9")
@pytest.mark.parametrize(
    ("numbers", "status"),
    [
        (number_list(ORIG), Status.PASSED),
        (number_list("441632960000", 1000), Status.PASSED),
        (number_list("441632961000", 1000), Status.FAILED),
    ],
)
def test_the_certificate_speaks_for_the_number(numbers: bytes, status: Status) -> None:
    holder = issue("numbers", ROOT, numbers=numbers)
    identity = signer(holder).shaken(ORIG, DEST, "A", AT)
    assert verify(replace(CALL, identities=(identity,)), first=credential(holder)).status is status


def test_a_certificate_that_was_not_fetched() -> None:
    statements = read_statements(CALL, AT)
    assert isinstance(statements, Statements)
    assert judge(statements, {}, AT).code == 436


@pytest.mark.rfc("8946", "5")
def test_a_diverted_call_needs_its_div_passport() -> None:
    diverted = replace(CALL, called=THIRD)
    assert verify(diverted).status is Status.NONE
    div = signer(x5u=OTHER_X5U).div(ORIG, THIRD, DEST, AT)
    with_div = replace(diverted, identities=(SHAKEN, div))
    assert verify(with_div, second=credential()).status is Status.PASSED
    assert verify(with_div, second=NoCredential(code=436, detail="gone")).code == 436
    assert verify(replace(diverted, identities=(div, SHAKEN)), second=credential()).code == 0
    assert verify(replace(with_div, to=THIRD), second=credential()).status is Status.PASSED


@pytest.mark.rfc("8946", "5")
@pytest.mark.parametrize(
    "div",
    [
        signer().div("441632960003", THIRD, DEST, AT),
        signer().div(ORIG, THIRD, "441632960003", AT),
        signer().div(ORIG, "441632960003", DEST, AT),
    ],
    ids=["another caller", "another origin", "another target"],
)
def test_a_div_passport_of_another_call(div: str) -> None:
    assert verify(replace(CALL, called=THIRD, identities=(SHAKEN, div))).status is Status.NONE


@pytest.mark.rfc("8946", "5")
@pytest.mark.parametrize(("rang_s", "code"), [(120, 0), (300, 0), (301, 403)])
def test_the_first_statement_is_as_old_as_the_ringing(rang_s: int, code: int) -> None:
    first = signer().shaken(ORIG, DEST, "A", AT - timedelta(seconds=rang_s))
    div = signer().div(ORIG, THIRD, DEST, AT)
    assert verify(replace(CALL, called=THIRD, identities=(first, div))).code == code


@pytest.mark.rfc("8224", "4.1")
def test_the_compact_form() -> None:
    claims = Claims(orig=ORIG, dest=(DEST,), iat=NOW)
    parts = (jws.write_object(header_of("", X5U)), jws.write_object(payload_of(claims)))
    signature = jws.encode(jws.sign(jws.signing_input(*parts), CARRIER.key))
    compact = replace(CALL, identities=(f"..{signature};info=<{X5U}>",), date_at=AT)
    verdict = verify(compact)
    assert (verdict.status, verdict.attestation) == (Status.PASSED, "")
    assert verify(replace(compact, date_at=None)).code == 438
    assert verify(replace(compact, date_at=AT - timedelta(seconds=61))).code == 403
    assert verify(replace(compact, date_at=AT - timedelta(seconds=1))).detail == "the signature is wrong"
    shaken = replace(compact, identities=(f"..{signature};info=<{X5U}>;ppt=shaken",))
    assert verify(shaken).code == 438


def test_an_unknown_extension_beside_a_good_one() -> None:
    token, _, rest = SHAKEN.partition(";")
    head, payload, signature = token.split(".")
    strange = jws.encode(jws.write_object(header_of("shaken", X5U) | {"ppt": "rcd"}))
    other = f"{strange}.{payload}.{signature};{rest}"
    assert verify(replace(CALL, identities=(other, SHAKEN))).status is Status.PASSED
    assert parse_identity(other).token.startswith(strange) and head


def test_an_unknown_caller_is_not_a_failure() -> None:
    assert verify(replace(CALL, orig="")).status is Status.NONE
