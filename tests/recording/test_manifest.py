"""The manifest: canonical, bounded, signed."""

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pbx.core.errors import ParseError
from pbx.core.wire import MAX_MESSAGE
from pbx.recording import manifest
from pbx.recording.gaps import Gap
from pbx.recording.journal import MAX_NOTE, Damage, Head, Note
from pbx.recording.manifest import MAX_EVENTS, MAX_GAPS, Master, Sealed
from pbx.recording.timeline import Timeline
from pbx.recording.vault_messages import REQUESTS, AskSign

HEAD = Head(
    recording="r1",
    call="c1",
    tenant="acme",
    kind="call",
    leg="l1",
    started_at="2026-01-02T03:04:05+00:00",
    origin_ns=1_000_000_000,
)
GAP = Gap(channel=1, start=80_160, length=320, cause="loss")
MASTER = Master(
    head=HEAD,
    timeline=Timeline(encoding="PCMA", channels=(bytearray(16), bytearray(16)), gaps=(GAP,)),
    notes=(Note("consent.granted", {"leg": "l1"}, 1_250_000_000),),
    damage=Damage(at=10, n_bytes=5, reason="a torn record"),
    recovered=True,
)
SEALED = Sealed(object_key="ab/k", size=99, sha256_cipher="c" * 64, sha256_plain="d" * 64)


@pytest.mark.rfc("8785", "3.2")
@pytest.mark.requirement("R-28")
def test_it_says_what_the_recording_is() -> None:
    assert manifest.build(MASTER, SEALED).decode() == (
        '{"call":"c1","channels":[{"dir":"rx","leg":"l1","n":1},{"dir":"tx","leg":"l1","n":2}],'
        '"codec":"PCMA","damage":{"at":10,"n_bytes":5,"reason":"a torn record"},'
        '"events":[{"at_ms":250,"details":{"leg":"l1"},"kind":"consent.granted"}],"events_omitted":0,'
        '"gaps":[{"at":80160,"cause":"loss","ch":1,"len":320}],"gaps_omitted":0,"kind":"call",'
        '"object_key":"ab/k","rate":8000,"recorder":"pbx 0.1.0","recording":"r1","recovered":true,'
        '"samples":16,"sha256_cipher":"' + "c" * 64 + '","sha256_plain":"' + "d" * 64 + '","size":99,'
        '"started_at":"2026-01-02T03:04:05+00:00","tenant":"acme","v":1}'
    )


def test_the_longest_one_still_fits_into_a_message_to_the_vault() -> None:
    gap = Gap(channel=2, start=748_800_000, length=748_800_000, cause="silence")
    note = Note("k", {"t": "x" * (MAX_NOTE - 40)}, 2**62)
    timeline = replace(MASTER.timeline, gaps=(gap,) * (MAX_GAPS + 7))
    octets = manifest.build(replace(MASTER, timeline=timeline, notes=(note,) * (MAX_EVENTS + 3)), SEALED)
    fields = manifest.parse(octets)
    assert (len(fields["gaps"]), fields["gaps_omitted"]) == (MAX_GAPS, 7)
    assert (len(fields["events"]), fields["events_omitted"]) == (MAX_EVENTS, 3)
    assert len(REQUESTS.encode(AskSign(manifest=octets))) < MAX_MESSAGE


@pytest.mark.parametrize(
    "octets", [b"", b"[]", b'{"v":2}', b'{ "v":1}', b'{"v":1,"a":2}', b"\xff", b"[" * 9999]
)
def test_what_is_not_canonical_is_refused(octets: bytes) -> None:
    with pytest.raises(ParseError):
        manifest.parse(octets)


@pytest.mark.rfc("8032", "5.1.7")
def test_a_signature_covers_every_octet() -> None:
    key = Ed25519PrivateKey.generate()
    public, octets = key.public_key().public_bytes_raw(), manifest.build(MASTER, SEALED)
    signature = key.sign(octets)
    assert manifest.is_signed_by(public, octets, signature)
    assert not manifest.is_signed_by(public, octets[:-1], signature)
    assert not manifest.is_signed_by(public, octets, signature[:-1])
    assert not manifest.is_signed_by(b"short", octets, signature)
