"""EventDesk: the door of the event packages, for requests, orders and registrations."""

from pbx.core.address import Remote
from pbx.sip.effects import SetLine
from pbx.sip.events import Origin
from pbx.sip.location import LocationService
from pbx.sip.message import Request
from pbx.sip.notify import dialog_info
from pbx.sip.notify.board import Board
from pbx.sip.notify.notifier import Notifier
from pbx.sip.stack import Stack
from pbx.sip.transaction import Transaction


class EventDesk:
    """Joins the facts with those who watch them."""

    __slots__ = ("_board", "_notifier")

    methods = frozenset({"SUBSCRIBE"})

    def __init__(self, stack: Stack, location: LocationService) -> None:
        self._board = Board(stack, location)
        self._notifier = Notifier(stack, self._board)

    @property
    def n_subscriptions(self) -> int:
        """How many subscriptions are alive."""
        return len(self._notifier)

    def has(self, request: Request) -> bool:
        """Whether a request is inside the dialog of a subscription."""
        return self._notifier.find(request) is not None

    def take(self, origin: Origin, transaction: Transaction, now: float) -> None:
        """Answer an admitted request outside of a dialog."""
        self._notifier.subscribe(origin, transaction, now)

    def serve(self, transaction: Transaction, now: float) -> None:
        """Answer a request inside the dialog of a subscription."""
        self._notifier.serve(transaction, now)

    def perform(self, order: SetLine, now: float) -> None:
        """Know a new fact and tell it."""
        aor = (order.tenant, order.extension)
        self._board.set_line(aor, order.dialogs)
        self._notifier.changed(dialog_info.NAME, aor, now)

    def swap(self) -> None:
        """Other settings are in force."""
        self._notifier.swap()

    def connection_lost(self, remote: Remote) -> None:
        """A connection is closed."""
        self._notifier.connection_lost(remote)
