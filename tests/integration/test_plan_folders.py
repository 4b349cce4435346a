"""Frozen plans on a real disk: whole or not there, what they name is linked, the note is one file."""

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from pbx.cli.site import edited, site
from pbx.config.load import ConfigProblems, load
from pbx.config.places import Places
from pbx.core.errors import ConfigError
from pbx.lifecycle.io.opened import policies
from pbx.versions.io import folders as module
from pbx.versions.io.folders import LivePlan, PlanFolders, mark_of, restore, start_folder, take

SAMPLE = Path(__file__).parents[2] / "config"


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    folder = tmp_path / "config"
    shutil.copytree(SAMPLE, folder)
    Places(tmp_path).make()
    return folder


@pytest.fixture
def folders(directory: Path) -> PlanFolders:
    return PlanFolders(Places(directory.parent), directory)


def run(folders: PlanFolders, directory: Path, *, held: bool = False) -> Path:
    """Have the files be the plan that runs."""
    snapshot = take(directory)
    folder = folders.freeze(snapshot)
    folders.note(LivePlan(digest=snapshot.digest, name=snapshot.name, version=1, held=held))
    return folder


def test_a_frozen_plan_is_the_plan(directory: Path, folders: PlanFolders) -> None:
    snapshot = take(directory)
    folder = folders.freeze(snapshot)
    (directory / "acme" / "dialplan.yaml").write_text("surprise: 1\n")
    assert take(folder) == snapshot
    assert folders.freeze(snapshot) == folder
    again = load(folder)
    assert again.tenants["acme"].extensions.keys() == {"1001", "1002", "1003"}
    wav = folder / "acme" / "prompts" / "en-GB" / "welcome.wav"
    assert wav.samefile(directory / "acme" / "prompts" / "en-GB" / "welcome.wav")


def test_what_leads_out_of_the_folder_still_does(directory: Path, folders: PlanFolders) -> None:
    customers = directory / "acme" / "customers.csv"
    customers.rename(directory.parent / "customers.csv")
    customers.symlink_to(directory.parent / "customers.csv")
    with pytest.raises(ConfigProblems, match="there is no file"):
        load(folders.freeze(take(directory)))


@pytest.mark.requirement("D-05")
def test_who_is_taken_out_of_the_customer_file_is_in_no_frozen_plan(
    directory: Path, folders: PlanFolders
) -> None:
    folder, customers = folders.freeze(take(directory)), directory / "acme" / "customers.csv"
    lines = customers.read_text().splitlines()
    beside = directory / "acme" / ".new"
    beside.write_text(lines[0])
    beside.replace(customers)
    assert (folder / "acme" / "customers.csv").read_text() == lines[0]
    assert [one.name for one in folder.rglob("*.csv") if not one.is_symlink()] == []


def test_nobody_else_reads_a_frozen_plan(directory: Path, folders: PlanFolders) -> None:
    home = folders.freeze(take(directory)).parent
    ours = [one for one in (home, *home.rglob("*")) if not one.is_symlink()]
    assert [one for one in ours if one.stat().st_mode & 0o077] == []


def test_a_file_that_goes_meanwhile_leaves_nothing_half_made(directory: Path, folders: PlanFolders) -> None:
    snapshot = take(directory)
    (directory / "acme" / "customers.csv").unlink()
    with pytest.raises(FileNotFoundError):
        folders.freeze(snapshot)
    assert list((directory.parent / "var" / "plans").iterdir()) == []


def test_a_file_that_was_written_where_it_lies_and_is_back_is_no_dead_end(
    directory: Path, folders: PlanFolders
) -> None:
    snapshot, customers = take(directory), directory / "acme" / "customers.csv"
    folder, was = folders.freeze(snapshot), customers.read_text()
    customers.write_text("other")  # the same inode
    assert take(folder) != snapshot
    beside = directory / "acme" / ".customers.csv.new"
    beside.write_text(was)
    beside.replace(customers)
    assert take(folders.freeze(snapshot)) == snapshot
    assert [one.name for one in (directory.parent / "var" / "plans").iterdir()] == [snapshot.name]


def test_paths_beside_the_configuration_lead_where_they_did(directory: Path, folders: PlanFolders) -> None:
    (directory.parent / "shared.csv").write_text("one")
    folder = folders.freeze(take(directory))
    assert (folder / "acme" / ".." / ".." / "shared.csv").read_text() == "one"


def test_it_knows_what_it_named_when_it_was_frozen(directory: Path, folders: PlanFolders) -> None:
    before = take(directory)
    folder = folders.freeze(before)
    (directory / "acme" / "customers.csv").write_text("other")
    assert folders.taken(folder).others == before.others
    assert take(folder).others != before.others


def test_what_editors_and_git_leave_there_is_no_part_of_a_plan(directory: Path) -> None:
    before = take(directory).digest
    (directory / ".git").mkdir()
    (directory / ".git" / "x.yaml").write_text("x")
    (directory / "acme" / ".dialplan.yaml.swp").write_text("x")
    (directory / "acme" / "dialplan.yaml~").write_text("x")
    assert take(directory).digest == before
    (directory / "acme" / "README").write_text("x")
    assert take(directory).digest != before


def test_its_mark_moves_when_something_is_saved(directory: Path) -> None:
    marks = [mark_of(directory)]
    assert mark_of(directory) == marks[0]
    plan, beside = directory / "acme" / "dialplan.yaml", directory / "acme" / ".dialplan.yaml.swp"
    beside.write_text(plan.read_text())
    assert mark_of(directory) == marks[0], "only an editor's own file"
    beside.replace(plan)  # the same words
    marks.append(mark_of(directory))
    plan.unlink()
    marks.append(mark_of(directory))
    assert len(set(marks)) == 3


def test_too_many_files_are_a_mistake(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    n_files = len(take(directory).plan) + len(take(directory).others)
    monkeypatch.setattr(module, "MAX_FILES", n_files)
    take(directory)
    monkeypatch.setattr(module, "MAX_FILES", n_files - 1)
    with pytest.raises(ConfigError, match="more than"):
        take(directory)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"digest": 1}'])
def test_a_damaged_note_is_none(folders: PlanFolders, directory: Path, text: str) -> None:
    run(folders, directory)
    (directory.parent / "var" / "plans" / "live.json").write_text(text)
    assert folders.live is None


def test_a_start_reads_the_files_unless_a_plan_is_held(directory: Path, folders: PlanFolders) -> None:
    places = Places(directory.parent)
    assert start_folder(places, directory, again=False) == directory
    frozen = run(folders, directory)
    assert start_folder(places, directory, again=True) == directory, "it is what ran"
    (directory / "acme" / "dialplan.yaml").write_text("surprise: 1\n")
    assert start_folder(places, directory, again=False) == directory
    assert start_folder(places, directory, again=True) == frozen
    live = folders.live
    assert live is not None
    folders.note(replace(live, held=True))
    assert start_folder(places, directory, again=False) == frozen
    shutil.rmtree(frozen)
    assert start_folder(places, directory, again=True) == directory, "better than no start"


def test_terms_and_commands_go_by_what_is_in_force(directory: Path, folders: PlanFolders) -> None:
    places = Places(directory.parent)
    before = policies(directory)["acme"]
    assert site(directory).tenant("acme").retention == before
    run(folders, directory)
    places.ready.parent.mkdir(parents=True, exist_ok=True)
    places.ready.write_text(f"{os.getpid()}\n")  # a PBX serves
    recording = directory / "acme" / "recording.yaml"
    recording.write_text(recording.read_text().replace("retention_days: 90", "retention_days: 7"))
    assert policies(directory)["acme"] == site(directory).tenant("acme").retention == before
    assert edited(directory).tenant("acme").retention != before
    places.ready.unlink()
    assert policies(directory)["acme"] == edited(directory).tenant("acme").retention
    assert site(directory).tenant("acme").retention == policies(directory)["acme"], "the next start reads it"


def test_files_are_written_back(directory: Path) -> None:
    before = take(directory)
    (directory / "acme" / "dialplan.yaml").write_text("other: 1\n")
    (directory / "acme" / "groups.yaml").unlink()
    (directory / "acme" / "lists.yaml").chmod(0o640)
    (directory / "acme" / "parking.yaml").write_text("new: 1\n")
    (directory / "acme" / "flows" / "support.yaml").chmod(0o640)
    (directory / "acme" / "flows" / "support.yaml").write_text("other")
    restore(directory, take(directory), before)
    assert take(directory) == before
    assert (directory / "acme" / "flows" / "support.yaml").stat().st_mode & 0o777 == 0o640


def test_what_is_left_over_goes_and_what_runs_stays(
    directory: Path, folders: PlanFolders, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "KEPT", 1)
    frozen = run(folders, directory)
    home = directory.parent / "var" / "plans"
    (home / ".half.1").mkdir()
    for n in range(2):
        (directory / "acme" / "README").write_text(str(n))
        newest = folders.freeze(take(directory))
    folders.prune()
    assert {one.name for one in home.iterdir()} == {"live.json", frozen.parent.name, newest.parent.name}
    assert json.loads((home / "live.json").read_text())["version"] == 1
