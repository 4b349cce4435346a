"""Notifier: SUBSCRIBE in, NOTIFY out (RFC 6665 §4.2)."""

from typing import TypeVar

from pbx.core.address import Remote
from pbx.core.errors import PeerViolation
from pbx.sip.dialog import Dialog, DialogId
from pbx.sip.events import DeviceOrigin, Origin
from pbx.sip.location import Aor
from pbx.sip.message import Request
from pbx.sip.notify.board import Board
from pbx.sip.notify.content import Content, Single
from pbx.sip.notify.package import Package, Topic
from pbx.sip.notify.resource_list import MULTIPART, OPTION_TAG, RLMI, ResourceList
from pbx.sip.notify.subscription import Subscription
from pbx.sip.notify.wish import Refused, Wish, accepts, wish_of
from pbx.sip.responses import Fields
from pbx.sip.stack import Stack
from pbx.sip.transaction import Transaction
from pbx.sip.uri import parse_uri

KeyT = TypeVar("KeyT")

MAX_SUBSCRIPTIONS = 100_000  # of one process: 1000 telephones with 100 buttons
MAX_PER_SUBSCRIBER = 300  # an extension with three telephones of 100 buttons; the oldest make room
RETRY_AFTER_S = 30
SUBSCRIBE_ONLY: Fields = (("Allow", "SUBSCRIBE"),)


class Notifier:
    """The subscriptions of all telephones, found by dialog, by resource and by subscriber."""

    __slots__ = ("_behind", "_board", "_by_dialog", "_of_subscriber", "_packages", "_stack", "_watching")

    def __init__(self, stack: Stack, board: Board) -> None:
        self._stack, self._board = stack, board
        self._packages = {package.name: package for package in board.packages}
        self._by_dialog: dict[DialogId, Subscription] = {}
        self._of_subscriber: dict[Aor, dict[Subscription, None]] = {}
        self._behind: dict[Remote, dict[Subscription, None]] = {}  # by connection
        self._watching: dict[tuple[str, Aor], dict[Subscription, None]] = {}

    def __len__(self) -> int:
        return len(self._by_dialog)

    @property
    def events(self) -> tuple[str, ...]:
        """The names of the event packages."""
        return tuple(self._packages)

    def subscribe(self, origin: Origin, transaction: Transaction, now: float) -> None:
        """Grant an admitted SUBSCRIBE outside of a dialog, and begin with NOTIFY; PeerViolation."""
        request = transaction.request
        wish = wish_of(request, self._packages)
        if not isinstance(origin, DeviceOrigin):
            raise Refused("carriers watch nobody", 403)
        if len(self) >= MAX_SUBSCRIPTIONS:
            raise Refused("too many subscriptions", 503, (("Retry-After", str(RETRY_AFTER_S)),))
        content = self._content(origin, wish, request)
        dialog = Dialog.of_uas(request, self._stack.tag(), transaction.remote)
        dialog.confirmed = True
        subscription = Subscription(self._stack, self, dialog, content)
        subscription.subscriber = (origin.tenant, origin.extension)
        self._keep(subscription, now)
        self._granted(subscription, transaction, wish, now)

    def serve(self, transaction: Transaction, now: float) -> None:
        """Grant a request inside a subscription's dialog; PeerViolation."""
        request = transaction.request
        subscription = self.find(request)
        if subscription is None:
            raise PeerViolation("no such dialog", 481)
        before = subscription.dialog.peer
        subscription.dialog.receive(request, transaction.remote)
        _drop(self._behind, before, subscription)
        self._behind.setdefault(transaction.remote, {})[subscription] = None
        if request.method != "SUBSCRIBE":
            raise Refused("not in this dialog", 405, SUBSCRIBE_ONLY)
        wish = wish_of(request, (subscription.content.package.name,))
        if wish.event != subscription.event:
            raise Refused("one dialog, one subscription", 403)  # RFC 6665 §4.5.2
        subscription.dialog.refresh_target(request)
        self._granted(subscription, transaction, wish, now)

    def find(self, request: Request) -> Subscription | None:
        """Return the subscription whose dialog a request is in."""
        return self._by_dialog.get((request.call_id, request.to.tag or "", request.from_.tag or ""))

    def changed(self, package: str, aor: Aor, now: float) -> None:
        """Tell the watchers of a resource whose state may have changed."""
        for subscription in list(self._watching.get((package, aor), ())):
            subscription.content.note(aor)
            subscription.touch(now)

    def is_watched(self, package: str, aor: Aor, subscriber: Aor) -> bool:
        """Whether this subscriber watches the resource."""
        watching = self._watching.get((package, aor), {})
        return any(subscription.subscriber == subscriber for subscription in watching)

    def swap(self) -> None:
        """The settings are others: end what is no longer allowed, at the next tick."""
        for subscription in list(self._by_dialog.values()):
            tenant, extension = subscription.subscriber
            directory = self._board.directory(tenant)
            reason = subscription.content.refusal(directory, extension)
            if extension not in directory.lines:
                subscription.end_soon("rejected")
            elif reason:
                subscription.end_soon(reason)

    def connection_lost(self, remote: Remote) -> None:
        """Reach the subscribers behind a closed connection on a new one."""
        for subscription in self._behind.pop(remote, {}):
            subscription.dialog.lose_connection()

    def forget(self, subscription: Subscription) -> None:
        """A subscription is over."""
        self._by_dialog.pop(subscription.dialog.id, None)
        _drop(self._behind, subscription.dialog.peer, subscription)
        _drop(self._of_subscriber, subscription.subscriber, subscription)
        name = subscription.content.package.name
        for aor in subscription.content.watched:
            _drop(self._watching, (name, aor), subscription)

    def _content(self, origin: DeviceOrigin, wish: Wish, request: Request) -> Content:
        package = _in_form(self._packages[wish.package], request)
        uri = parse_uri(request.uri)
        tenant = origin.tenant
        if self._stack.settings.domains.get(uri.host.lower(), tenant) != tenant:
            raise Refused("another tenant's", 404)
        directory = self._board.directory(tenant)
        members = directory.lists.get(uri.user, (uri.user,))
        for user in members:
            status = package.may_watch(directory, user, origin.extension)
            if status:
                raise Refused("not to be watched", status)
        aors = [(tenant, user) for user in members]
        topics = tuple(Topic(package=package, aor=aor, entity=self.entity(aor)) for aor in aors)
        is_list = uri.user in directory.lists
        if is_list and OPTION_TAG not in _supported(request):
            raise Refused("a list for who knows no lists", 421, (("Require", OPTION_TAG),))
        if not accepts(request, package.content_type, *((MULTIPART, RLMI) if is_list else ())):
            raise Refused("no acceptable document", 406)
        if not is_list:
            return Single(topics[0])
        return ResourceList(uri.user, self.entity((tenant, uri.user)), topics, self._stack.ids)

    def entity(self, aor: Aor) -> str:
        """Return the URI of a resource."""
        tenant, user = aor
        domain = next((name for name, of in self._stack.settings.domains.items() if of == tenant), tenant)
        return f"sip:{user}@{domain}"

    def _keep(self, subscription: Subscription, now: float) -> None:
        own = self._of_subscriber.setdefault(subscription.subscriber, {})
        if len(own) >= MAX_PER_SUBSCRIBER:
            next(iter(own)).end("deactivated", now)
        self._of_subscriber.setdefault(subscription.subscriber, {})[subscription] = None
        self._by_dialog[subscription.dialog.id] = subscription
        self._behind.setdefault(subscription.dialog.peer, {})[subscription] = None
        name = subscription.content.package.name
        for aor in subscription.content.watched:
            self._watching.setdefault((name, aor), {})[subscription] = None

    def _granted(self, subscription: Subscription, transaction: Transaction, wish: Wish, now: float) -> None:
        dialog, content = subscription.dialog, subscription.content
        routes = transaction.request.headers.get_all("Record-Route")
        fields = (
            *(("Record-Route", value) for value in routes),
            ("Contact", self._stack.contact(dialog.peer)),
            ("Expires", str(wish.expires_s)),
            *((("Require", OPTION_TAG),) if isinstance(content, ResourceList) else ()),
        )
        self._stack.respond(transaction, 200, now=now, to_tag=dialog.local_tag, fields=fields)
        for aor in content.watched:
            content.package.ask(aor)
        subscription.open(wish.event, wish.expires_s, now)


def _drop(index: dict[KeyT, dict[Subscription, None]], key: KeyT, subscription: Subscription) -> None:
    found = index.get(key, {})
    found.pop(subscription, None)
    if not found:
        index.pop(key, None)


def _in_form(package: Package, request: Request) -> Package:
    """The package in its older form when that is all the subscriber accepts."""
    older = package.instead
    if older is None or accepts(request, package.content_type) or not accepts(request, older.content_type):
        return package
    return older


def _supported(request: Request) -> set[str]:
    """Return the option tags a subscriber says it supports, in lower case."""
    values = request.headers.get_all("Supported")
    return {tag.strip().lower() for value in values for tag in value.split(",")}
