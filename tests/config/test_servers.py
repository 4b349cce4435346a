"""Servers as they are written."""

import pytest
from pydantic import ValidationError

from pbx.config.servers import MAX_SERVERS, ServersFile, WrittenServer

pytestmark = pytest.mark.requirement("IVR-04")
URL = "https://orders.example/pbx"


def test_a_server() -> None:
    server = WrittenServer.model_validate({"url": f"{URL}/", "allow": ["10.1.0.0/16"], "timeout": "500ms"})
    assert (server.url, server.timeout, server.allow) == (URL, 0.5, ("10.1.0.0/16",))
    assert WrittenServer.model_validate({"url": URL}).timeout == 3.0


@pytest.mark.parametrize(
    "url",
    [
        "http://orders.example/",
        "https://" + "user@orders.example/",
        f"{URL}?key=1",
        "ftp://orders.example",
        "https:///x",
        "https://orders.example:0/",
    ],
)
def test_where_no_server_is(url: str) -> None:
    with pytest.raises(ValidationError):
        WrittenServer.model_validate({"url": url})


@pytest.mark.parametrize("timeout", ["99ms", "10100ms"])
def test_nobody_waits_for_ever(timeout: str) -> None:
    with pytest.raises(ValidationError):
        WrittenServer.model_validate({"url": URL, "timeout": timeout})


def test_so_many_and_no_more() -> None:
    names = [f"s{i}" for i in range(MAX_SERVERS + 1)]
    ServersFile.model_validate({"servers": {name: {"url": URL} for name in names[:-1]}})
    with pytest.raises(ValidationError):
        ServersFile.model_validate({"servers": {name: {"url": URL} for name in names}})
