"""EventDesk: the door of the event packages, for requests, orders and registrations."""

from collections.abc import Callable, Collection, Mapping

from pbx.core.address import Remote
from pbx.core.errors import PeerFault
from pbx.sip.effects import SetLine, SetMessages
from pbx.sip.events import DeviceOrigin, Origin
from pbx.sip.location import Aor, LocationService
from pbx.sip.message import Request
from pbx.sip.notify import dialog_info, message_summary, reg_info
from pbx.sip.notify.board import PRESENCE, Board
from pbx.sip.notify.message_summary import MessageCounts
from pbx.sip.notify.notifier import Notifier
from pbx.sip.notify.push import push_counts
from pbx.sip.notify.wish import Refused, event_of
from pbx.sip.stack import Stack
from pbx.sip.transaction import Transaction
from pbx.sip.uri import parse_uri

Handler = Callable[[Origin, Transaction, float], None]


class EventDesk:
    """Joins the facts with those who watch them."""

    __slots__ = ("_board", "_handlers", "_location", "_notifier", "_stack")

    def __init__(self, stack: Stack, location: LocationService) -> None:
        self._stack, self._location = stack, location
        self._board = Board(stack, location, self._published)
        self._notifier = Notifier(stack, self._board)
        self._handlers: Mapping[str, Handler] = {
            "SUBSCRIBE": self._notifier.subscribe,
            "PUBLISH": self._publish,
        }

    @property
    def methods(self) -> Collection[str]:
        """The methods that `take` serves."""
        return self._handlers

    @property
    def n_subscriptions(self) -> int:
        """How many subscriptions are alive."""
        return len(self._notifier)

    @property
    def deadline(self) -> float | None:
        """At once while something waits to be told."""
        return 0.0 if self._location.changed else None

    def has(self, request: Request) -> bool:
        """Whether a request is inside the dialog of a subscription."""
        return self._notifier.find(request) is not None

    def take(self, origin: Origin, transaction: Transaction, now: float) -> None:
        """Answer an admitted request outside of a dialog."""
        handler = self._handlers[transaction.request.method]
        self._answer(lambda: handler(origin, transaction, now), transaction, now)

    def serve(self, transaction: Transaction, now: float) -> None:
        """Answer a request inside the dialog of a subscription."""
        self._answer(lambda: self._notifier.serve(transaction, now), transaction, now)

    def perform(self, order: SetLine | SetMessages, now: float) -> None:
        """Know a new fact and tell it."""
        match order:
            case SetLine():
                aor = (order.tenant, order.extension)
                self._board.set_line(aor, order.dialogs)
                self._notifier.changed(dialog_info.NAME, aor, now)
                self._notifier.changed(PRESENCE, aor, now)
            case SetMessages():
                box = (order.tenant, order.box)
                counts = MessageCounts(new=order.new, old=order.old)
                self._board.set_messages(box, counts)
                self._notifier.changed(message_summary.NAME, box, now)
                self._push(box, counts, now)

    def settle(self, now: float) -> None:
        """Tell what has become of bindings, at the end of a turn."""
        changed = list(self._location.changed)
        self._location.changed.clear()
        for aor in changed:
            self._notifier.changed(reg_info.NAME, aor, now)
            self._notifier.changed(PRESENCE, aor, now)
            if self._board.directory(aor[0]).pushes_messages and self._location.bindings(aor):
                self._board.ask_messages(aor)

    def _answer(self, serve: Callable[[], None], transaction: Transaction, now: float) -> None:
        try:
            serve()
        except PeerFault as fault:
            fields = fault.fields if isinstance(fault, Refused) else ()
            self._stack.respond(transaction, fault.status, now=now, fields=fields)

    def _publish(self, origin: Origin, transaction: Transaction, now: float) -> None:
        """Take the presence of a person from his own telephone."""
        request = transaction.request
        package, _ = event_of(request)
        if package != PRESENCE:
            raise Refused("not an event that is published here", 489, (("Allow-Events", PRESENCE),))
        uri = parse_uri(request.uri)
        if not isinstance(origin, DeviceOrigin) or uri.user != origin.extension:
            raise Refused("everybody publishes for himself", 403)
        aor = (origin.tenant, origin.extension)
        fields = self._board.publications.publish(aor, request, now)
        self._stack.respond(transaction, 200, now=now, fields=fields)

    def _published(self, aor: Aor, now: float) -> None:
        self._notifier.changed(PRESENCE, aor, now)

    def _push(self, box: Aor, counts: MessageCounts, now: float) -> None:
        """Tell the telephones of the box's own extension that wait for it without a subscription."""
        if not self._board.directory(box[0]).pushes_messages:
            return
        if self._notifier.is_watched(message_summary.NAME, box, box):
            return
        for binding in self._location.bindings(box):
            push_counts(self._stack, self._notifier.entity(box), binding, counts, now)

    def swap(self) -> None:
        """Other settings are in force."""
        self._notifier.swap()

    def connection_lost(self, remote: Remote) -> None:
        """A connection is closed."""
        self._notifier.connection_lost(remote)
