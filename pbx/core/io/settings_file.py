"""Settings files: what the supervisor tells a process at its start, as JSON that a model checks."""

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from pbx.core.errors import ConfigError

ModelT = TypeVar("ModelT", bound=BaseModel)


def read_settings(model: type[ModelT], path: Path) -> ModelT:
    """Return the settings; ConfigError names the file and the field."""
    try:
        return model.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ConfigError(str(path), 0, 0, "", error.strerror or "cannot be read") from None
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ConfigError(str(path), 1, 1, place, first["msg"]) from None
