"""A tenant's folder as read: every file with its model, before the files are held against each other."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pbx.config.access import AccessFile
from pbx.config.conferences import ConferencesFile
from pbx.config.consent import ConsentSettings
from pbx.config.customers import CustomersFile
from pbx.config.emergency import EmergencyFile
from pbx.config.flows import build_flow
from pbx.config.fraud import FraudFile
from pbx.config.includes import NOWHERE, Reach
from pbx.config.marketing import MarketingFile
from pbx.config.models import RecordingSettings, TenantSettings
from pbx.config.plan_tests import PlanTestSource, read_tests
from pbx.config.queues import QueuesFile
from pbx.config.read import ModelT, Read, read_parts
from pbx.config.schedules import SchedulesFile
from pbx.config.schema import (
    DialplanFile,
    ExtensionsFile,
    FlowFile,
    GroupsFile,
    ListsFile,
    PromptIndex,
    TextsFile,
)
from pbx.config.servers import ServersFile
from pbx.config.trunks import TrunksFile
from pbx.config.verification import VerificationSettings
from pbx.core.errors import ConfigError
from pbx.ivr.steps import FlowPlan

MAX_FLOWS = 500
# For a required key that is missing, so that the rest of its file can be checked; never built from.
_EMERGENCY = {"emergency": {"trunk": "missing"}}
_STAFF_NOTICE = {"staff_notice": {"version": "missing"}}
_NOTHING: Mapping[str, object] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowSource:
    """One flow with the file it came from."""

    file: Read[FlowFile]
    plan: FlowPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantSource:
    """All files of one tenant, wrong values left out. None = not there, or of no use: then it is `broken`."""

    folder: Path
    label: str
    settings: Read[TenantSettings] | None
    extensions: Read[ExtensionsFile] | None
    dialplan: Read[DialplanFile] | None
    consent: Read[ConsentSettings] | None
    emergency: Read[EmergencyFile] | None
    groups: Read[GroupsFile] | None
    lists: Read[ListsFile] | None
    conferences: Read[ConferencesFile] | None
    schedules: Read[SchedulesFile] | None
    queues: Read[QueuesFile] | None
    trunks: Read[TrunksFile] | None
    recording: Read[RecordingSettings] | None
    verification: Read[VerificationSettings] | None
    fraud: Read[FraudFile] | None
    marketing: Read[MarketingFile] | None
    access: Read[AccessFile] | None
    customers: Read[CustomersFile] | None
    servers: Read[ServersFile] | None
    flows: tuple[FlowSource, ...]
    broken_flows: tuple[FlowSource, ...]  # their steps without mistakes
    flow_names: frozenset[str]  # with those of files that had mistakes
    prompts: dict[str, Read[PromptIndex]]  # by language
    tests: tuple[PlanTestSource, ...]
    texts: dict[str, Read[TextsFile]]  # of flows, by language
    broken: frozenset[str]  # names of files that are there and had mistakes


@dataclass(slots=True)
class _Reader:
    folder: Path
    label: str
    reach: Reach
    errors: list[ConfigError] = field(default_factory=list)
    flow_names: set[str] = field(default_factory=set)
    broken_flows: list[FlowSource] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)

    def required(
        self,
        name: str,
        model: type[ModelT],
        stand_ins: Mapping[str, object] = _NOTHING,
        reach: Reach | None = None,
    ) -> Read[ModelT] | None:
        file, label = self.folder / name, f"{self.label}/{name}"
        read, errors = read_parts(file, label, model, stand_ins, reach or self.reach)
        self.errors += errors
        if errors:
            self.broken.add(name)
        return read

    def optional(self, name: str, model: type[ModelT]) -> Read[ModelT] | None:
        return self.required(name, model) if (self.folder / name).exists() else None

    def flows(self) -> tuple[FlowSource, ...]:
        sources: list[FlowSource] = []
        files = sorted((self.folder / "flows").glob("*.yaml"))
        if len(files) > MAX_FLOWS:
            self.errors.append(ConfigError(f"{self.label}/flows", 1, 1, "", f"more than {MAX_FLOWS} flows"))
            return ()
        for file in files:
            name = f"flows/{file.name}"
            read = self.required(name, FlowFile, {"flow": file.stem, "start": "missing"})
            self.flow_names.add(read.model.flow if read is not None else file.stem)
            if read is None:
                continue
            plan, errors = build_flow(read)
            self.errors += errors
            is_broken = bool(errors) or name in self.broken
            (self.broken_flows if is_broken else sources).append(FlowSource(file=read, plan=plan))
        return tuple(sources)

    def prompts(self) -> dict[str, Read[PromptIndex]]:
        indexes: dict[str, Read[PromptIndex]] = {}
        for file in sorted((self.folder / "prompts").glob("*/index.yaml")):
            language = file.parent.name
            # The prompt library reads it by itself, and the recordings lie beside it.
            read = self.required(f"prompts/{language}/index.yaml", PromptIndex, reach=NOWHERE)
            if read is not None:
                indexes[language] = read
        return indexes

    def texts(self) -> dict[str, Read[TextsFile]]:
        tags = sorted(file.parent.name for file in (self.folder / "prompts").glob("*/texts.yaml"))
        reads = {tag: self.required(f"prompts/{tag}/texts.yaml", TextsFile, reach=NOWHERE) for tag in tags}
        return {language: read for language, read in reads.items() if read is not None}


def read_tenant(folder: Path, label: str) -> tuple[TenantSource, list[ConfigError]]:
    """Return the tenant in `folder`, as far as it could be read, and what is wrong in its files."""
    reader = _Reader(folder=folder, label=label, reach=Reach.of(folder, label))
    home = {"tenant": folder.name, "domain": f"{folder.name}.invalid", "timezone": "UTC"}
    tests, test_errors = read_tests(folder, label)
    source = TenantSource(
        folder=folder,
        label=label,
        settings=reader.required("tenant.yaml", TenantSettings, home),
        extensions=reader.required("extensions.yaml", ExtensionsFile),
        dialplan=reader.required("dialplan.yaml", DialplanFile, _EMERGENCY),
        consent=reader.required("consent.yaml", ConsentSettings, _STAFF_NOTICE),
        emergency=reader.optional("emergency.yaml", EmergencyFile),
        groups=reader.optional("groups.yaml", GroupsFile),
        lists=reader.optional("lists.yaml", ListsFile),
        conferences=reader.optional("conferences.yaml", ConferencesFile),
        schedules=reader.optional("schedules.yaml", SchedulesFile),
        queues=reader.optional("queues.yaml", QueuesFile),
        trunks=reader.optional("trunks.yaml", TrunksFile),
        recording=reader.optional("recording.yaml", RecordingSettings),
        verification=reader.optional("verification.yaml", VerificationSettings),
        fraud=reader.optional("fraud.yaml", FraudFile),
        marketing=reader.optional("marketing.yaml", MarketingFile),
        access=reader.optional("access.yaml", AccessFile),
        customers=reader.optional("customers.yaml", CustomersFile),
        servers=reader.optional("servers.yaml", ServersFile),
        flows=reader.flows(),
        broken_flows=tuple(reader.broken_flows),
        flow_names=frozenset(reader.flow_names),
        prompts=reader.prompts(),
        tests=tests,
        texts=reader.texts(),
        broken=frozenset(reader.broken),
    )
    return source, reader.errors + test_errors
