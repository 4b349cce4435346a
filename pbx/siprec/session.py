"""RecordingSession: the session recording client of one call (RFC 7866 §6.1).

IDLE -> OPENING -> CALLING -> UP          ports, INVITE, the recorder has answered
CALLING, UP -> CALLING                    refused, silent or lost: the next recorder, told everything
CALLING, UP -> RESTING -> CALLING         nobody is left: all of them again, after a rest
any -> IDLE                               nobody is recorded any more
"""

from collections.abc import Callable
from enum import Enum, auto
from typing import assert_never

from pbx.core.errors import PeerFault
from pbx.core.ids import CallId, Ids, LegId, hex_id, uint32
from pbx.core.wall import Wall
from pbx.media.events import LegClosed, LegFailed, LegOpened
from pbx.sip.effects import AcceptReinvite, HangUp, PlaceCall, RefuseReinvite, Reinvite
from pbx.sip.events import (
    LegAnswered,
    LegConfirmed,
    LegEnded,
    LegRejected,
    ReinviteAnswered,
    ReinviteDue,
    ReinviteOffered,
    ReinviteRefused,
)
from pbx.sip.recording import MetadataRequested
from pbx.siprec.description import Agreed, RecordingDescription, Slots
from pbx.siprec.effects import Kind, SiprecEffect, Told
from pbx.siprec.events import Picture, SiprecEvent
from pbx.siprec.lines import MAX_LINES, Lines
from pbx.siprec.metadata import Metadata, Party
from pbx.siprec.servers import Client, Rotation

NO_REPLY_S = 3.0  # a recorder on the way to nowhere; each second of it is one that is not recorded there
ANSWER_S = 8.0  # machines answer at once; ringing is no answer
NO_PORT_S = 2.0  # before a port is asked for again
CHALLENGES = (401, 407)
UNASKED = "it wants a password, and has no account"
WRONG = "it does not take the user or password of its account, or its realm is not"
PENDING = 491
GONE = 500  # and above: a recorder that cannot take a change, or that nobody reaches, is none
CHECK_S = 20.0  # without any exchange: a recorder that is dead says nothing of it
FULL = f"somebody has no stream: there are {MAX_LINES} at most"
GLARE_S = 1.0  # an exchange with a machine takes less


class _At(Enum):
    IDLE = auto()
    OPENING = auto()
    CALLING = auto()
    UP = auto()
    RESTING = auto()


class RecordingSession:
    """Follows the picture of one call; at most one dialog with one recorder at a time."""

    __slots__ = (
        "_at",
        "_check_due",
        "_client",
        "_description",
        "_due",
        "_ids",
        "_is_exchanging",
        "_leg",
        "_lines",
        "_metadata",
        "_picture",
        "_retry_due",
        "_rotation",
        "_said",
        "_wall",
        "_wants_all",
    )

    def __init__(self, call: CallId, client: Client, ids: Ids, *, wall: Wall, now: float) -> None:
        self._client, self._ids, self._wall = client, ids, wall
        self._rotation = Rotation(client.servers)
        self._metadata = Metadata(ids, wall.time(now))
        self._lines = Lines(call, client.servers[0].family, self._name)
        self._description = self._new_description()
        self._picture = Picture(parties=())
        self._at, self._leg = _At.IDLE, LegId("")
        self._said: Slots = ()
        self._is_exchanging = self._wants_all = False
        self._due: float | None = None  # for an answer
        self._retry_due: float | None = None  # for what could not be done
        self._check_due: float | None = None  # whether the recorder lives

    @property
    def deadline(self) -> float | None:
        """When to call `tick`, monotonic seconds."""
        dues = (self._due, self._retry_due, self._check_due, self._rotation.due)
        waits = self._at is not _At.IDLE
        return min((due for due in dues if due is not None), default=None) if waits else None

    @property
    def legs(self) -> frozenset[LegId]:
        """Whose events are for us: the dialog's, and those of the streams."""
        return self._lines.legs | ({self._leg} if self._leg else frozenset())

    @property
    def leg(self) -> LegId:
        """The dialog's, "" while there is none."""
        return self._leg

    @property
    def is_up(self) -> bool:
        """Whether a recorder records."""
        return self._at is _At.UP

    @property
    def server(self) -> str:
        """The name of the recorder that is tried, or that records."""
        return self._rotation.server.name

    def follow(self, picture: Picture | None, now: float) -> list[SiprecEffect]:
        """Take how the call looks now; None = it is not recorded."""
        kept = picture is not None and any(one.is_kept for one in picture.parties)
        if picture is None or not kept:
            return self._stop()
        if picture == self._picture and self._at is not _At.IDLE:
            return []
        self._picture, self._lines.is_paused = picture, picture.is_paused
        effects: list[SiprecEffect] = [*self._lines.follow(picture.parties)]
        if self._lines.take_short():
            effects.append(self._told("no_port", FULL))
        self._tell_parties(now)
        if self._at is _At.IDLE:
            self._at = _At.OPENING
        return [*effects, *self._lines.flow(), *self._go_on(now)]

    def handle(self, event: SiprecEvent, now: float) -> list[SiprecEffect]:
        """Something happened to a leg of ours; what is late changes nothing."""
        match event:
            case LegOpened():
                return self._go_on(now) if self._lines.opened(event) else []
            case LegClosed():
                return [*self._lines.closed(event)]
            case LegFailed():
                return self._no_port(event, now)
            case _ if event.leg != self._leg:
                return []
            case LegAnswered() | LegRejected() | LegEnded():
                return self._of_dialog(event, now)
            case LegConfirmed() | ReinviteAnswered():
                return self._answered(event, now)
            case ReinviteRefused() | ReinviteDue():
                return self._refused(event, now)
            case ReinviteOffered():
                return self._offered(event)
            case MetadataRequested():
                self._wants_all = True
                return self._go_on(now)
        assert_never(event)

    def lost(self, leg: LegId) -> list[SiprecEffect]:
        """The media worker of a leg of ours is gone."""
        return [*self._lines.lost(leg)]

    def reopened(self, party: LegId, worker: int) -> list[SiprecEffect]:
        """A party's port was opened again, by this media worker."""
        return [*self._lines.reopened(party, worker), *self._lines.flow()]

    def tick(self, now: float) -> list[SiprecEffect]:
        """The recorder does not answer, or the rest is over."""
        if self._rotation.rested(now) and self._at is _At.RESTING:
            self._at = _At.OPENING
            return self._go_on(now)
        if self._due is not None and now >= self._due:
            return [HangUp(leg=self._leg), *self._failed("lost", "no answer", now)]
        if self._check_due is not None and now >= self._check_due:
            return self._check(now)
        if self._retry_due is None or now < self._retry_due:
            return []
        self._retry_due = None
        opened: list[SiprecEffect] = [*self._lines.follow(self._picture.parties)]
        self._tell_parties(now)
        return [*opened, *self._go_on(now)]

    def _check(self, now: float) -> list[SiprecEffect]:
        """Offer the same again, which only a recorder that lives can answer."""
        self._check_due = now + CHECK_S
        if self._at is not _At.UP or self._is_exchanging or not self._lines.is_ready:
            return []
        return self._offer(b"")

    def _name(self) -> LegId:
        return LegId(hex_id(self._ids))

    def _new_description(self) -> RecordingDescription:
        server = self._rotation.server
        return RecordingDescription(uint32(self._ids), server.srtp, self._ids, peers=self._client.peers)

    def _tell_parties(self, now: float) -> None:
        parties = tuple(
            Party(
                leg=one.leg, aor=one.aor, name=one.name, label=self._lines.label_of(one.leg), sends=one.sends
            )
            for one in self._picture.parties
        )
        self._metadata.follow(parties, self._wall.time(now))

    def _stop(self) -> list[SiprecEffect]:
        if self._at is _At.IDLE:
            return []
        ended: list[SiprecEffect] = [HangUp(leg=self._leg)] if self._leg else []
        told = [self._told("stopped")] if self._at is _At.UP else []
        self._at, self._leg, self._picture = _At.IDLE, LegId(""), Picture(parties=())
        self._due = self._retry_due = self._check_due = None
        self._rotation.reached()
        return [*self._lines.close(), *ended, *told]

    def _go_on(self, now: float) -> list[SiprecEffect]:
        """Call once every port is open; tell a recorder that is there what it does not know yet."""
        if not self._lines or not self._lines.is_ready:
            return []
        if self._at is _At.OPENING:
            return self._call(now)
        if self._at is not _At.UP or self._is_exchanging:
            return []
        slots = self._lines.slots
        if slots == self._said and not self._metadata.has_news and not self._wants_all:
            return []
        metadata = self._metadata.complete() if self._wants_all else self._metadata.partial()
        self._wants_all = False
        return self._offer(metadata)

    def _offer(self, metadata: bytes) -> list[SiprecEffect]:
        self._is_exchanging, self._check_due, self._said = True, None, self._lines.slots
        return [Reinvite(leg=self._leg, offer=self._description.offer(self._said), metadata=metadata)]

    def _call(self, now: float) -> list[SiprecEffect]:
        """Begin with the recorder whose turn it is: it is told everything."""
        server, self._leg = self._rotation.server, self._name()
        self._at, self._due = _At.CALLING, now + ANSWER_S
        self._is_exchanging = self._wants_all = False
        self._lines.pack()
        self._description, self._said = self._new_description(), self._lines.slots
        order = PlaceCall(
            leg=self._leg,
            target=server.uri,
            to=server.uri,
            from_uri=self._client.uri,
            from_display="",
            remote=server.remote,
            server=server.server,
            no_reply_s=NO_REPLY_S,
            credentials=server.credentials,
            offer=self._description.offer(self._said),
            metadata=self._metadata.complete(),
        )
        return [*self._lines.flow(), order]

    def _of_dialog(self, event: LegAnswered | LegRejected | LegEnded, now: float) -> list[SiprecEffect]:
        if isinstance(event, LegRejected):
            return self._rejected(event, now)
        if isinstance(event, LegEnded):
            return self._failed("lost", event.how, now)
        answer = event.answer or b""
        agreed = self._agree(lambda: self._description.accept(answer, self._said))
        if agreed is None:
            return [HangUp(leg=self._leg, cause=488), *self._failed("refused", "no stream is taken", now)]
        self._rotation.reached()
        self._at, self._due, self._check_due = _At.UP, None, now + CHECK_S
        self._metadata.told()
        return [self._told("started"), *self._lines.flow(), *self._go_on(now)]

    def _rejected(self, event: LegRejected, now: float) -> list[SiprecEffect]:
        if event.status not in CHALLENGES:
            return self._failed("refused", f"{event.status} {event.reason}".strip(), now)
        credentials = self._rotation.server.credentials
        wrong = UNASKED if credentials is None else f"{WRONG} {credentials.realm}"
        self._rotation.barred()
        return self._failed("unauthorized", f"{event.status}: {wrong}", now)

    def _agree(self, read: Callable[[], Agreed]) -> Agreed | None:
        try:
            agreed = read()
        except PeerFault:
            return None
        self._lines.agreed(agreed)
        return agreed

    def _answered(self, event: LegConfirmed | ReinviteAnswered, now: float) -> list[SiprecEffect]:
        answer = event.answer
        if isinstance(event, ReinviteAnswered):
            self._is_exchanging, self._check_due = False, now + CHECK_S
            self._metadata.told()
        if answer is None:
            return self._go_on(now)
        if self._agree(lambda: self._description.accept(answer, self._said)) is None:
            return [HangUp(leg=self._leg, cause=488), *self._failed("lost", "no stream is taken", now)]
        return [*self._lines.flow(), *self._go_on(now)]

    def _refused(self, event: ReinviteRefused | ReinviteDue, now: float) -> list[SiprecEffect]:
        """What was refused is offered again after glare only; until then all goes on as it was."""
        if isinstance(event, ReinviteDue):
            self._is_exchanging, self._said = False, ()
            return self._go_on(now)
        if event.retry_s is not None:
            return []
        if event.status >= GONE:
            return [HangUp(leg=self._leg), *self._failed("lost", str(event.status), now)]
        self._is_exchanging = False
        if event.status == PENDING:  # the recorder was faster, and its offer is being settled
            self._said, self._retry_due = (), now + GLARE_S
            return []
        self._metadata.told()
        return [self._told("refused", str(event.status))]

    def _offered(self, event: ReinviteOffered) -> list[SiprecEffect]:
        slots = self._lines.slots
        if event.offer is None:
            self._said = slots
            return [AcceptReinvite(leg=self._leg, answer=self._description.offer(slots))]
        try:
            answer, agreed = self._description.answer(event.offer, slots)
        except PeerFault as fault:
            return [RefuseReinvite(leg=self._leg, status=fault.status)]
        self._lines.agreed(agreed)
        return [AcceptReinvite(leg=self._leg, answer=answer), *self._lines.flow()]

    def _failed(self, kind: Kind, reason: str, now: float) -> list[SiprecEffect]:
        """This recorder is none: nothing goes there any more, and the next one is called."""
        told = self._told(kind, reason)
        self._leg, self._due, self._check_due = LegId(""), None, None
        self._lines.agreed((None,) * len(self._lines.slots))
        quiet = self._lines.flow()
        if self._rotation.failed(now):
            self._at = _At.OPENING
            return [told, *quiet, *self._go_on(now)]
        self._at = _At.RESTING
        alarm = [Told(kind="unreachable", reason=reason)] if self._rotation.rounds == 1 else []
        return [told, *quiet, *alarm]

    def _no_port(self, event: LegFailed, now: float) -> list[SiprecEffect]:
        if not self._lines.drop(event.leg):
            return []
        self._retry_due = now + NO_PORT_S
        return [self._told("no_port", event.reason), *self._go_on(now)]

    def _told(self, kind: Kind, reason: str = "") -> Told:
        return Told(kind=kind, server=self._rotation.server.name, reason=reason)
