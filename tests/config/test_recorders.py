"""Recorders of others as they are written, and what can be wrong with them."""

from pathlib import Path

import pytest

from pbx.config.carriers import accounts_of
from pbx.config.check_recording import check_recording
from pbx.config.load import load
from pbx.config.places import Places
from pbx.config.recorders import SiprecSettings, WrittenRecorder
from pbx.config.sources import read_tenant
from pbx.config.trunks import WrittenAccount
from pbx.core.address import Remote
from pbx.core.secret import Secret
from pbx.sip.credentials import DigestCredentials
from pbx.sip.locate.rules import ServerName
from pbx.sip.media_peers import ANYBODY
from pbx.siprec.servers import MAX_SERVERS, Server

pytestmark = pytest.mark.requirement("R-29")


def errors_of(folder: Path, *servers: str) -> list[str]:
    acme = folder / "acme"
    lines = "".join(f"  - {server}\n" for server in servers)
    (acme / "recording.yaml").write_text(f"siprec:\n  servers:\n{lines}")
    source, errors = read_tenant(acme, "acme")
    assert errors == []
    return [str(error) for error in check_recording(source)]


def test_an_address_is_called_where_it_is_and_a_name_is_looked_up() -> None:
    assert WrittenRecorder(host="192.0.2.9").build() == Server(
        uri="sip:srs@192.0.2.9;transport=tcp", remote=Remote("tcp", "192.0.2.9", 5060)
    )
    assert WrittenRecorder(host="2001:db8::9", port=5070, transport="udp", user="rec").build() == Server(
        uri="sip:rec@[2001:db8::9]:5070", remote=Remote("udp", "2001:db8::9", 5070)
    )
    named = WrittenRecorder(host="rec.example.com", transport="tls", srtp="required").build()
    assert named.server == ServerName(host="rec.example.com", transport="tls")
    assert (named.uri, named.srtp) == ("sip:srs@rec.example.com;transport=tls", "required")
    assert named.remote.name == "rec.example.com"


def test_we_are_the_pbx_of_the_domain() -> None:
    settings = SiprecSettings(servers=(WrittenRecorder(host="192.0.2.9"),))
    client = settings.client("acme", "acme.example", ANYBODY, accounts={})
    assert (client.uri, len(client.servers)) == ("sip:pbx@acme.example", 1)


def test_the_tenant_has_them(folder: Path) -> None:
    (folder / "acme" / "recording.yaml").write_text("siprec: {servers: [{host: 192.0.2.9}]}\n")
    recording = load(folder).tenants["acme"].recording
    assert recording.siprec is not None and recording.siprec.servers[0].host == "192.0.2.9"
    assert recording.recordpref == "honour"


def test_right_ones_have_no_errors(folder: Path) -> None:
    secret = "{host: rec.example.com, transport: tls, srtp: required}"
    assert errors_of(folder, "{host: 192.0.2.9}", secret) == []


@pytest.mark.parametrize(
    ("server", "message"),
    [
        ("{host: 192.0.2.9}", "192.0.2.9 is listed twice"),
        (
            "{host: 192.0.2.8, srtp: required}",
            "can be read on their way (set transport: tls)",
        ),
        ("{host: 192.0.2.8, transport: tls}", "tls needs a name: an address proves nothing"),
    ],
)
def test_mistakes_are_named_with_their_place(folder: Path, server: str, message: str) -> None:
    (error,) = errors_of(folder, "{host: 192.0.2.9}", server)
    assert error.startswith("acme/recording.yaml:4:") and message in error


@pytest.mark.parametrize("n_servers", [0, MAX_SERVERS + 1])
def test_none_and_too_many_are_refused(folder: Path, n_servers: int) -> None:
    servers = ", ".join(f"{{host: 192.0.2.{n}}}" for n in range(1, n_servers + 1))
    (folder / "acme" / "recording.yaml").write_text(f"siprec: {{servers: [{servers}]}}\n")
    _, errors = read_tenant(folder / "acme", "acme")
    assert len(errors) == 1


def test_as_many_as_the_limit_says_are_taken(folder: Path) -> None:
    assert errors_of(folder, *(f"{{host: 192.0.2.{n}}}" for n in range(1, MAX_SERVERS + 1))) == []


def test_an_account_answers_its_own_recorder_and_no_other_tenants() -> None:
    account = WrittenAccount(user="acme-src", secret_file=Path("secrets/rec"))
    one = WrittenRecorder(host="rec.example.com", account=account)
    assert one.realm == "rec.example.com" and WrittenRecorder(host="rec.example.com").realm == ""
    proof = DigestCredentials(username="acme-src", password=Secret("x"), realm=one.realm)
    settings, accounts = SiprecSettings(servers=(one,)), {one.key("acme"): proof}
    assert settings.client("acme", "acme.example", ANYBODY, accounts=accounts).servers[0].credentials == proof
    assert settings.client("blue", "blue.example", ANYBODY, accounts=accounts).servers[0].credentials is None


def test_the_password_is_in_a_file_of_its_own(folder: Path) -> None:
    server = "{host: 192.0.2.9, account: {user: acme-src, secret_file: secrets/rec, realm: recordings}}"
    (folder / "acme" / "recording.yaml").write_text(f"siprec: {{servers: [{server}]}}\n")
    (folder.parent / "secrets").mkdir()
    (folder.parent / "secrets" / "rec").write_text("s3cret\n")
    (found,) = accounts_of(load(folder), Places(folder.parent)).values()
    assert (found.username, found.password.reveal(), found.realm) == ("acme-src", "s3cret", "recordings")
