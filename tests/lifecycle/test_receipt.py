"""Receipts: what one says, and what is none."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
import rfc8785

from pbx.core.errors import MisuseError, ParseError
from pbx.lifecycle.receipt import MAX_RECEIPT, build, parse
from pbx.recording.signable import recording_of
from tests.lifecycle.test_erasure import AT, ERASURE

GONE = replace(
    ERASURE,
    state="object_gone",
    object="deleted",
    key_gone_at=AT + timedelta(seconds=1),
    scrubbed_at=AT + timedelta(seconds=2),
    object_gone_at=AT + timedelta(seconds=3),
)


@pytest.mark.requirement("REC-10")
def test_a_receipt_says_what_is_gone_why_and_when() -> None:
    said = parse(build(GONE))
    assert (said["recording"], said["ground"], said["reason"], said["object"]) == (
        "r1",
        "request",
        "asked for",
        "deleted",
    )
    assert said["sha256_cipher"] == "0" * 64
    assert said["scrubbed_at"] == "2026-11-24T12:00:02+00:00"
    assert build(replace(GONE, done_at=AT)) == build(GONE)  # asked again after a crash


def test_there_is_none_while_the_key_may_be_there() -> None:
    with pytest.raises(MisuseError):
        build(replace(ERASURE, state="key_gone", key_gone_at=AT))


def spoiled(**change: object) -> bytes:
    return rfc8785.dumps(json.loads(build(GONE)) | change)


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"[]",
        b"\xff",
        build(GONE) + b"\n",
        spoiled(receipt=2),
        spoiled(v=1),
        spoiled(recording=""),
        spoiled(reason=None),
        spoiled(sha256_cipher="0" * 63),
        spoiled(scrubbed_at=None),
    ],
)
def test_nothing_else_is_one(octets: bytes) -> None:
    with pytest.raises(ParseError):
        parse(octets)


def test_the_longest_receipt() -> None:
    room = MAX_RECEIPT - len(spoiled(more=""))
    assert parse(spoiled(more="x" * room))["recording"] == "r1"
    with pytest.raises(ParseError):
        parse(spoiled(more="x" * (room + 1)))


def test_a_receipt_is_no_manifest() -> None:
    with pytest.raises(ParseError):
        recording_of(build(GONE))
