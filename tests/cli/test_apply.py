"""`pbx diff` and `pbx apply` where no PBX answers, and the control socket where one does."""

import json
from collections.abc import AsyncIterator

import pytest

from pbx.cli.watch import watch
from pbx.config.places import Places
from pbx.runner.control import Control, listen
from pbx.runner.control_messages import ChangePlan, PlanIs, PlanRefused
from pbx.store.database import Database
from pbx.versions.io.folders import LivePlan, PlanFolders, take
from tests.cli.conftest import Pbx


class Signalling:
    """What `Reload.change` is to the control socket."""

    def __init__(self, *replies: PlanIs | PlanRefused) -> None:
        self.replies, self.asked = list(replies), list[ChangePlan]()

    async def change(self, order: ChangePlan) -> PlanIs | PlanRefused:
        self.asked.append(order)
        return self.replies.pop(0)


def edit(places: Places, name: str, old: str, new: str) -> None:
    file = places.base / "config" / "acme" / name
    file.write_text(file.read_text().replace(old, new))


def run(places: Places) -> None:
    """Have the files be the plan that runs."""
    directory = places.base / "config"
    folders, snapshot = PlanFolders(places, directory), take(directory)
    folders.freeze(snapshot)
    folders.note(LivePlan(digest=snapshot.digest, name=snapshot.name, version=1))


async def test_diff_says_what_changes_for_whom(pbx: Pbx, places: Places) -> None:
    said = await pbx("diff")
    assert (said.code, "no plan has run here" in said.err) == (1, True)
    run(places)
    assert (await pbx("diff")).out == "nothing differs\n"
    edit(places, "extensions.yaml", "Carol", "Caroline")
    (places.base / "config" / "acme" / "customers.csv").write_text("other")
    said = await pbx("diff")
    assert said.out.splitlines() == [
        "acme",
        "  ~ extension 1003: name is Caroline instead of Carol",
        "  ~ file acme/customers.csv: another content",
    ]
    assert [one["subject"] for one in (await pbx("diff", "--json")).json] == [
        "extension 1003",
        "file acme/customers.csv",
    ]


async def test_mistakes_are_named_beside_what_differs(pbx: Pbx, places: Places) -> None:
    run(places)
    edit(places, "extensions.yaml", "Carol", "Caroline")
    edit(places, "dialplan.yaml", "flow: echo", "flow: ecko")
    said = await pbx("diff")
    assert "extension 1003" in said.out
    assert "1 mistakes in the files" in said.err


async def test_a_broken_plan_asks_nobody(pbx: Pbx, places: Places) -> None:
    edit(places, "dialplan.yaml", "flow: echo", "flow: ecko")
    said = await pbx("apply")
    assert (said.code, "did you mean echo?" in said.err) == (1, True)
    said = await pbx("apply", "--json")
    assert (said.json["applied"], len(said.json["errors"])) == (False, 1)


async def test_a_plan_whose_tests_fail_asks_nobody_unless_they_are_left_out(pbx: Pbx, places: Places) -> None:
    edit(places, "dialplan.yaml", "flow: echo", "flow: support")
    signalling = Signalling(PlanIs(version=2, is_new=True))
    server = await listen(places.control_socket, Control(dict, print, plans=signalling.change))
    said = await pbx("apply")
    assert (said.code, signalling.asked) == (1, [])
    (line, *_) = said.err.splitlines()
    assert line.startswith("config/acme/tests/numbers.yaml:")
    assert "the test 'the echo test sends everybody his own voice' fails: " in line
    assert said.err.endswith("`pbx test` tells why, --untested asks none of them\n")
    assert (await pbx("apply", "--untested")).code == 0
    server.close()


async def test_without_a_pbx_nothing_is_applied(pbx: Pbx) -> None:
    said = await pbx("apply")
    assert (said.code, "does not run here" in said.err) == (1, True)


async def test_the_running_pbx_has_the_last_word(pbx: Pbx, places: Places) -> None:
    taken = PlanIs(
        version=7, is_new=True, waiting="changed, but read at start only: sip.port", warnings=("w",)
    )
    signalling = Signalling(taken, PlanIs(version=7, is_new=False), PlanRefused(errors=("no vault",)))
    server = await listen(places.control_socket, Control(dict, print, plans=signalling.change))
    said = await pbx("apply", "--comment", "why")
    assert (said.code, said.out) == (0, "version 7 is in force\n")
    assert said.err.splitlines() == ["warning: w", taken.waiting]
    assert (await pbx("apply", "--json")).json["is_new"] is False
    said = await pbx("apply")
    assert (said.code, said.err) == (1, "no vault\n")
    server.close()
    first = signalling.asked[0]
    assert (first.comment, first.digest) == ("why", take(places.base / "config").digest)
    assert first.author, "the kernel says who has connected"


async def test_rollback_without_anything_to_go_back_to(pbx: Pbx, places: Places, database: Database) -> None:
    said = await pbx("rollback")
    assert (said.code, "name a version" in said.err) == (1, True)
    said = await pbx("rollback", "9")
    assert (said.code, "no version 9" in said.err) == (1, True)
    assert json.loads((await pbx("versions", "--json")).out) == []


async def test_what_is_saved_is_applied_and_a_mistake_is_said(
    places: Places, capsys: pytest.CaptureFixture[str]
) -> None:
    run(places)
    signalling = Signalling(*(PlanIs(version=n, is_new=True) for n in (1, 2)), PlanRefused(errors=("no",)))
    server = await listen(places.control_socket, Control(dict, print, plans=signalling.change))
    saved = [
        ("extensions.yaml", "Carol", "Caroline"),
        ("dialplan.yaml", "flow: echo", "flow: ecko"),
        ("dialplan.yaml", "flow: ecko", "flow: support"),
    ]

    async def looks() -> AsyncIterator[None]:
        for save in saved:
            edit(places, *save)
            for _ in range(3):
                yield

    await watch((places.base / "config", places), "trying", looks(), tested=False)
    server.close()
    said = capsys.readouterr()
    assert [one.cause for one in signalling.asked] == ["apply", "save", "save"]
    assert {one.comment for one in signalling.asked} == {"trying"}
    assert "extension 1003: name is Caroline" in said.out
    assert "version 2 is in force" in said.out
    watched, mistake, refused = said.err.splitlines()
    assert (watched, refused) == ("config is watched, Ctrl-C ends it", "no")
    assert "did you mean echo?" in mistake


async def test_a_watcher_writes_for_people(pbx: Pbx) -> None:
    said = await pbx("apply", "--watch", "--json")
    assert (said.code, said.err) == (2, "pbx: --watch goes on, so it has no --json\n")
    said = await pbx("apply", "--watch")
    assert (said.code, "does not run here" in said.err) == (1, True)
