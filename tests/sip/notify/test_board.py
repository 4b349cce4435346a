"""What is known of the resources."""

from pbx.core.address import Address
from pbx.core.ids import SeededIds
from pbx.sip.capabilities import EVENTS
from pbx.sip.location import LocationService
from pbx.sip.notify.board import Board
from pbx.sip.notify.dialog_info import DialogInfo
from pbx.sip.notify.directory import NOBODY
from pbx.sip.notify.line import LineDialog
from pbx.sip.settings import EndpointSettings
from pbx.sip.stack import Stack
from tests.sip.notify.conftest import DIRECTORY

LINE = ("acme", "1001")
RINGING = LineDialog(id="d", state="early", direction="recipient")


def board() -> Board:
    settings = EndpointSettings(listen=Address("10.0.0.1", 5060), directories={"acme": DIRECTORY})
    return Board(Stack(settings, SeededIds(), b"k" * 32), LocationService(), lambda aor, now: None)


def test_the_packages_have_the_names_that_we_tell_peers() -> None:
    assert tuple(package.name for package in board().packages) == EVENTS


def test_a_line_without_calls_is_idle_and_takes_no_room() -> None:
    one = board()
    (dialogs, *_) = one.packages
    assert dialogs.look(LINE, 0.0) == DialogInfo()
    one.set_line(LINE, (RINGING,))
    assert dialogs.look(LINE, 0.0) == DialogInfo(dialogs=(RINGING,))
    one.set_line(LINE, ())
    assert dialogs.look(LINE, 0.0) == DialogInfo()


def test_an_unknown_tenant_has_nothing_to_watch() -> None:
    assert board().directory("umbrella") is NOBODY
