"""The directory has the caller until it has ended."""

from pbx.call.searching import searched
from pbx.ivr.effects import RequestDirectory
from pbx.ivr.events import PersonChosen
from pbx.media.dialogue import PlayPrompts
from pbx.services.directory import Directory, DirectoryEnded
from tests.call.conftest import Board


def test_whom_the_caller_has_chosen_is_the_flows(board: Board) -> None:
    context = board.tenant_plan.context
    machine, step = searched(DirectoryEnded(extension="1001"), context, 0.0)
    assert (machine, step.then) == (None, PersonChosen(extension="1001"))


def test_the_directory_asks_for_a_name(board: Board) -> None:
    order = RequestDirectory(by="last_name")
    machine, step = searched(order, board.tenant_plan.context, 0.0)
    assert isinstance(machine, Directory)
    assert any(isinstance(one, PlayPrompts) for one in step.orders)
