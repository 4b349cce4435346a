"""What the processes of one node are started with."""

import json
import signal
from pathlib import Path

import pytest

from pbx.children import NURSERY, OPTIONAL, Child, children, finaliser_settings
from pbx.config.load import load
from pbx.config.places import Places
from pbx.core.ids import SeededIds
from pbx.media.io.worker import parse_options
from pbx.media.silence import SilenceRules
from pbx.nursery_process import FORKED, MODULES
from pbx.recording.age import generate_identity
from pbx.recording.io.finaliser_config import FinaliserConfig
from pbx.sip.media_peers import LAB
from tests.e2e.running import prepare


def workers(wanted: list[Child]) -> list[Child]:
    """The media workers among them."""
    return [child for child in wanted if child.argv[0] == "pbx.media.io.worker"]


@pytest.fixture
def wanted(tmp_path: Path) -> list[Child]:
    """Those of a PBX with two media workers."""
    folder = prepare(tmp_path)
    file = folder / "pbx.yaml"
    file.write_text(file.read_text().replace("media: {}", "media: {workers: 2}"))
    return children(load(folder), folder, Places(tmp_path))


def test_who_is_needed_comes_first(wanted: list[Child]) -> None:
    assert [child.name for child in wanted] == ["vault", "media-0", "media-1", "finaliser", "signalling"]


@pytest.mark.requirement("REC-11")
def test_a_desk_is_there_where_somebody_may_hear_recordings(tmp_path: Path) -> None:
    folder = prepare(tmp_path)
    (folder / "acme" / "access.yaml").write_text("people: {ada: {role: compliance}}\n")
    found = {child.name: child for child in children(load(folder), folder, Places(tmp_path))}
    assert found["desk"].socket == tmp_path / "desk" / "listen.sock"
    assert list(found)[-1] == "signalling"
    assert "playback" not in found


@pytest.mark.requirement("REC-11")
def test_links_are_played_where_it_is_written_and_somebody_has_a_role(tmp_path: Path) -> None:
    folder = prepare(tmp_path)
    with (folder / "pbx.yaml").open("a") as file:
        file.write("playback: {port: 8081}\n")
    assert "playback" not in {child.name for child in children(load(folder), folder, Places(tmp_path))}
    (folder / "acme" / "access.yaml").write_text("people: {ada: {role: compliance}}\n")
    found = {child.name: child for child in children(load(folder), folder, Places(tmp_path))}
    assert found["playback"].speaks
    assert tuple(name for name, child in found.items() if not child.is_needed) == OPTIONAL[1:]
    written = (folder / "pbx.yaml").read_text()
    (folder / "pbx.yaml").write_text(written.replace("speech:\n", "speech:\n  recogniser: pocketsphinx\n"))
    every = children(load(folder), folder, Places(tmp_path))
    assert tuple(child.name for child in every if not child.is_needed) == OPTIONAL
    assert found["playback"].argv[-1] == str(tmp_path / "var/run/playback.json")


@pytest.mark.requirement("MED-11")
def test_a_worker_takes_its_rules_of_silence_from_the_configuration(tmp_path: Path) -> None:
    folder = prepare(tmp_path)
    file = folder / "pbx.yaml"
    text = file.read_text().replace("rest_timeout: 30min", "rest_timeout: 10min")
    file.write_text(text.replace("nat_rebind: port", "nat_rebind: off"))
    worker, *_ = workers(children(load(folder), folder, Places(tmp_path)))
    options = parse_options(worker.argv[1:])
    assert options.silence == SilenceRules(timeout_s=30.0, rest_s=600.0, rebind="off")


def test_workers_divide_the_ports_and_nothing_else(wanted: list[Child], tmp_path: Path) -> None:
    first, second = workers(wanted)
    assert first.argv[first.argv.index("--ports") + 1] == "16384-24575"
    assert second.argv[second.argv.index("--ports") + 1] == "24576-32767"
    assert (first.socket, second.socket) == (
        tmp_path / "var/run/media-0.sock",
        tmp_path / "var/run/media-1.sock",
    )
    assert first.argv[5:] == second.argv[5:]


def test_who_says_when_it_serves(wanted: list[Child]) -> None:
    assert [child.name for child in wanted if child.speaks] == ["media-0", "media-1", "signalling"]


def test_all_but_the_vault_come_from_the_nursery(wanted: list[Child]) -> None:
    assert [child.name for child in wanted if not child.has_nursery] == ["vault"]
    assert {child.argv[0] for child in wanted if child.has_nursery} == set(MODULES) < set(FORKED)
    assert NURSERY.speaks and not NURSERY.has_nursery


def test_a_worker_ends_at_once_when_it_has_to(wanted: list[Child]) -> None:
    """SIGTERM is for one worker alone, and lets its calls go on."""
    ends = {child.name: child.ends_at for child in (*wanted, NURSERY)}
    assert {name for name, number in ends.items() if number == signal.SIGINT} == {
        "media-0",
        "media-1",
        "nursery",
    }


def test_the_vault_hears_of_the_escrow_recipient(tmp_path: Path) -> None:
    folder = prepare(tmp_path)
    assert "--escrow" not in children(load(folder), folder, Places(tmp_path))[0].argv
    escrow = str(generate_identity(SeededIds("escrow")).recipient)
    file = folder / "pbx.yaml"
    file.write_text(file.read_text().replace("recording:\n", f"recording:\n  escrow: {escrow}\n"))
    vault = children(load(folder), folder, Places(tmp_path))[0]
    assert vault.argv[-2:] == ("--escrow", escrow)


def test_who_records_and_who_finishes_hear_of_the_spare_spool(wanted: list[Child], tmp_path: Path) -> None:
    assert not [child for child in wanted if "--spare-spool" in child.argv]
    file = tmp_path / "config" / "pbx.yaml"
    file.write_text(file.read_text().replace("recording:\n", "recording:\n  spare_spool: /mnt/spool\n"))
    config, places = load(file.parent), Places(tmp_path)
    told = [one.argv for one in workers(children(config, file.parent, places))]
    assert [argv[argv.index("--spare-spool") + 1] for argv in told] == ["/mnt/spool"] * 2
    assert finaliser_settings(config, places)["spare_spool"] == "/mnt/spool"
    assert finaliser_settings(config, places)["playback_copy"] is True


@pytest.mark.requirement("E-14")
def test_who_has_the_log_signed_hears_where_the_checkpoints_go(wanted: list[Child], tmp_path: Path) -> None:
    file, places = tmp_path / "config" / "pbx.yaml", Places(tmp_path)
    told = finaliser_settings(load(file.parent), places)
    assert told["checkpoints"] == {"kind": "local", "directory": str(tmp_path / "var" / "checkpoints")}
    assert told["lock"] == {"mode": "governance", "days": 365}
    far = "audit: {checkpoints: {kind: local, path: /mnt/far}, lock: compliance, lock_days: 7}\n"
    file.write_text(file.read_text() + far)
    told = finaliser_settings(load(file.parent), places)
    assert told["checkpoints"] == {"kind": "local", "directory": "/mnt/far"}
    assert told["lock"] == {"mode": "compliance", "days": 7}
    assert FinaliserConfig.model_validate_json(json.dumps(told)).lock.days == 7


@pytest.mark.requirement("REC-10")
def test_the_finaliser_hears_whether_any_tenant_has_its_objects_locked(tmp_path: Path) -> None:
    folder, places = prepare(tmp_path), Places(tmp_path)
    assert FinaliserConfig.model_validate(finaliser_settings(load(folder), places)).retention_locks is False
    with (folder / "acme" / "recording.yaml").open("a") as file:
        file.write("retention: {evidence: {days: 400, lock: governance, lock_days: 365}}\n")
    assert FinaliserConfig.model_validate(finaliser_settings(load(folder), places)).retention_locks is True


@pytest.mark.requirement("REC-09")
@pytest.mark.parametrize(("host", "lab"), [("127.0.0.1", LAB), ("192.0.2.10", ())])
def test_the_finaliser_hears_of_the_webhook(tmp_path: Path, host: str, lab: tuple[str, ...]) -> None:
    folder, places = prepare(tmp_path), Places(tmp_path)
    assert finaliser_settings(load(folder), places)["webhook"] is None
    (tmp_path / "hook").write_text("whsec_" + "A" * 32)
    file = folder / "pbx.yaml"
    hook = "recording:\n  webhook: {url: https://hooks.example/a, secret_file: hook, allow: [10.0.0.0/8]}\n"
    text = file.read_text().replace("recording:\n", hook)
    file.write_text(text.replace("rtp:\n  host: 127.0.0.1\n", f"rtp:\n  host: {host}\n"))
    told = FinaliserConfig.model_validate(finaliser_settings(load(folder), places))
    assert told.webhook is not None
    assert told.webhook.allow == (*lab, "10.0.0.0/8")
    assert told.webhook.secret_file == tmp_path / "hook"
    assert told.alarms == tmp_path / "var" / "run" / "alarms"
