"""`queries` of `customers.yaml`: what flows may look up in databases of the tenant, and who may hear it."""

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from pbx.config.types import Duration, Strict

MAX_QUERIES = 32
MAX_COLUMNS = 32
_PARAMETER = re.compile(r"(?<![:\w\\]):([a-z][a-z0-9_]{0,31})\b", re.ASCII)


def _selects(query: str) -> str:
    words = query.split()
    if not words or words[0].lower() != "select" or ";" in query:
        raise ValueError("must be one SELECT, and nothing behind it")
    return query


Column = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]


class WrittenQuery(Strict):
    """One statement; `url_file` has an SQLAlchemy URL with an asynchronous driver.

    `columns` are those that may leave the database, each with the level of who may hear it.
    """

    url_file: Annotated[Path, Field(strict=False)]
    select: Annotated[str, Field(max_length=4000), AfterValidator(_selects)]
    columns: Annotated[
        dict[Column, Literal["V0", "V1", "V2", "V3", "V4"]], Field(min_length=1, max_length=MAX_COLUMNS)
    ]
    timeout: Annotated[Duration, Field(ge=0.1, le=10.0)] = 1.5

    @model_validator(mode="after")
    def _is_bound(self) -> "WrittenQuery":
        if not self.parameters:
            raise ValueError("select: a value is never part of the text: write :name where it goes")
        return self

    @property
    def parameters(self) -> frozenset[str]:
        """What has to be given, as `:name` in the statement."""
        return frozenset(_PARAMETER.findall(self.select))

    def level_of(self, taken: frozenset[str]) -> str:
        """How sure it has to be who calls, for him to hear these columns."""
        return max((self.columns[one] for one in taken if one in self.columns), default="V0")
