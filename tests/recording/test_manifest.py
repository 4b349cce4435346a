"""The manifest: canonical, bounded, signed."""

import json
from dataclasses import replace
from typing import Any

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pbx.core.audio import MAX_CHANNELS, Encoding
from pbx.core.errors import ParseError
from pbx.core.wire import MAX_MESSAGE
from pbx.recording import manifest
from pbx.recording.clock import STEPPED
from pbx.recording.effects import ConsentMark
from pbx.recording.gaps import Gap
from pbx.recording.journal import MAX_CHAPTER, MAX_NOTE, Damage, Head, Note
from pbx.recording.manifest import MAX_GAPS, VERSIONS, Master, Sealed, chapters_of
from pbx.recording.own_channels import SEATED, Turn
from pbx.recording.provenance import MAX_CONSENTS, MAX_EVENT_OCTETS, MAX_SEGMENTS, MAX_TURNS
from pbx.recording.skew import Skew
from pbx.recording.timeline import SILENT, SenderClock, Timeline
from pbx.recording.vault_messages import REQUESTS, AskSign
from tests.recording.json_schema import faults

HEAD = Head(
    recording="r1",
    call="c1",
    tenant="acme",
    kind="call",
    leg="l1",
    started_at="2026-01-02T03:04:05+00:00",
    origin_ns=1_000_000_000,
    policy={"rules_version": "7", "rules_sha256": "a" * 64, "texts_sha256": "b" * 64},
    clock={"source": "disciplined", "at": "2026-01-02T03:04:05.010000+00:00", "max_error_us": "900"},
)
GAP = Gap(channel=1, start=80_160, length=320, cause="loss")
CLOCK = SenderClock(
    channel=1,
    start=80,
    codecs=("opus",),
    clock_rate=48_000,
    began_ns=1_010_000_000,
    skew=Skew(ppm=40.25, uncertainty_ppm=0.5),
    corrected_ppm=40.25,
)
CONSENT = ConsentMark(consent="k1", sha256="e" * 64)
MASTER = Master(
    head=HEAD,
    timeline=Timeline(encoding="PCMA", n_samples=16, gaps=(GAP,), clocks=(CLOCK,)),
    notes=(
        Note("consent.granted", {"leg": "l1"}, 1_250_000_000),
        Note(STEPPED, {"by_ms": "-3600000"}, 1_300_000_000),
    ),
    damage=Damage(at=10, n_bytes=5, reason="a torn record"),
    recovered=True,
)
TREE: dict[str, str | int] = {"tree": "RFC 6962 SHA-256", "chunk": 65536, "chunks": 1, "root": "e" * 64}
SEALED = Sealed(object_key="ab/k", size=99, sha256_cipher="c" * 64, sha256_plain="d" * 64, plain_tree=TREE)


NEW_IN_4 = ("clock", "plain_tree", "sample_rate", "bits")


@pytest.mark.rfc("8785", "3.2")
@pytest.mark.requirement("R-28")
def test_it_says_what_the_recording_is() -> None:
    assert manifest.build(MASTER, SEALED, [CONSENT]).decode() == (
        '{"bits":8,"call":"c1","channels":[{"dir":"rx","leg":"l1","n":1},{"dir":"tx","leg":"l1","n":2}],'
        '"clock":{"at":"2026-01-02T03:04:05.010000+00:00","max_error_us":900,"offset_us":null,'
        '"source":"disciplined","steps":[{"at_ms":300,"by_ms":-3600000}],"steps_omitted":0},'
        '"codec":"PCMA","consents":[{"id":"k1","sha256":"'
        + "e"
        * 64
        + '"}],"consents_omitted":0,"damage":{"at":10,"n_bytes":5,"reason":"a torn record"},'
        '"events":[{"at_ms":250,"details":{"leg":"l1"},"kind":"consent.granted"}],"events_left_out":[],'
        '"events_omitted":0,'
        '"gaps":[{"at":80160,"cause":"loss","ch":1,"len":320}],"gaps_omitted":0,"kind":"call",'
        '"loss":[{"ch":1,"gaps":1,"samples":320},{"ch":2,"gaps":0,"samples":0}],'
        '"object_key":"ab/k","plain_tree":{"chunk":65536,"chunks":1,"root":"'
        + "e" * 64
        + '","tree":"RFC 6962 SHA-256"},"policy":{"rules_sha256":"'
        + "a" * 64
        + '","rules_version":"7",'
        '"texts_sha256":"'
        + "b"
        * 64
        + '"},"rate":8000,"recorder":"pbx 0.1.0","recording":"r1","recovered":true,'
        '"sample_rate":8000,"samples":16,"segments":[{"at":80,"ch":1,'
        '"clock_rate":48000,"codecs":["opus"],"corrected_ppm":40.25,"leg":"l1",'
        '"skew":{"ppm":40.25,"uncertainty_ppm":0.5}}],"segments_omitted":0,"sha256_cipher":"'
        + "c" * 64
        + '","sha256_plain":"'
        + "d" * 64
        + '","size":99,'
        '"started_at":"2026-01-02T03:04:05+00:00","tenant":"acme","v":4}'
    )


def test_the_longest_one_still_fits_into_a_message_to_the_vault() -> None:
    gap = Gap(channel=2, start=748_800_000, length=748_800_000, cause="silence")
    note = Note("k", {"t": "x" * (MAX_NOTE - 40)}, 2**62)
    clock = replace(CLOCK, start=748_800_000, skew=Skew(ppm=-999.123, uncertainty_ppm=123.456))
    timeline = replace(MASTER.timeline, gaps=(gap,) * (MAX_GAPS + 7), clocks=(clock,) * (MAX_SEGMENTS + 1))
    consents = [ConsentMark(consent="f" * 32, sha256="e" * 64)] * (MAX_CONSENTS + 1)
    head = replace(HEAD, leg="l" * 64)
    far = 748_800_000
    turns = tuple(Turn(n, "l" * 64, far, 2 * far) for n in range(3, MAX_CHANNELS + 1)) * (MAX_TURNS + 1)
    timeline = replace(timeline, turns=turns, voices=(SILENT,) * MAX_CHANNELS)
    master = replace(MASTER, head=head, timeline=timeline, notes=(note,) * 400)
    octets = manifest.build(master, SEALED, consents)
    fields = manifest.parse(octets)
    assert (len(fields["gaps"]), fields["gaps_omitted"]) == (MAX_GAPS, 7)
    size = len(rfc8785.dumps(fields["events"][0])) + 1
    n_events = MAX_EVENT_OCTETS // size
    assert (len(fields["events"]), fields["events_omitted"]) == (n_events, 400 - n_events)
    assert len(REQUESTS.encode(AskSign(manifest=octets))) < MAX_MESSAGE


@pytest.mark.parametrize(
    "octets", [b"", b"[]", b'{"v":0}', b'{"v":5}', b'{ "v":1}', b'{"v":1,"a":2}', b"\xff", b"[" * 9999]
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


# What the program wrote before it knew of version 2; it was signed, and nobody can write it again.
OLD = (
    '{"call":"c1","channels":[{"dir":"rx","leg":"l1","n":1},{"dir":"tx","leg":"l1","n":2}],'
    '"codec":"PCMA","damage":{"at":10,"n_bytes":5,"reason":"a torn record"},'
    '"events":[{"at_ms":250,"details":{"leg":"l1"},"kind":"consent.granted"}],"events_omitted":0,'
    '"gaps":[{"at":80160,"cause":"loss","ch":1,"len":320}],"gaps_omitted":0,"kind":"call",'
    '"object_key":"ab/k","rate":8000,"recorder":"pbx 0.1.0","recording":"r1","recovered":true,'
    '"samples":16,"sha256_cipher":"' + "c" * 64 + '","sha256_plain":"' + "d" * 64 + '","size":99,'
    '"started_at":"2026-01-02T03:04:05+00:00","tenant":"acme","v":1}'
).encode()
NEW = manifest.build(MASTER, SEALED, [CONSENT])
# The other form of what was written before.
_AS_2 = {name: value for name, value in manifest.parse(NEW).items() if name not in NEW_IN_4}
OLD_2 = rfc8785.dumps(_AS_2 | {"v": 2})
OLD_3 = rfc8785.dumps(_AS_2 | {"v": 3, "codec": "FLAC", "sample_rate": 16_000, "bits": 16})
WIDE = manifest.build(replace(MASTER, timeline=replace(MASTER.timeline, encoding="L16")), SEALED, [CONSENT])


@pytest.mark.requirement("R-28")
@pytest.mark.parametrize(("version", "octets"), [(1, OLD), (2, OLD_2), (3, OLD_3), (4, NEW), (4, WIDE)])
def test_all_versions_are_read_and_fit_their_schema(version: int, octets: bytes) -> None:
    fields = manifest.parse(octets)
    assert fields["v"] == version
    assert manifest.sound(octets).samples == 16
    assert list(faults(json.loads(manifest.schema(version)), fields)) == []


def of_many(n_channels: int, encoding: Encoding) -> bytes:
    turns = tuple(Turn(n, f"l{n}", 0, 8) for n in range(3, n_channels + 1) for _ in range(MAX_TURNS + n % 2))
    voices = (SILENT,) * n_channels
    timeline = replace(MASTER.timeline, encoding=encoding, turns=turns, voices=voices)
    seated = Note(SEATED, {"leg": "l3", "party": "extension/acme/1003"}, 0)
    return manifest.build(replace(MASTER, timeline=timeline, notes=(seated,)), SEALED)


@pytest.mark.requirement("R-28")
@pytest.mark.parametrize(
    ("n_channels", "encoding", "codec"),
    [(3, "PCMA", "PCMA"), (16, "PCMU", "PCMU"), (8, "L16", "FLAC"), (9, "L16", "L16")],
)
def test_more_than_two_channels_are_named_and_fit_the_schema(
    n_channels: int, encoding: Encoding, codec: str
) -> None:
    octets = of_many(n_channels, encoding)
    fields, sound = manifest.parse(octets), manifest.sound(octets)
    assert (fields["codec"], sound.n_channels) == (codec, n_channels)
    assert sound.is_flac is (codec == "FLAC")
    assert [one["n"] for one in fields["channels"]] == list(range(1, n_channels + 1))
    assert [one["ch"] for one in fields["loss"]] == list(range(1, n_channels + 1))
    third = fields["channels"][2]
    assert (third["leg"], len(third["turns"]), third["turns_omitted"]) == ("l3", MAX_TURNS, 1)
    assert third["turns"][0] == {"leg": "l3", "at": 0, "len": 8, "party": "extension/acme/1003"}
    assert list(faults(json.loads(manifest.schema()), fields)) == []


@pytest.mark.parametrize("n_channels", [0, 1, 17])
def test_a_number_of_channels_that_cannot_be_is_refused(n_channels: int) -> None:
    octets = rfc8785.dumps({**manifest.parse(NEW), "channels": [{}] * n_channels})
    with pytest.raises(ParseError):
        manifest.sound(octets)


@pytest.mark.requirement("R-28")
def test_a_wide_master_says_so_and_its_places_stay_where_they_are() -> None:
    fields, narrow = manifest.parse(WIDE), manifest.parse(NEW)
    form = ("codec", "sample_rate", "bits", "rate")
    assert [fields[name] for name in form] == ["FLAC", 16_000, 16, 8000]
    assert [narrow[name] for name in form] == ["PCMA", 8000, 8, 8000]
    for name in ("samples", "gaps", "segments", "loss", "events"):
        assert fields[name] == narrow[name]
    assert (manifest.sound(WIDE).in_file, manifest.sound(NEW).in_file) == (32, 16)


@pytest.mark.requirement("R-28")
def test_the_schema_of_each_version_names_all_that_is_in_it() -> None:
    for version, octets in zip(VERSIONS, (OLD, OLD_2, OLD_3, NEW), strict=True):
        assert set(json.loads(manifest.schema(version))["required"]) == set(manifest.parse(octets))
    assert list(faults(json.loads(manifest.schema(2)), manifest.parse(OLD))) != []
    assert list(faults(json.loads(manifest.schema(4)), manifest.parse(OLD_3))) != []


@pytest.mark.requirement("R-28")
@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"v": 3}, "/v: const"),
        ({"policy": "7"}, "/policy: anyOf"),
        ({"consents": [{"id": "k1", "sha256": "no"}]}, "/consents/0/sha256: pattern"),
        ({"loss": []}, "/loss: minItems"),
        ({"audio": "x"}, "/audio: additionalProperties"),
        ({"samples": -1}, "/samples: minimum"),
        ({"gaps": [{"ch": 17, "at": 0, "len": 1, "cause": "loss"}]}, "/gaps/0/ch: enum"),
        ({"recorder": None}, "/recorder: type"),
        ({"call": ""}, "/call: minLength"),
        ({"clock": {"source": "the sun"}}, "/clock: anyOf"),
        ({"plain_tree": {**TREE, "root": "no"}}, "/plain_tree/root: pattern"),
        ({"plain_tree": {**TREE, "chunk": 4096}}, "/plain_tree/chunk: const"),
    ],
)
def test_the_schema_finds_what_does_not_belong(change: dict[str, Any], place: str) -> None:
    fields = {**manifest.parse(NEW), **change}
    assert list(faults(json.loads(manifest.schema()), fields)) == [place]


@pytest.mark.requirement("R-28")
def test_a_master_without_policy_skew_or_damage_fits_too() -> None:
    timeline = replace(MASTER.timeline, clocks=(replace(CLOCK, skew=None, corrected_ppm=0.0),))
    head = replace(HEAD, policy={}, clock={})
    octets = manifest.build(replace(MASTER, head=head, timeline=timeline, damage=None), SEALED)
    assert list(faults(json.loads(manifest.schema()), manifest.parse(octets))) == []


BEEP: dict[str, Any] = {"at_ms": 0, "kind": "beep", "details": {"chapter": "9"}}


@pytest.mark.parametrize(
    ("details", "omitted", "n_chapters"),
    [
        ([], 0, 1),
        ([{"after": "another recording"}], 0, 1),  # of a former program
        ([{"chapter": "2", "cause": "worker_lost"}, {"chapter": "4", "cause": "worker_drained"}], 0, 4),
        ([{"chapter": "many"}], 0, 1),
        ([{"chapter": "2"}], 7, MAX_CHAPTER),  # nobody can tell
    ],
)
def test_the_chapters_in_a_recording(details: list[dict[str, str]], omitted: int, n_chapters: int) -> None:
    events: list[Any] = [{"at_ms": 0, "kind": "recording.continues", "details": one} for one in details]
    octets = rfc8785.dumps({"v": 4, "events": [*events, BEEP], "events_omitted": omitted})
    assert chapters_of(octets) == n_chapters
