"""A verdict names every problem it finds."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pbx.core.ids import SeededIds
from pbx.core.secret import Secret
from pbx.recording import manifest
from pbx.recording.age import build_header, generate_identity
from pbx.recording.effects import FinishedRecording
from pbx.recording.export import Verdict, Verifier
from pbx.recording.finalise import Proof, finished, read_master
from pbx.recording.journal import End, Head, JournalEncoder
from pbx.recording.octets import HeldOctets
from pbx.recording.parts import Part
from pbx.recording.sealing import Sealer

KEY = Secret(b"0123456789abcdef")
SIGNER = Ed25519PrivateKey.from_private_bytes(bytes(32))
PUBLIC = SIGNER.public_key().public_bytes_raw()


def recording() -> tuple[FinishedRecording, bytes]:
    ids = SeededIds("export")
    head = Head(
        recording="r1", call="c1", tenant="t", kind="call", leg="l", started_at="2026-01-02", origin_ns=0
    )
    encoder = JournalEncoder(KEY)
    master = read_master([Part(HeldOctets(encoder.encode([head]) + encoder.encode([End(1)])), 0, KEY)])
    sealer = Sealer(master, KEY, ids)
    payload = b"".join(sealer.pieces())
    sealed = sealer.sealed("k")
    octets = manifest.build(master, sealed)
    header = build_header(KEY, [generate_identity(ids).recipient], ids)
    return finished(master, header, sealed, Proof(manifest=octets, signature=SIGNER.sign(octets))), payload


def judge(row: FinishedRecording, payload: bytes, public: bytes = PUBLIC) -> Verdict:
    verifier = Verifier(row, KEY, public)
    verifier.update(payload[:30])
    verifier.update(payload[30:])
    return verifier.verdict()


def test_an_untouched_recording_is_right() -> None:
    row, payload = recording()
    assert row.started_at == datetime(2026, 1, 2, tzinfo=UTC)
    assert judge(row, payload) == Verdict(problems=())
    assert judge(row, payload).ok


@pytest.mark.requirement("R-28")
def test_a_manifest_of_version_1_keeps_its_meaning() -> None:
    row, payload = recording()
    names = json.loads(manifest.schema(1))["required"]
    octets = rfc8785.dumps({name: manifest.parse(row.manifest)[name] for name in names} | {"v": 1})
    old = replace(row, manifest=octets, signature=SIGNER.sign(octets))
    assert judge(old, payload).ok
    assert judge(replace(old, call="c2"), payload).problems == ("the manifest names another call",)
    assert not judge(old, payload[:-1]).ok


def test_each_bit_of_the_payload_counts() -> None:
    row, payload = recording()
    for bit in range(8 * len(payload)):
        wrong = bytearray(payload)
        wrong[bit // 8] ^= 1 << bit % 8
        assert not judge(row, bytes(wrong)).ok


def test_problems_have_names() -> None:
    row, payload = recording()
    assert judge(row, payload, bytes(32)).problems == ("the manifest's signature is wrong",)
    assert judge(replace(row, tenant="other"), payload).problems == ("the manifest names another tenant",)
    assert judge(replace(row, header=row.header + b"x"), payload).problems == (
        "the header: octets after the header",
    )
    assert judge(row, payload[:-1]).problems == (
        "the payload: chunk 0 is damaged or the payload is cut",
        "the object is not the one that was stored",
    )
