"""What each file of a configuration folder may hold: the models, and the words about their keys."""

import operator
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache, reduce
from importlib import resources
from pathlib import PurePath
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, Field, create_model
from pydantic.fields import FieldInfo

from pbx.config import marks
from pbx.config.access import AccessFile
from pbx.config.conferences import ConferencesFile
from pbx.config.consent import ConsentSettings
from pbx.config.customers import CustomersFile
from pbx.config.emergency import EmergencyFile
from pbx.config.fraud import FraudFile
from pbx.config.marketing import MarketingFile
from pbx.config.models import PbxSettings, RecordingSettings, TenantSettings
from pbx.config.plan_tests import PlanTestsFile
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
    "trunks.yaml": TrunksFile,
    "fraud.yaml": FraudFile,
    "marketing.yaml": MarketingFile,
    "dialplan.yaml": DialplanFile,
    "emergency.yaml": EmergencyFile,
    "consent.yaml": ConsentSettings,
    "recording.yaml": RecordingSettings,
    "access.yaml": AccessFile,
    "customers.yaml": CustomersFile,
    "verification.yaml": VerificationSettings,
    "flows/*.yaml": WHOLE_FLOW,
    "prompts/*/index.yaml": PromptIndex,
    "tests/*.yaml": PlanTestsFile,
    "prompts/*/texts.yaml": TextsFile,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What a key means; `example` None = it is a section of its own, with keys that have examples."""

    words: str
    example: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A model, and where it first stands in a file: `*` = any name, `[]` = each of a list."""

    path: str
    model: type[BaseModel]


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


def name_of(model: type[BaseModel]) -> str:
    """Return how `meanings.yaml` calls a model; two modules may have models of one name."""
    return f"{model.__module__.rpartition('.')[2]}.{model.__name__}"


def key_of(name: str, field: FieldInfo) -> str:
    """Return how a field is written in the file."""
    return field.alias or name


@cache
def meanings() -> Mapping[str, Mapping[str, Meaning]]:
    """Return the words of each model by key; `_` = about the model itself."""
    octets = (resources.files("pbx.config") / "meanings.yaml").read_bytes()
    document, errors = marks.parse(octets, "meanings.yaml")
    if document is None or errors:
        raise errors[0]
    return {
        model: {key: _meaning(one) for key, one in keys.items()} for model, keys in document.value.items()
    }


def _meaning(written: Any) -> Meaning:
    if isinstance(written, str):
        return Meaning(words=written)
    return Meaning(words=written[0], example=written[1] if len(written) > 1 else None)


def meaning(model: type[BaseModel], name: str) -> Meaning:
    """Return the words of a field: those of the model that declares it; nothing for a key without words."""
    for one in model.__mro__:
        if issubclass(one, BaseModel) and name in one.model_fields:
            found = meanings().get(name_of(one), {}).get(key_of(name, one.model_fields[name]))
            if found is not None:
                return found
    return Meaning(words="")


def about(model: type[BaseModel]) -> str:
    """Return what a section is, in one paragraph."""
    found = meanings().get(name_of(model), {}).get("_")
    return found.words if found is not None else (model.__doc__ or "").partition("\n\n")[0].strip()


def sections(model: type[BaseModel]) -> tuple[Section, ...]:
    """Return the models of a file, each once, from the top down."""
    found: dict[type[BaseModel], str] = {}
    _walk(model, "", found)
    return tuple(Section(path=path, model=one) for one, path in found.items())


def _walk(model: type[BaseModel], path: str, found: dict[type[BaseModel], str]) -> None:
    if model in found:
        return
    found[model] = path
    for name, field in model.model_fields.items():
        key = "*" if name == "root" else key_of(name, field)
        for suffix, inner in inside(field.annotation):
            _walk(inner, f"{path}.{key}{suffix}".strip("."), found)


def inside(annotation: Any) -> Iterator[tuple[str, type[BaseModel]]]:
    """Yield the models that stand in a type, and how one gets there."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield "", annotation
        return
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        yield from inside(parts[0])
    elif origin in (Union, UnionType):
        for part in parts:
            yield from inside(part)
    elif origin is dict:
        yield from ((f".*{suffix}", model) for suffix, model in inside(parts[1]))
    elif origin is tuple:
        yield from ((f"[]{suffix}", model) for suffix, model in inside(parts[0]))
