"""A file as a model: where its mistakes are said to be."""

import copy
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from pbx.config.load import ConfigProblems, load
from pbx.config.marks import MAX_FILE
from pbx.config.models import PbxSettings, default_workers
from pbx.config.read import did_you_mean, read_model, read_parts
from pbx.config.schema import DialplanFile, FlowFile, GroupsFile
from tests.e2e.running import CONFIG


def lines(tmp_path: Path, text: str) -> list[str]:
    file = tmp_path / "pbx.yaml"
    file.write_text(text)
    read, errors = read_model(file, "pbx.yaml", PbxSettings)
    assert (read is None) == bool(errors)
    return [str(error) for error in errors]


def test_a_file_without_mistakes(tmp_path: Path) -> None:
    assert lines(tmp_path, "sip: {port: 5070}\n") == []
    assert lines(tmp_path, "") == []


def test_mistakes_at_their_places(tmp_path: Path) -> None:
    text = "sip: {prot: 5060}\nrtp: {timeout: 30, host: localhost}\nspeech: {engine: flit}\nmedia: [1]\n"
    assert lines(tmp_path, text) == [
        "pbx.yaml:1:7: sip.prot: unknown key prot (did you mean port?)",
        "pbx.yaml:2:26: rtp.host: 'localhost' does not appear to be an IPv4 or IPv6 address",
        "pbx.yaml:2:16: rtp.timeout: expected a duration with its unit, for example 25s or 5 min",
        "pbx.yaml:3:18: speech.engine: expected 'flite', 'piper' or 'none' (did you mean flite?)",
        "pbx.yaml:4:8: media: expected keys and values, one per line",
    ]


def test_a_key_of_another_place_is_no_hint_for_itself(tmp_path: Path) -> None:
    (line,) = lines(tmp_path, "rtp: {timer: 30s}\n")
    assert line.startswith("pbx.yaml:1:7: rtp.timer: unknown key timer") and "mean timer?" not in line


def test_the_store_of_recordings_is_one_of_two(tmp_path: Path) -> None:
    assert lines(tmp_path, "recording: {store: {kind: locla}}\n") == [
        "pbx.yaml:1:20: recording.store: expected 'local', 's3' (did you mean local?)"
    ]
    assert lines(tmp_path, "recording: {store: {kind: local, paht: x}}\n") == [
        "pbx.yaml:1:34: recording.store.paht: unknown key paht (did you mean path?)"
    ]
    (line,) = lines(
        tmp_path,
        "recording: {store: {kind: s3, endpoint: 'https://s3.example', bucket: calls, access_key_file: a}}",
    )
    assert line == (
        "pbx.yaml:1:20: recording.store: the key secret_key_file is missing"
        " (such as secret_key_file: /etc/pbx/s3-secret-key)"
    )


@pytest.mark.requirement("E-16")
@pytest.mark.parametrize(
    ("endpoint", "is_allowed"),
    [
        ("https://s3.example", True),
        ("http://127.0.0.1:9000", True),
        ("http://[::1]:9000", True),
        ("http://s3.example", False),
        ("http://10.0.0.1:9000", False),
        ("http://127.0.0.1.example", False),
        ("http://localhost:9000", False),
    ],
)
def test_recordings_leave_the_machine_over_tls_only(tmp_path: Path, endpoint: str, is_allowed: bool) -> None:
    place = f"kind: s3, endpoint: '{endpoint}', bucket: calls, access_key_file: a, secret_key_file: b"
    problems = lines(tmp_path, f"recording: {{store: {{{place}}}}}\n")
    assert [line for line in problems if "must begin with https://" in line] == problems
    assert (problems == []) is is_allowed


def test_ports_of_rtp_come_in_pairs(tmp_path: Path) -> None:
    assert "must be even" in lines(tmp_path, "rtp: {first_port: 16385}\n")[0]
    assert "no room" in lines(tmp_path, "rtp: {first_port: 16384, last_port: 16386}\n")[0]
    assert lines(tmp_path, "rtp: {first_port: 16384, last_port: 16387}\n") == []


@pytest.mark.requirement("MED-16")
def test_every_worker_has_ports_for_one_call(tmp_path: Path) -> None:
    four_pairs = "rtp: {first_port: 16384, last_port: 16391}\nmedia: {workers: %d}\n"
    assert lines(tmp_path, four_pairs % 2) == []
    (line,) = lines(tmp_path, four_pairs % 3)
    assert "are 4 pairs of ports, media.workers: 3 needs 6 at least" in line


@pytest.mark.parametrize(("n_cores", "n_workers"), [(1, 1), (2, 1), (3, 2), (8, 7), (65, 64), (66, 64)])
def test_one_core_is_left_to_signalling(n_cores: int, n_workers: int) -> None:
    assert default_workers(n_cores) == n_workers


@pytest.mark.requirement("SIP-02")
def test_host6_is_an_ipv6_address_beside_an_ipv4_one(tmp_path: Path) -> None:
    assert lines(tmp_path, "rtp: {host: 192.0.2.1, host6: '2001:db8::1'}\n") == []
    for wrong in ("{host6: 192.0.2.2}", "{host: '::1', host6: '::1'}"):
        assert "host6 is the IPv6 address beside" in lines(tmp_path, f"rtp: {wrong}\n")[0]


def test_a_list_is_not_a_file_of_keys(tmp_path: Path) -> None:
    assert lines(tmp_path, "- 1\n") == ["pbx.yaml:1:1: expected keys and values, one per line"]


def test_a_file_that_is_not_there_or_too_large(tmp_path: Path) -> None:
    _, errors = read_model(tmp_path / "gone.yaml", "gone.yaml", PbxSettings)
    assert [str(error) for error in errors] == ["gone.yaml:1:1: the file is missing"]
    assert "larger than" in lines(tmp_path, "#" * (MAX_FILE + 1))[0]
    _, errors = read_model(tmp_path, "folder", PbxSettings)
    assert "cannot be read" in errors[0].message


def test_did_you_mean() -> None:
    assert did_you_mean("timeot", ["timeout", "host"]) == "did you mean timeout?"
    assert did_you_mean("zzz", ["timeout", "host"]) == ""


def test_what_is_right_in_a_file_with_mistakes(tmp_path: Path) -> None:
    file = tmp_path / "groups.yaml"
    file.write_text(
        "groups:\n  a: {name: A, members: [12, 0]}\n  b: {name: B, membres: [12]}\n  c: 5\nx: 1\n"
    )
    read, errors = read_parts(file, "groups.yaml", GroupsFile, {})
    assert len(errors) == 5
    assert read is not None and read.model.groups == {}
    file.write_text("groups:\n  a: {name: A, members: [12], ring: x}\n")
    read, errors = read_parts(file, "groups.yaml", GroupsFile, {})
    assert len(errors) == 1
    assert read is not None and read.model.groups["a"].members == ("12",)


def test_a_stand_in_takes_the_place_of_a_missing_key_only(tmp_path: Path) -> None:
    file = tmp_path / "dialplan.yaml"
    file.write_text("inbound: {12345: {flow: a}}\nemergency: {trunkk: b}\n")
    stand_in = {"emergency": {"trunk": "none"}}
    read, errors = read_parts(file, "dialplan.yaml", DialplanFile, stand_in)
    assert len(errors) == 2
    assert read is not None and (read.model.emergency.trunk, len(read.model.inbound)) == ("none", 1)
    assert read_parts(file, "dialplan.yaml", DialplanFile, {})[0] is None


def test_a_stand_in_that_does_not_fit_is_used_once(tmp_path: Path) -> None:
    file = tmp_path / "My Flow.yaml"
    file.write_text("start: a\nsteps: {a: {hang_up: }}\n")
    read, errors = read_parts(file, "My Flow.yaml", FlowFile, {"flow": file.stem})
    assert read is None and len(errors) == 1


WRONG = ("[1]", "{a: 1}", "x" * 200, "-1")
OF_PYDANTIC = ("should", "instance of", "Tuple", "Input", "validation", "dictionary", "valid string")


def places(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the path of everything in a document."""
    if path:
        yield path
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield from places(inner, (*path, key))


def spoilt(document: object, path: tuple[str | int, ...], value: object) -> str:
    """Return the YAML of a document with another value in one place."""
    fresh = copy.deepcopy(document)
    inner: Any = fresh
    for part in path[:-1]:
        inner = inner[part]
    inner[path[-1]] = value
    return yaml.safe_dump(fresh)


@pytest.mark.parametrize("name", ["pbx.yaml", "acme/trunks.yaml", "acme/dialplan.yaml"])
def test_every_mistake_of_a_value_is_in_our_words(tmp_path: Path, name: str) -> None:
    """Each value of the samples in turn becomes nonsense of every kind."""
    folder = tmp_path / "config"
    shutil.copytree(CONFIG, folder)
    file = folder / name
    document = yaml.safe_load(file.read_text())
    messages: set[str] = set()
    for path in places(document):
        for wrong in WRONG:
            file.write_text(spoilt(document, path, yaml.safe_load(wrong)))
            try:
                load(folder)
            except ConfigProblems as problems:
                messages |= {error.message for error in problems.errors}
    assert len(messages) > 4
    assert [one for one in messages if any(word in one for word in OF_PYDANTIC)] == []
