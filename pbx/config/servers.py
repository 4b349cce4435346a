"""`servers.yaml`: programs of the tenant that flows may ask, each with its address and its secrets."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from pbx.config.types import Cidr, Duration, Listed, Name, PrivateUrl, Strict, Unique
from pbx.core.errors import ParseError
from pbx.recording.webhook_url import parse_webhook_url

MAX_SERVERS = 16
SecretFile = Annotated[Path, Field(strict=False)]


def _base(url: str) -> str:
    try:
        parsed = parse_webhook_url(url)
    except ParseError as error:
        raise ValueError(str(error)) from None
    if "?" in parsed.target:
        raise ValueError("the question mark and what follows belongs into the path of a step")
    return url.removesuffix("/")


class WrittenServer(Strict):
    """`url` is what all paths of steps begin with; TLS is verified always. `timeout` of one question."""

    url: Annotated[PrivateUrl, AfterValidator(_base)]
    headers_file: SecretFile | None = None
    secret_file: SecretFile | None = None
    allow: Annotated[tuple[Cidr, ...], Listed, Unique, Field(max_length=16)] = ()
    timeout: Annotated[Duration, Field(ge=0.1, le=10.0)] = 3.0


class ServersFile(Strict):
    """Servers by the names that steps use."""

    servers: Annotated[dict[Name, WrittenServer], Field(max_length=MAX_SERVERS)] = {}
