"""What a call needs to know of its tenant; a call keeps the context it started with (reload is a swap)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from typing import Literal

from pbx.call.early_policy import EarlyPolicy
from pbx.consent.beeps import BeepChoice
from pbx.consent.dialogue import ConsentTexts
from pbx.consent.effects import ConsentProof, Mode, Overlay
from pbx.consent.known import KnownNumbers
from pbx.consent.places import NOWHERE_ELSE, Places
from pbx.consent.rules import ConsentRules
from pbx.consent.stance import Overrides, Stance
from pbx.core.address import Remote
from pbx.core.policy import PolicyName
from pbx.core.wall import Wall as Wall
from pbx.dialplan.rules import NO_CODES, KeyCodes
from pbx.ivr.name_search import Person
from pbx.ivr.speech import Words
from pbx.ivr.steps import FlowPlan, takes_messages
from pbx.marketing.week import Week
from pbx.media.effects import Music
from pbx.recording.failure import FailurePolicy
from pbx.recording.rules import RecordingRules
from pbx.schedules.switches import NO_SCHEDULES, Schedules
from pbx.services.conference import RoomSettings
from pbx.services.hunting import HuntPolicy
from pbx.services.parking import ParkingLot
from pbx.services.queue_policy import QueuePolicy
from pbx.sip.effects import DigestCredentials
from pbx.sip.identity.profile import TrunkProfile
from pbx.sip.locate.rules import ServerName
from pbx.sip.negotiation import PLAIN, MediaProfile
from pbx.sip.responses import Fields
from pbx.sip.stir.signer import Signer
from pbx.siprec.servers import Client
from pbx.verify.call_back import Confirm, SaysDigits
from pbx.verify.claimed import NumberCounts
from pbx.verify.throttles import LockRule as LockRule

RecordPref = Literal["honour", "note"]
JoinerPolicy = Literal["exclude_leg", "stop_all"]
Member = tuple[str, int, int]  # trunk, priority, weight


@dataclass(frozen=True, slots=True, kw_only=True)
class TrunkRoute:
    """Where outbound calls of a trunk go, who we say is calling, and when the next trunk is tried.

    The host of `remote` may be a name; port 0 = whatever DNS says.
    """

    name: str
    remote: Remote
    caller_id: str
    policy: HuntPolicy = HuntPolicy()
    no_reply_s: float = 5.0
    credentials: DigestCredentials | None = None
    early: EarlyPolicy = EarlyPolicy()
    profile: TrunkProfile = TrunkProfile()
    signer: Signer | None = None
    server: ServerName | None = None  # looked up for each call; then `remote` is for URIs only

    @property
    def authority(self) -> str:
        """Host and port of its URIs."""
        host = f"[{self.remote.host}]" if ":" in self.remote.host else self.remote.host
        return f"{host}:{self.remote.port}" if self.remote.port else host


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBackPolicy:
    """How customers are called back at their numbers on file.

    `name` is who calls, in words; `caller_id` "" = the trunk's. `says_digits` = who hears how the number ends
    that will be called.
    """

    trunk: str
    name: str
    caller_id: str = ""
    hours: Week | None = None  # None = at any time
    zone: tzinfo = UTC  # of the hours
    confirm: Confirm = "key"
    says_digits: SaysDigits = "never"
    ring_s: float = 30.0

    def is_open(self, at: datetime) -> bool:
        """Whether somebody may be called back at a moment."""
        return self.hours is None or self.hours.is_open(at.astimezone(self.zone))


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpDesk:
    """Who of the house is called when somebody calls for help; `says` and `where` begin what they hear.

    `may_listen` = they, and whoever may watch the telephone anyway, may watch the call for help.
    """

    extensions: tuple[str, ...]
    says: str
    where: str
    may_listen: bool = False

    def lets(self, extension: str) -> bool:
        """Whether somebody of the desk may listen to whoever calls for help."""
        return self.may_listen and extension in self.extensions


@dataclass(frozen=True, slots=True, kw_only=True)
class CallContext:
    """One tenant's view of the world at one configuration version."""

    tenant: str
    domain: str
    country: str
    language: str
    groups: Mapping[str, tuple[str, ...]]
    trunks: Mapping[str, TrunkRoute]
    flows: Mapping[str, FlowPlan]
    rules: ConsentRules
    texts: ConsentTexts
    default_unknown: Mode
    staff_notice: str  # version of the notice about recording that staff gets
    staff_acknowledged: frozenset[str]  # extensions that acknowledged it
    recipients: tuple[str, ...]  # age recipients of recordings; empty = nothing can be recorded
    beep: BeepChoice = BeepChoice()  # that parties of a recording hear
    recording: RecordingRules = RecordingRules()
    overlays: tuple[Overlay, ...] = ()  # that hold for all calls
    floors: Mapping[str, Mode] = field(default_factory=dict)  # that regions have at least
    overrides: Overrides = field(default_factory=Overrides)  # of all tenants, as they are now
    places: Places = NOWHERE_ELSE  # where parties may be, besides the country
    customers: KnownNumbers = field(default_factory=KnownNumbers)  # of all tenants, as they are now
    speaks: frozenset[str] = frozenset()  # languages with a voice or recordings, besides its own
    called_language: str = ""  # of the number that was called, "" = it has none of its own
    called_number: str = ""  # as the caller dialled it
    words: Words = Words()  # that flows speak with
    headers: Fields = ()  # of the INVITE, that the rules of its trunk let pass
    schedules: Schedules = NO_SCHEDULES  # as they are now
    purposes: tuple[str, ...] = ()  # of recordings that no flow asks for
    withdraw_key: str | None = None  # by which a party takes back its consent; None = there is no such key
    may_withdraw: bool = True  # False = the call has to be recorded
    joiner: JoinerPolicy = "exclude_leg"  # what becomes of a recording whose joiner does not agree
    on_recording_failure: FailurePolicy = "continue"
    on_failure: Mapping[str, FailurePolicy] = field(default_factory=dict)  # by purpose
    recorders: Client | None = None  # of others, to whom recorded calls are forked
    recordpref: RecordPref = "honour"  # what a party's wish not to be recorded counts
    attempts: int = 3  # of a verify step that does not say how many
    lock: LockRule = LockRule()
    call_back: CallBackPolicy | None = None  # None = nobody is called back
    hears: bool = False  # there is a recogniser, so that callers may say what a flow lets them say
    number_counts: NumberCounts = "where_verified"
    asks_customers: bool = False  # of servers of the tenant, besides its file
    ring_s: float = 25.0
    names: Mapping[str, str] = field(default_factory=dict)  # of extensions
    people: tuple[Person, ...] = ()  # whom callers may find by name
    transferring_trunks: frozenset[str] = frozenset()  # whose peers may transfer their calls
    trunk_groups: Mapping[str, tuple[Member, ...]] = field(default_factory=dict)
    media: MediaProfile = PLAIN
    music: Music | None = None  # on hold; None = silence
    party_media: Mapping[str, MediaProfile] = field(default_factory=dict)  # `trunk/x`; else as `media`
    conferences: Mapping[str, RoomSettings] = field(default_factory=dict)
    supervisors: Mapping[str, frozenset[str]] = field(default_factory=dict)  # extension -> whom it may watch
    queues: Mapping[str, QueuePolicy] = field(default_factory=dict)
    parking: ParkingLot | None = None  # None = nobody can be parked
    takes_entries: bool = False  # digits that parties type while they talk have a receiver
    codes: KeyCodes = NO_CODES  # that extensions press during a call
    trunk_limits: Mapping[str, int] = field(default_factory=dict)  # calls at once; not there = any number
    privacy: PolicyName | None = None
    help_desk: HelpDesk | None = None  # None = nobody is told

    @property
    def policy(self) -> dict[str, str]:
        """Which consent rules and texts are in force: what the manifest of a recording names (R-28)."""
        rules, texts = self.rules, self.texts
        said = {"rules_version": rules.version, "rules_sha256": rules.sha256, "texts_sha256": texts.sha256}
        return said | self.told_of

    def stamped(self, proof: ConsentProof) -> ConsentProof:
        """Return a proof that names the privacy policy in force."""
        one = self.privacy
        return proof if one is None else replace(proof, policy_version=one.version, policy_sha256=one.sha256)

    @property
    def told_of(self) -> dict[str, str]:
        """Which privacy policy is in force, by version and hash (D-17); empty = there is none."""
        one = self.privacy
        return {} if one is None else {"policy_version": one.version, "policy_sha256": one.sha256}

    @property
    def stance(self) -> Stance:
        """What the tenant has decided of what the law leaves to him, and what is lowered now."""
        return Stance(
            default_unknown=self.default_unknown,
            overlays=self.overlays,
            floors=self.floors,
            lowered=self.overrides.of(self.tenant),
        )

    @property
    def offered_key(self) -> str | None:
        """The key that parties are told of; None = it would be refused, or there is none."""
        return self.withdraw_key if self.may_withdraw else None

    @property
    def may_record(self) -> bool:
        """Whether audio of a call may have to be kept, as a recording or a message."""
        return self.recording.may_record or takes_messages(self.flows.values())

    def media_of(self, party: str) -> MediaProfile:
        """Return what the audio of `trunk/x` or `extension/x` may be."""
        return self.party_media.get(party, self.media)
