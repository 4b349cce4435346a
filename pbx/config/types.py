"""Field types of the configuration: how a scalar of YAML becomes a value, and what is refused."""

import ipaddress
import re
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from pbx.config.units import seconds
from pbx.media.stream_url import is_stream_url
from pbx.sip.media_peers import is_lab

_DOMAIN = re.compile(r"(?=.{1,253}$)[a-z0-9-]+(\.[a-z0-9-]+)+", re.ASCII)

MAX_TEXT = 1000  # a prompt of a thousand characters lasts more than a minute


class Strict(BaseModel):
    """Unknown keys are errors, types are exact, values do not change."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, populate_by_name=True)


def _digits(value: Any) -> Any:
    """YAML reads an unquoted 1001 as a number; for telephones it is text."""
    return str(value) if type(value) is int else value


def _duration(value: Any) -> float:
    if not isinstance(value, str):
        raise ValueError("expected a duration with its unit, for example 25s or 5 min")
    return seconds(value)


def _cidr(value: str) -> str:
    return str(ipaddress.ip_network(value))


def _host(value: str) -> str:
    return str(ipaddress.ip_address(value))


def _host_or_name(value: str) -> str:
    """Return an address in its usual form, or a domain name; what looks like neither is refused."""
    if value[-1:].isdigit() or ":" in value:
        return _host(value)
    if _DOMAIN.fullmatch(value) is None:
        raise ValueError("expected an IP address or a lower-case domain name")
    return value


def _stream_url(value: str) -> str:
    if not is_stream_url(value):
        raise ValueError("expected a URL such as wss://bot.example/call")
    return value


def _private_url(value: str) -> str:
    url = urlsplit(value)
    if url.scheme != "https" and not is_lab(url.hostname or ""):
        raise ValueError("must begin with https:// (http:// only to an address of loopback)")
    return value


def _pattern(expression: str, expected: str) -> AfterValidator:
    compiled = re.compile(expression, re.ASCII)

    def check(value: str) -> str:
        if compiled.fullmatch(value) is None:
            raise ValueError(f"expected {expected}")
        return value

    return AfterValidator(check)


def _sorted_unique(values: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(values)) != len(values):
        raise ValueError("the same value is listed twice")
    return values


Name = Annotated[
    str, _pattern(r"[a-z][a-z0-9_-]{0,31}", "a name of lower-case letters, digits, - and _ (at most 32)")
]
ExtensionNumber = Annotated[
    str, BeforeValidator(_digits), _pattern(r"[1-9][0-9]{1,6}", "2 to 7 digits that do not start with 0")
]
FeatureCode = Annotated[str, _pattern(r"\*[0-9]{1,4}", 'a star and 1 to 4 digits in quotes, such as "*90"')]
ExtensionCode = Annotated[
    str, _pattern(r"\*(\*|[0-9]{1,4})", 'two stars, or a star and 1 to 4 digits, in quotes, such as "**"')
]
Pin = Annotated[str, BeforeValidator(_digits), _pattern(r"[0-9]{4,16}", "4 to 16 digits")]
Dialled = Annotated[str, BeforeValidator(_digits), Field(min_length=3, max_length=30)]
Duration = Annotated[float, BeforeValidator(_duration)]
PrivateUrl = Annotated[str, Field(pattern=r"^https?://[^\s@]+$"), AfterValidator(_private_url)]
StreamUrl = Annotated[str, AfterValidator(_stream_url)]
Cidr = Annotated[str, AfterValidator(_cidr)]
Host = Annotated[str, AfterValidator(_host)]
HostName = Annotated[str, AfterValidator(_host_or_name)]
DigestUser = Annotated[
    str, _pattern(r"[a-z][a-z0-9._-]{1,31}", "a user of 2 to 32 characters that starts with a letter")
]
Plain = Literal["udp", "tcp"]  # transports that need no certificate
Port = Annotated[int, Field(ge=1, le=65535)]
Domain = Annotated[str, _pattern(_DOMAIN.pattern, "a lower-case domain name")]
WebOrigin = Annotated[
    str, _pattern(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?", "an origin such as https://phone.example")
]
Country = Annotated[str, _pattern(r"[A-Z]{2}", "a country code of ISO 3166, for example GB")]
Language = Annotated[str, _pattern(r"[a-z]{2}-[A-Z]{2}", "a language tag such as en-GB")]
Text = Annotated[str, Field(min_length=1, max_length=MAX_TEXT)]
Unique = AfterValidator(_sorted_unique)


def _as_tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


Listed = BeforeValidator(_as_tuple)  # YAML has lists, values have tuples
