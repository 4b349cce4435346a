"""Field types of the configuration: how a scalar of YAML becomes a value, and what is refused."""

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    WithJsonSchema,
)
from pydantic_core import CoreSchema

from pbx.config import units
from pbx.core.errors import ParseError
from pbx.media.stream_url import is_stream_url
from pbx.recording.age_keys import parse_recipient
from pbx.sip.media_peers import is_lab

_DOMAIN = re.compile(r"(?=.{1,253}$)[a-z0-9-]+(\.[a-z0-9-]+)+", re.ASCII)

MAX_TEXT = 1000  # a prompt of a thousand characters lasts more than a minute


class Strict(BaseModel):
    """Unknown keys are errors, types are exact, values do not change."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, populate_by_name=True)


def digits(value: Any) -> Any:
    """YAML reads an unquoted 1001 as a number; for telephones it is text."""
    return str(value) if type(value) is int else value


def _duration(value: Any) -> float:
    if not isinstance(value, str):
        raise ValueError("expected a duration with its unit, for example 25s or 5 min")
    return units.seconds(value)


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


def _age_recipient(text: str) -> str:
    try:
        parse_recipient(text)
    except ParseError as error:
        raise ValueError(f"{error}: write what `age-keygen -y KEYFILE` prints") from None
    return text


def _private_url(value: str) -> str:
    url = urlsplit(value)
    if url.scheme != "https" and not is_lab(url.hostname or ""):
        raise ValueError("must begin with https:// (http:// only to an address of loopback)")
    return value


DURATION = "a duration such as 300ms, 25s, 5 min, 2h or 1d"


@dataclass(frozen=True, slots=True)
class Spelled:
    """How a default is written in the file, where it is another value than what is written."""

    by: Callable[[Any], str]


def written(title: str, form: str = "", *, numbers: bool = False, most: int = 0) -> WithJsonSchema:
    """How a value looks in the file, for the schema: `title` in words, `form` as a whole expression.

    With `numbers` digits need no quotes. Never stricter than what is checked, or editors would cry wolf.
    """
    known: dict[str, Any] = {"title": title, "type": ["string", "integer"] if numbers else "string"}
    return WithJsonSchema(
        known | ({"pattern": f"^(?:{form})$"} if form else {}) | ({"maxLength": most} if most else {})
    )


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


def _form(expression: str, expected: str) -> tuple[AfterValidator, WithJsonSchema]:
    return _pattern(expression, expected), written(expected, expression)


def number(expression: str, expected: str) -> tuple[BeforeValidator, AfterValidator, WithJsonSchema]:
    """What may be digits alone, which need no quotes."""
    return (
        BeforeValidator(digits),
        _pattern(expression, expected),
        written(expected, expression, numbers=True),
    )


Name = Annotated[
    str, *_form(r"[a-z][a-z0-9_-]{0,31}", "a name of lower-case letters, digits, - and _ (at most 32)")
]
ExtensionNumber = Annotated[str, *number(r"[1-9][0-9]{1,6}", "2 to 7 digits that do not start with 0")]
FeatureCode = Annotated[str, *_form(r"\*[0-9]{1,4}", 'a star and 1 to 4 digits in quotes, such as "*90"')]
ExtensionCode = Annotated[
    str, *_form(r"\*(\*|[0-9]{1,4})", 'two stars, or a star and 1 to 4 digits, in quotes, such as "**"')
]
Compared = Annotated[str, *number(r"[^\x00-\x1f\x7f]{1,64}", "1 to 64 characters")]
Pin = Annotated[str, *number(r"[0-9]{4,16}", "4 to 16 digits")]
Dialled = Annotated[
    str,
    BeforeValidator(digits),
    Field(min_length=3, max_length=30),
    written("a telephone number, in full or as it is dialled", ".{3,30}", numbers=True),
]
Duration = Annotated[float, BeforeValidator(_duration), written(DURATION, units.FORM), Spelled(units.spelled)]
PrivateUrl = Annotated[str, Field(pattern=r"^https?://[^\s@]+$"), AfterValidator(_private_url)]
AgeRecipient = Annotated[str, AfterValidator(_age_recipient)]
StreamUrl = Annotated[
    str, AfterValidator(_stream_url), written("a URL such as wss://bot.example/call", "wss?://.+")
]
Cidr = Annotated[str, AfterValidator(_cidr), written("a network such as 192.0.2.0/24, or an address")]
Host = Annotated[str, AfterValidator(_host), written("an IP address")]
HostName = Annotated[str, AfterValidator(_host_or_name), written("an IP address or a domain name")]
DigestUser = Annotated[
    str, *_form(r"[a-z][a-z0-9._-]{1,31}", "a user of 2 to 32 characters that starts with a letter")
]
Plain = Literal["udp", "tcp"]  # transports that need no certificate
Port = Annotated[int, Field(ge=1, le=65535)]
Domain = Annotated[str, *_form(_DOMAIN.pattern, "a lower-case domain name")]
WebOrigin = Annotated[
    str, *_form(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?", "an origin such as https://phone.example")
]
Country = Annotated[str, *_form(r"[A-Z]{2}", "a country code of ISO 3166, for example GB")]
Language = Annotated[str, *_form(r"[a-z]{2}-[A-Z]{2}", "a language tag such as en-GB")]
Text = Annotated[str, Field(min_length=1, max_length=MAX_TEXT)]
Unique = AfterValidator(_sorted_unique)


def _one_or_several(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else (value,)


class _Alone:
    """Tells the schema that one of a list may stand alone."""

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        listed = handler(core)
        return {"anyOf": [listed["items"], listed]}


# Of a tuple: one value needs no list. The first stands before its limits, which otherwise count only what is
# right, so that a list with one mistake is too short as well; the second behind them.
OneOrSeveral, Alone = BeforeValidator(_one_or_several), _Alone()


def _as_tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


Listed = BeforeValidator(_as_tuple)  # YAML has lists, values have tuples
