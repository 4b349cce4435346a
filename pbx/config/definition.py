"""What each file of a configuration folder may hold: the models."""

import operator
from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import reduce
from pathlib import PurePath
from typing import Annotated, Any

from pydantic import BaseModel, Field, create_model

from pbx.config.access import AccessFile
from pbx.config.conferences import ConferencesFile
from pbx.config.consent import ConsentSettings
from pbx.config.customers import CustomersFile
from pbx.config.emergency import EmergencyFile
from pbx.config.fraud import FraudFile
from pbx.config.marketing import MarketingFile
from pbx.config.models import PbxSettings, RecordingSettings, TenantSettings
from pbx.config.plan_tests import PlanTestsFile
from pbx.config.queues import QueuesFile
from pbx.config.schedules import SchedulesFile
from pbx.config.schema import (
    MAX_STEPS,
    DialplanFile,
    ExtensionsFile,
    FlowFile,
    GroupsFile,
    ListsFile,
    PromptIndex,
    TextsFile,
)
from pbx.config.servers import ServersFile
from pbx.config.step_kinds import STEP_KINDS
from pbx.config.trunks import TrunksFile
from pbx.config.types import Name
from pbx.config.verification import VerificationSettings

# The steps are read one by one, so that one mistake hides no other; whoever writes them sees them as one.
_step: Any = reduce(operator.or_, (kind.written for kind in STEP_KINDS.values()))
_steps: Any = Annotated[dict[Name, _step], Field(min_length=1, max_length=MAX_STEPS)]
WHOLE_FLOW = create_model("FlowFile", __base__=FlowFile, __module__=FlowFile.__module__, steps=(_steps, ...))

FILES: Mapping[str, type[BaseModel]] = {
    "pbx.yaml": PbxSettings,
    "tenant.yaml": TenantSettings,
    "extensions.yaml": ExtensionsFile,
    "groups.yaml": GroupsFile,
    "lists.yaml": ListsFile,
    "conferences.yaml": ConferencesFile,
    "schedules.yaml": SchedulesFile,
    "queues.yaml": QueuesFile,
    "trunks.yaml": TrunksFile,
    "fraud.yaml": FraudFile,
    "marketing.yaml": MarketingFile,
    "dialplan.yaml": DialplanFile,
    "emergency.yaml": EmergencyFile,
    "consent.yaml": ConsentSettings,
    "recording.yaml": RecordingSettings,
    "access.yaml": AccessFile,
    "customers.yaml": CustomersFile,
    "servers.yaml": ServersFile,
    "verification.yaml": VerificationSettings,
    "flows/*.yaml": WHOLE_FLOW,
    "prompts/*/index.yaml": PromptIndex,
    "tests/*.yaml": PlanTestsFile,
    "prompts/*/texts.yaml": TextsFile,
}


def stem(name: str) -> str:
    """Return what the schema and the page of a file are called: `flows` for `flows/*.yaml`."""
    folder, _, file = name.rpartition("/")
    whole = folder.partition("/")[0] if file in ("*.yaml", "index.yaml") else file
    return whole.removesuffix(".yaml")


def file_like(path: str) -> str | None:
    """Return the file of `FILES` that a path such as `config/acme/flows/support.yaml` is one of."""
    parts = PurePath(path).parts
    likely = ("/".join(parts[-length:]) for length in (3, 2, 1))
    return next((name for one in likely for name in FILES if fnmatchcase(one, name)), None)
