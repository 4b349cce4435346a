"""What a recorder is told of a call: the schema holds, identifiers stay, and changes come alone."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from xml.etree.ElementTree import Element, fromstring

import pytest

from pbx.core.ids import LegId, SeededIds
from pbx.siprec.metadata import NAMESPACE, Metadata, Party, new_uuid, time_of

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
MANY = 1 << 20
ANN = Party(leg=LegId("a"), aor="sip:+4930123456@pbx.example", name="Ann <&> Co", label="1")
BOB = Party(leg=LegId("b"), aor="sip:100@pbx.example", label="2")
EVE = Party(leg=LegId("e"), aor="sip:101@pbx.example", name="Eve", label="3")


@dataclass(frozen=True)
class Shape:
    """What RFC 7865 §9 says of an element: attributes it must and may have, children in order."""

    must: tuple[str, ...] = ()
    may: tuple[str, ...] = ()
    children: tuple[tuple[str, int, int], ...] = ()  # tag, how often at least, at most


ASSOCIATED = (("associate-time", 0, 1), ("disassociate-time", 0, 1))
SCHEMA: Mapping[str, Shape] = {
    "recording": Shape(
        children=(
            ("datamode", 0, 1),
            ("group", 0, MANY),
            ("session", 0, MANY),
            ("participant", 0, MANY),
            ("stream", 0, MANY),
            ("sessionrecordingassoc", 0, MANY),
            ("participantsessionassoc", 0, MANY),
            ("participantstreamassoc", 0, MANY),
        )
    ),
    "group": Shape(must=("group_id",), children=ASSOCIATED),
    "session": Shape(
        must=("session_id",),
        children=(
            ("sipSessionID", 0, MANY),
            ("reason", 0, MANY),
            ("group-ref", 0, 1),
            ("start-time", 0, 1),
            ("stop-time", 0, 1),
        ),
    ),
    "participant": Shape(must=("participant_id",), children=(("nameID", 1, MANY),)),
    "nameID": Shape(must=("aor",), children=(("name", 0, MANY),)),
    "stream": Shape(
        must=("stream_id",), may=("session_id",), children=(("label", 0, 1), ("content-type", 0, 1))
    ),
    "sessionrecordingassoc": Shape(must=("session_id",), children=ASSOCIATED),
    "participantsessionassoc": Shape(
        must=("participant_id", "session_id"), children=(*ASSOCIATED, ("param", 0, MANY))
    ),
    "participantstreamassoc": Shape(
        must=("participant_id",), children=(("send", 0, MANY), ("recv", 0, MANY), *ASSOCIATED)
    ),
}


def local(element: Element) -> str:
    namespace, _, name = element.tag[1:].partition("}")
    assert namespace == NAMESPACE
    return name


def faults(element: Element) -> list[str]:
    """Return where an element breaks the schema."""
    name = local(element)
    shape = SCHEMA.get(name, Shape())
    found = [f"{name} without {key}" for key in shape.must if key not in element.attrib]
    found += [f"{name} with {key}" for key in element.attrib if key not in (*shape.must, *shape.may)]
    found += [
        f"{name}/{key} is no UUID in base64"
        for key, value in element.attrib.items()
        if key.endswith("_id") and len(base64.b64decode(value, validate=True)) != 16
    ]
    tags = [local(child) for child in element]
    order = [tag for tag, _, _ in shape.children]
    if [tag for tag in order for _ in range(tags.count(tag))] != tags:
        found.append(f"{name} with children {tags}")
    for tag, least, most in shape.children:
        if not least <= tags.count(tag) <= most:
            found.append(f"{name} with {tags.count(tag)} {tag}")
    return found + [fault for child in element for fault in faults(child)]


def read(octets: bytes) -> Element:
    element = fromstring(octets)
    assert faults(element) == []
    return element


def all_of(element: Element, tag: str) -> list[Element]:
    return element.findall(f"{{{NAMESPACE}}}{tag}")


def texts(element: Element, tag: str) -> list[str]:
    return [one.text or "" for one in all_of(element, tag)]


def metadata(*parties: Party) -> Metadata:
    made = Metadata(SeededIds(), NOON)
    made.follow(parties, NOON)
    return made


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


@pytest.mark.rfc("7866", "9.1")
@pytest.mark.rfc("7865", "6.10")
def test_a_snapshot_names_the_parties_their_streams_and_who_hears_whom() -> None:
    top = read(metadata(ANN, BOB).complete())
    assert texts(top, "datamode") == ["complete"]
    participants = {one[0].attrib["aor"]: one.attrib["participant_id"] for one in all_of(top, "participant")}
    streams = {texts(one, "label")[0]: one.attrib["stream_id"] for one in all_of(top, "stream")}
    assert set(participants) == {ANN.aor, BOB.aor} and set(streams) == {"1", "2"}
    said = {one.attrib["participant_id"]: one for one in all_of(top, "participantstreamassoc")}
    ann, bob = said[participants[ANN.aor]], said[participants[BOB.aor]]
    assert (texts(ann, "send"), texts(ann, "recv")) == ([streams["1"]], [streams["2"]])
    assert (texts(bob, "send"), texts(bob, "recv")) == ([streams["2"]], [streams["1"]])


@pytest.mark.rfc("7865", "6.10")
def test_every_reference_leads_to_an_element() -> None:
    top = read(metadata(ANN, BOB).complete())
    group, session = all_of(top, "group")[0], all_of(top, "session")[0]
    assert texts(session, "group-ref") == [group.attrib["group_id"]]
    assert texts(session, "start-time") == ["2026-11-29T12:00:00.000Z"]
    for tag in ("sessionrecordingassoc", "participantsessionassoc", "stream"):
        assert {one.attrib["session_id"] for one in all_of(top, tag)} == {session.attrib["session_id"]}
    known = {one.attrib["participant_id"] for one in all_of(top, "participant")}
    assert {one.attrib["participant_id"] for one in all_of(top, "participantsessionassoc")} == known


def test_a_name_is_text_and_never_markup() -> None:
    top = read(metadata(ANN).complete())
    assert texts(all_of(top, "participant")[0][0], "name") == ["Ann <&> Co"]


def test_who_has_no_name_has_none() -> None:
    assert texts(all_of(read(metadata(BOB).complete()), "participant")[0][0], "name") == []


@pytest.mark.rfc("7865", "5.1")
def test_nothing_new_is_nothing_to_tell() -> None:
    made = metadata(ANN, BOB)
    made.complete()
    assert made.has_news
    made.told()
    made.follow((ANN, BOB), at(5))
    assert not made.has_news


@pytest.mark.rfc("7865", "5.1")
def test_a_transfer_is_told_alone_with_the_time_of_who_left_and_who_came() -> None:
    made = metadata(ANN, BOB)
    before = read(made.complete())
    made.told()
    made.follow((ANN, EVE), at(61.5))
    top = read(made.partial())
    assert texts(top, "datamode") == ["partial"]
    assert [one[0].attrib["aor"] for one in all_of(top, "participant")] == [EVE.aor]
    assert [texts(one, "label") for one in all_of(top, "stream")] == [["3"]]
    bob = all_of(before, "participant")[1].attrib["participant_id"]
    left = [one for one in all_of(top, "participantsessionassoc") if one.attrib["participant_id"] == bob]
    assert [texts(one, "disassociate-time") for one in left] == [["2026-11-29T12:01:01.500Z"]]
    ended = [one for one in all_of(top, "participantstreamassoc") if one.attrib["participant_id"] == bob]
    assert [texts(one, "disassociate-time") for one in ended] == [["2026-11-29T12:01:01.500Z"]]
    assert not all_of(top, "session")


def test_what_did_not_arrive_is_told_again_and_what_did_is_not() -> None:
    made = metadata(ANN, BOB)
    made.complete()
    made.told()
    made.follow((ANN, EVE), at(60))
    first = made.partial()
    assert made.partial() == first
    made.told()
    assert not made.has_news


def test_who_goes_and_comes_again_is_another_participant_with_another_stream() -> None:
    made = metadata(ANN, BOB)
    first = read(made.complete())
    made.follow((ANN,), at(1))
    made.follow((ANN, BOB), at(2))
    second = read(made.complete())
    ids = [[one.attrib["participant_id"] for one in all_of(top, "participant")] for top in (first, second)]
    assert ids[0][0] == ids[1][0] and ids[0][1] != ids[1][1]


@pytest.mark.rfc("7865", "6.8")
def test_a_party_on_hold_sends_nothing_until_it_is_back() -> None:
    made = metadata(ANN, BOB)
    made.complete()
    made.told()
    made.follow((ANN, replace(BOB, sends=False)), at(3))
    top = read(made.partial())
    assert all(
        not texts(one, "send") or not texts(one, "recv") for one in all_of(top, "participantstreamassoc")
    )
    made.told()
    made.follow((ANN, BOB), at(4))
    assert made.has_news


def test_a_party_of_whom_nothing_is_recorded_takes_part_without_a_stream() -> None:
    top = read(metadata(ANN, replace(BOB, label="")).complete())
    assert len(all_of(top, "participant")) == 2 and len(all_of(top, "stream")) == 1


def test_a_snapshot_does_not_tell_of_those_who_left_before() -> None:
    made = metadata(ANN, BOB)
    made.complete()
    made.told()
    made.follow((ANN, EVE), at(1))
    assert b"disassociate-time" not in made.complete()


def test_a_new_name_is_the_same_participant() -> None:
    made = metadata(ANN, BOB)
    first = read(made.complete())
    made.told()
    made.follow((ANN, replace(BOB, name="Robert")), at(1))
    top = read(made.partial())
    assert len(all_of(top, "participant")) == 1
    was, now = all_of(first, "participant")[1], all_of(top, "participant")[0]
    assert was.attrib == now.attrib and not all_of(top, "participantsessionassoc")


def test_identifiers_are_random_uuids_in_base64() -> None:
    octets = base64.b64decode(new_uuid(SeededIds()), validate=True)
    assert (len(octets), octets[6] >> 4, octets[8] >> 6) == (16, 4, 2)


def test_times_are_of_rfc_3339_in_utc() -> None:
    assert time_of(at(0.1234)) == "2026-11-29T12:00:00.123Z"


def test_the_schema_finds_what_is_wrong() -> None:
    broken = f'<recording xmlns="{NAMESPACE}"><stream/><datamode>partial</datamode></recording>'
    assert faults(fromstring(broken)) != []
