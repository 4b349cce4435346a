"""`customers.yaml`: servers of the tenant that are asked who a caller may be, while he is asked."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from pbx.config.queries import MAX_QUERIES, WrittenQuery
from pbx.config.types import Cidr, Duration, Listed, Name, PrivateUrl, Strict, Unique
from pbx.core.errors import ParseError
from pbx.recording.webhook_url import parse_webhook_url

DAY_S = 86_400.0
NUMBER = "{number}"
OnOutage = Literal["unverified", "cached", "agent"]
SecretFile = Annotated[Path, Field(strict=False)]


def _asks_for_the_number(url: str) -> str:
    if NUMBER not in url:
        raise ValueError("the URL must have {number}, where the number goes")
    try:
        filled = parse_webhook_url(url.replace(NUMBER, "%2B441632960123"))
    except ParseError as error:
        raise ValueError(str(error)) from None
    if "%2B" not in filled.target:
        raise ValueError("{number} must be in the path or behind the question mark")
    return url


def _selects(query: str) -> str:
    words = query.split()
    if not words or words[0].lower() != "select" or ":number" not in query or ";" in query:
        raise ValueError("must be one SELECT with :number in it")
    return query


class HttpAsked(Strict):
    """GET, with JSON as the answer; `headers_file` has lines such as `Authorization: Bearer ...`."""

    url: Annotated[PrivateUrl, AfterValidator(_asks_for_the_number)]
    headers_file: SecretFile | None = None
    allow: Annotated[tuple[Cidr, ...], Listed, Unique, Field(max_length=16)] = ()


class SqlAsked(Strict):
    """One statement; `url_file` has an SQLAlchemy URL with an asynchronous driver."""

    url_file: SecretFile
    query: Annotated[str, Field(max_length=4000), AfterValidator(_selects)]


class WrittenSource(Strict):
    """One of both."""

    http: HttpAsked | None = None
    sql: SqlAsked | None = None

    @model_validator(mode="after")
    def _one(self) -> "WrittenSource":
        if (self.http is None) == (self.sql is None):
            raise ValueError("write either http or sql")
        return self


class CustomersFile(Strict):
    """`timeout` of all sources; `keep` = how long an answer may stand in for a source that is away."""

    sources: Annotated[dict[Name, WrittenSource], Field(max_length=4)] = {}
    queries: Annotated[dict[Name, WrittenQuery], Field(max_length=MAX_QUERIES)] = {}
    timeout: Annotated[Duration, Field(ge=0.1, le=3.0)] = 1.5
    keep: Annotated[Duration, Field(ge=60.0, le=DAY_S)] = DAY_S
    on_outage: OnOutage = "unverified"

    @model_validator(mode="after")
    def _not_the_file(self) -> "CustomersFile":
        if "csv" in self.sources:
            raise ValueError("sources: csv is the name of the customer file; choose another")
        return self
