"""What the rest of the engine sees of the configuration: checked, frozen values."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from pbx.config.conferences import WrittenConference
from pbx.config.consent import ConsentSettings
from pbx.config.customers import CustomersFile
from pbx.config.defence import WrittenDefence, WrittenLimit, WrittenLimits
from pbx.config.degradation import DegradationSettings
from pbx.config.emergency import WrittenDesk
from pbx.config.extension import Extension as Extension
from pbx.config.identity import SigningSettings, StirTrust
from pbx.config.law import LawSettings
from pbx.config.media import WrittenMedia
from pbx.config.metrics import MetricsSettings
from pbx.config.music import WrittenMusic
from pbx.config.parking import WrittenParking
from pbx.config.plan_tests import PlanTest
from pbx.config.playback import PlaybackSettings
from pbx.config.privacy import WrittenPrivacy
from pbx.config.queues import WrittenQueue
from pbx.config.recording import RecordingSettings as RecordingSettings
from pbx.config.registration import RegistrationSettings
from pbx.config.remote import Remotes, repeated
from pbx.config.reputation import ReputationAsked
from pbx.config.retention import retention_policy
from pbx.config.servers import WrittenServer
from pbx.config.stores import AuditSettings, LocalStore
from pbx.config.stores import S3Store as S3Store
from pbx.config.transports import PairSettings, SipSettings
from pbx.config.trunks import Trunk as Trunk
from pbx.config.trunks import TrunkGroup
from pbx.config.types import (
    AgeRecipient,
    Cidr,
    Country,
    Domain,
    Duration,
    Host,
    Language,
    Listed,
    Name,
    Port,
    Strict,
    Unique,
)
from pbx.config.vault import VaultSettings
from pbx.config.verification import VerificationSettings
from pbx.config.webhook import WebhookSettings
from pbx.consent.rules import ConsentRules
from pbx.core.errors import ConfigError
from pbx.dialplan.routes import DidTarget
from pbx.dialplan.rules import NO_CODES, KeyCodes, PlanRules
from pbx.fraud.policy import TollPolicy
from pbx.ivr.steps import FlowPlan
from pbx.lifecycle.approval import ONE_IS_ENOUGH, FourEyes
from pbx.lifecycle.internal import HOUSE, InternalPurposes
from pbx.lifecycle.listening import Listener
from pbx.lifecycle.policy_text import PolicyText
from pbx.lifecycle.retention import RetentionPolicy, Span
from pbx.marketing.policy import MarketingPolicy
from pbx.media.music import MusicClass
from pbx.media.nat_rebind import RebindRule
from pbx.recording.rules import RecordingRules
from pbx.schedules.schedule import Schedule
from pbx.sip.media_peers import LAB, MediaPeers, is_lab

DigestAlgorithm = Literal["SHA-256", "MD5"]


class RtpSettings(Strict):
    """Where audio is exchanged; `first_port` even, both ends included; `timeout_s` without any packet.

    `rest_timeout_s` for a party that need not send any: it rests after comfort noise, or holds.
    `nat_rebind` = where a party that has fallen silent may be heard again.
    `host6` besides `host`: for peers of IPv6, which cannot hear an IPv4 address.
    """

    host: Host = "127.0.0.1"
    host6: Host | None = None
    first_port: Annotated[int, Field(ge=1024, le=65534)] = 16384
    last_port: Annotated[int, Field(ge=1025, le=65535)] = 32767
    timeout_s: Duration = Field(default=30.0, alias="timeout")
    rest_timeout_s: Duration = Field(default=1800.0, alias="rest_timeout")
    nat_rebind: RebindRule = "port"
    allow_peers: Annotated[tuple[Cidr, ...], Listed, Unique, Field(max_length=64)] = ()

    @property
    def peers(self) -> MediaPeers:
        """Where SDP may not point.

        Who listens on loopback is a lab: its telephones are there too, and some take ports of our range.
        """
        if is_lab(self.host):
            return MediaPeers(allow=(*LAB, *self.allow_peers))
        hosts = (self.host, *((self.host6,) if self.host6 is not None else ()))
        ports = range(self.first_port, self.last_port + 1)
        return MediaPeers(hosts=hosts, ports=ports, allow=self.allow_peers)

    @model_validator(mode="after")
    def _pairs(self) -> Self:
        if self.first_port % 2:
            raise ValueError("first_port must be even: RTP takes the even port, RTCP the odd one")
        if self.last_port < self.first_port + 3:
            raise ValueError("last_port leaves no room for one call, which takes two pairs of ports")
        if self.host6 is not None and (":" not in self.host6 or ":" in self.host):
            raise ValueError("host6 is the IPv6 address beside an IPv4 one in host")
        return self


class DnsSettings(Strict):
    """Who is asked for the addresses of carriers; none = the servers of the machine."""

    servers: Annotated[tuple[Host, ...], Listed, Unique, Field(max_length=8)] = ()
    port: Port = 53


class DatabaseSettings(Strict):
    """An SQLAlchemy URL."""

    url: str = "sqlite+aiosqlite:///var/pbx.sqlite3"


class SpeechSettings(Strict):
    """The engine that speaks sentences without a recorded prompt, and the one that hears spoken answers."""

    engine: Literal["flite", "piper", "none"] = "flite"
    voice: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")] = "rms"
    recogniser: Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,64}$")] = "none"

    @property
    def hears(self) -> bool:
        """Whether there is to be a recogniser."""
        return self.recogniser != "none"


MAX_WORKERS = 64  # a machine with more cores wants more machines


def default_workers(n_cores: int) -> int:
    """Return how many media processes fill a machine: one core is left to signalling and the rest."""
    return max(1, min(n_cores - 1, MAX_WORKERS))


class MediaSettings(Strict):
    """How many media processes there are, and how long one that is drained keeps its calls.

    One that is later than `max_late_s` for seconds gets no new calls; a receiver's buffer has 60 ms.

    Four of five calls of three minutes on average end within five; the others cost a re-INVITE and a second
    recording each, and the worker's 75 MB are needed twice meanwhile.
    """

    workers: Annotated[int, Field(ge=1, le=MAX_WORKERS)] = Field(
        default_factory=lambda: default_workers(len(os.sched_getaffinity(0)))
    )
    drain_s: Duration = Field(default=300.0, alias="drain")
    max_late_s: Annotated[Duration, Field(ge=0.02, le=1)] = Field(default=0.06, alias="max_late")
    remote: Remotes = ()

    @model_validator(mode="after")
    def _once(self) -> Self:
        if twice := repeated(self.remote):
            raise ValueError(f"remote: {twice} is there twice")
        return self


class RecordingStore(Strict):
    """Where finished recordings go; `escrow`: the age recipient that can open all of them besides.

    `vault`: who wraps the private keys of the vault; `webhook`: who is told what becomes of recordings.
    `spare_spool`: a directory on another file system, where recordings go on when `var/spool` refuses.
    `playback_copy`: whether a small Ogg/Opus copy is made of each recording.
    """

    spare_spool: Annotated[Path, Field(strict=False)] | None = None
    playback_copy: bool = True
    store: Annotated[LocalStore | S3Store, Field(discriminator="kind")] = LocalStore()
    escrow: AgeRecipient = ""
    vault: VaultSettings = VaultSettings()
    webhook: WebhookSettings | None = None


class PbxSettings(Strict):
    """`config/pbx.yaml`: what belongs to the machine, not to a tenant."""

    sip: SipSettings = SipSettings()
    rtp: RtpSettings = RtpSettings()
    dns: DnsSettings = DnsSettings()
    database: DatabaseSettings = DatabaseSettings()
    degradation: DegradationSettings = DegradationSettings()
    recording: RecordingStore = RecordingStore()
    speech: SpeechSettings = SpeechSettings()
    media: MediaSettings = Field(default_factory=MediaSettings)
    defence: WrittenDefence = WrittenDefence()
    limits: WrittenLimits = WrittenLimits()
    stir: StirTrust = StirTrust()
    consent: LawSettings = LawSettings()
    audit: AuditSettings = AuditSettings()
    playback: PlaybackSettings | None = None
    metrics: MetricsSettings | None = None

    @property
    def media_peers(self) -> MediaPeers:
        """Where SDP may not point: as `rtp` says, and not at the audio of our workers on other machines."""
        peers, far = self.rtp.peers, tuple(one.host for one in self.media.remote)
        hosts = (*peers.hosts, *far) if peers.hosts else ()
        return replace(peers, hosts=hosts, edges=self.sip.edges)

    @model_validator(mode="after")
    def _ports(self) -> Self:
        n_pairs, workers = (self.rtp.last_port + 1 - self.rtp.first_port) // 2, self.media.workers
        if n_pairs < 2 * workers:
            raise ValueError(
                f"rtp.first_port to rtp.last_port are {n_pairs} pairs of ports, media.workers: {workers} "
                f"needs {2 * workers} at least: one call for each worker takes two pairs"
            )
        return self


class WatchingSettings(Strict):
    """What telephones that watch others (lamps, presence) are told, and who hears of new messages.

    `messages`: telephones that subscribe, or every registered telephone, asked or not.
    """

    parties: Literal["hidden", "shown"] = "hidden"
    notes: Literal["hidden", "shown"] = "shown"
    messages: Literal["subscribed", "registered"] = "subscribed"


class TenantSettings(Strict):
    """`tenant.yaml`: who the tenant is and where he is at home."""

    tenant: Name
    domain: Domain
    country: Country
    timezone: str
    language: Language = "en-GB"
    customers: str | None = None
    media: WrittenMedia = WrittenMedia()
    digest: Annotated[tuple[DigestAlgorithm, ...], Listed, Unique, Field(min_length=1)] = ("SHA-256", "MD5")
    registration: RegistrationSettings = RegistrationSettings()
    certificate: PairSettings | None = None
    watching: WatchingSettings = WatchingSettings()
    limits: WrittenLimit = WrittenLimit()
    stir: SigningSettings | None = None
    music: WrittenMusic = Field(default_factory=dict)
    privacy: WrittenPrivacy | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Extensions that ring together."""

    name: str
    title: str
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """Everything of one tenant; `rules` is the input of `DialPlan`."""

    name: str
    domain: str
    country: str
    timezone: str
    language: str
    media: WrittenMedia = WrittenMedia()
    digest: tuple[str, ...]  # algorithms of the telephones' challenges, best first
    extensions: dict[str, Extension]
    groups: dict[str, Group]
    lists: dict[str, tuple[str, ...]]  # extensions that a telephone can watch with one subscription
    watching: WatchingSettings
    supervisors: dict[str, frozenset[str]] = field(default_factory=dict)  # extension -> whom it may watch
    listeners: tuple[Listener, ...] = ()  # who may hear recordings
    four_eyes: FourEyes = ONE_IS_ENOUGH
    internal: InternalPurposes = HOUSE  # for what recordings may leave the PBX and stay in the house
    trunks: dict[str, Trunk]
    trunk_groups: dict[str, TrunkGroup]
    dids: dict[str, DidTarget]
    recorded_languages: frozenset[str]  # that have a folder of prompts
    kept_by_law: Mapping[str, Span] = field(default_factory=dict)  # by the rule that held for a call
    rules: PlanRules
    flows: dict[str, FlowPlan]
    consent: ConsentSettings
    recording: RecordingSettings
    recording_rules: RecordingRules
    verification: VerificationSettings
    stir: SigningSettings | None
    tolls: TollPolicy
    marketing: MarketingPolicy
    customers: Path | None
    asked: CustomersFile = CustomersFile()  # who else knows customers
    servers: dict[str, WrittenServer] = field(default_factory=dict)  # that flows may ask
    scores_asked: ReputationAsked | None = None  # who is asked for the reputation of callers
    prompts: Path
    texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # of flows, in other languages
    music: dict[str, MusicClass]  # by name; `hold` is always there
    conferences: dict[str, WrittenConference] = field(default_factory=dict)
    queues: dict[str, WrittenQueue] = field(default_factory=dict)
    certificate: PairSettings | None = None  # served to clients that name `domain`
    limits: WrittenLimit = WrittenLimit()
    parking: WrittenParking | None = None
    help_desk: WrittenDesk | None = None
    codes: KeyCodes = NO_CODES
    privacy: PolicyText | None = None  # that people are told of
    schedules: Mapping[str, Schedule] = field(default_factory=dict)
    tests: tuple[PlanTest, ...] = ()

    @property
    def retention(self) -> RetentionPolicy:
        """How long recordings are kept for what callers were told."""
        settings = self.recording
        return retention_policy(
            settings.retention_days, settings.retention, self.consent.purposes, self.kept_by_law
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """The whole configuration; `findings` are about things that work but look wrong."""

    pbx: PbxSettings
    tenants: dict[str, Tenant]
    rules: ConsentRules  # of recording
    voices: frozenset[str]  # languages that the speech engine speaks
    findings: tuple[ConfigError, ...] = field(default=())

    @property
    def warnings(self) -> tuple[str, ...]:
        """The findings as lines."""
        return tuple(map(str, self.findings))
