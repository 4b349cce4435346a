"""Workers on other machines, as written."""

from pathlib import Path

import pytest

from pbx.config.load import ConfigProblems, load
from pbx.config.models import MediaSettings, PbxSettings
from pbx.config.read import read_model
from pbx.config.remote import MAX_REMOTE
from tests.authority import Authority

ONE = "{{host: {host}, port: {port}, ca: ca.pem, certificate: {{chain: c.crt, key: c.key}}{more}}}"


def written(*, host: str = "media.example.com", port: int = 5590, more: str = "", n: int = 1) -> str:
    lines = [ONE.format(host=host, port=port + i, more=more) for i in range(n)]
    return "media:\n  remote:\n" + "".join(f"    - {line}\n" for line in lines)


def read(tmp_path: Path, text: str) -> tuple[MediaSettings | None, list[str]]:
    (tmp_path / "pbx.yaml").write_text(text)
    found, errors = read_model(tmp_path / "pbx.yaml", "pbx.yaml", PbxSettings)
    return found.model.media if found is not None else None, [str(error) for error in errors]


def test_a_worker_is_called_by_its_host_unless_it_has_another_name(tmp_path: Path) -> None:
    media, errors = read(tmp_path, written())
    assert media is not None and errors == []
    (one,) = media.remote
    assert (one.host, one.port, one.expected_name) == ("media.example.com", 5590, "media.example.com")
    assert (one.ca, one.certificate.chain, one.relink_s) == (Path("ca.pem"), Path("c.crt"), 6.0)
    media, _ = read(tmp_path, written(host="192.0.2.7", more=", name: media.example.com, relink: 20s"))
    assert media is not None
    assert (media.remote[0].expected_name, media.remote[0].relink_s) == ("media.example.com", 20.0)
    media, _ = read(tmp_path, written(host="192.0.2.7"))
    assert media is not None and media.remote[0].expected_name == "192.0.2.7"


@pytest.mark.requirement("MED-16")
@pytest.mark.parametrize(
    ("text", "max_late_s"), [("{}", 0.06), ("{max_late: 20ms}", 0.02), ("{max_late: 1s}", 1.0)]
)
def test_how_late_a_worker_may_be(tmp_path: Path, text: str, max_late_s: float) -> None:
    media, errors = read(tmp_path, f"media: {text}\n")
    assert media is not None and errors == []
    assert media.max_late_s == max_late_s


@pytest.mark.parametrize("text", ["19ms", "1.001s", "60", "0ms", "off"])
def test_how_late_no_worker_may_be(tmp_path: Path, text: str) -> None:
    media, errors = read(tmp_path, f"media: {{max_late: {text}}}\n")
    assert media is None and "max_late" in errors[0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (written(more=", relink: 0.5s"), "relink"),
        (written(more=", relink: 61s"), "relink"),
        (written(port=0), "port"),
        (written(host="no host"), "host"),
        (written() + written().partition("remote:\n")[2], "media.example.com port 5590 is there twice"),
        (written(n=MAX_REMOTE + 1), "remote"),
        ("media:\n  remote:\n    - {host: a.example, port: 1}\n", "ca"),
    ],
)
def test_what_makes_no_sense_is_told(tmp_path: Path, text: str, message: str) -> None:
    _, errors = read(tmp_path, text)
    assert errors
    assert any(message in line for line in errors)


def test_there_may_be_so_many(tmp_path: Path) -> None:
    media, errors = read(tmp_path, written(n=MAX_REMOTE, more=", relink: 1s"))
    assert media is not None and errors == []
    assert len(media.remote) == MAX_REMOTE
    assert read(tmp_path, written(more=", relink: 60s"))[1] == []


@pytest.mark.requirement("S-35")
def test_no_telephone_can_name_the_audio_of_a_worker_of_ours(tmp_path: Path) -> None:
    (tmp_path / "pbx.yaml").write_text("rtp: {host: 192.0.2.1}\n" + written(host="192.0.2.7"))
    office, _ = read_model(tmp_path / "pbx.yaml", "pbx.yaml", PbxSettings)
    assert office is not None
    for host in ("192.0.2.1", "192.0.2.7"):
        assert "own" in office.model.media_peers.objection(host, 20000)
    assert office.model.media_peers.objection("192.0.2.8", 20000) == ""
    (tmp_path / "pbx.yaml").write_text(written(host="127.0.0.1"))
    lab, _ = read_model(tmp_path / "pbx.yaml", "pbx.yaml", PbxSettings)
    assert lab is not None
    assert lab.model.media_peers.objection("127.0.0.1", 20000) == ""  # its telephones are there too


def with_remote(folder: Path, chain: str, key: str, ca: str) -> Path:
    line = f"{{host: media.example.com, port: 5590, ca: {ca}, certificate: {{chain: {chain}, key: {key}}}}}"
    text = (folder / "pbx.yaml").read_text()
    assert "media: {}" in text
    (folder / "pbx.yaml").write_text(text.replace("media: {}", f"media: {{remote: [{line}]}}"))
    return folder


def test_its_files_start_from_the_base(folder: Path) -> None:
    authority = Authority(folder)
    authority.issue("pbx", dns=("pbx.example.com",), days=200)
    config = load(with_remote(folder, "config/pbx.crt", "config/pbx.key", "config/ca.pem"))
    assert [one.port for one in config.pbx.media.remote] == [5590]


def test_files_that_cannot_be_used_have_their_place(folder: Path) -> None:
    with pytest.raises(ConfigProblems) as caught:
        load(with_remote(folder, "/none/c.crt", "/none/c.key", "/none/ca.pem"))
    lines = [str(error) for error in caught.value.errors]
    assert len(lines) == 2
    assert any("media.remote.0.ca: /none/ca.pem cannot be read" in line for line in lines)
    assert any("media.remote.0.certificate.chain: /none/c.crt cannot be read" in line for line in lines)
