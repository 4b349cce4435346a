"""What signing and verification need elsewhere."""

from pathlib import Path

from pbx.config.load import load
from tests.authority import Authority
from tests.config.conftest import Spoil


def test_with_all_that_is_needed(folder: Path) -> None:
    secrets = folder.parent / "secrets"
    secrets.mkdir()
    authority = Authority(secrets, "anchors")
    authority.issue("stir").key.rename(secrets / "stir.pem")
    trunks, tenant, pbx = folder / "acme/trunks.yaml", folder / "acme/tenant.yaml", folder / "pbx.yaml"
    trunks.write_text(trunks.read_text() + "    identity: {sign: true, verify: require}\n")
    tenant.write_text(
        tenant.read_text()
        + "stir:\n  certificate_url: https://certs.acme.example/acme.pem\n  key_file: secrets/stir.pem\n"
        + "  levels: {01632 960109: 'off'}\n"
    )
    pbx.write_text(pbx.read_text() + "stir: {trust_anchors: secrets/anchors.pem, hosts: [certs.example]}\n")
    loaded = load(folder)
    trunk, stir = loaded.tenants["acme"].trunks["carrier"], loaded.tenants["acme"].stir
    assert (trunk.signs, trunk.profile.stir) == (True, "require")
    assert stir is not None
    assert stir.levels == {"01632 960109": "off"}
    assert loaded.pbx.stir.hosts == ("certs.example",)


def test_a_trunk_for_calls_in_signs_nothing(spoil: Spoil) -> None:
    more = "  in: {source: [10.9.9.9/32], identity: {sign: true}}\n"
    lines = spoil("acme/trunks.yaml", "    caller_id: 01632 960100\n", f"    caller_id: 01632 960100\n{more}")
    assert any("no call goes out by this trunk" in line for line in lines)


def test_hosts_without_anchors(spoil: Spoil) -> None:
    (line,) = spoil("pbx.yaml", "sip:", "stir: {hosts: [certs.example]}\nsip:")
    assert "hosts without trust_anchors" in line


def test_issuers_of_lists_that_nobody_looks_at(spoil: Spoil) -> None:
    (line,) = spoil("pbx.yaml", "sip:", "stir: {crl_issuers: secrets/crl.pem}\nsip:")
    assert "crl_issuers, and no list of revocations is ever looked at" in line


def test_a_policy_that_does_not_exist(spoil: Spoil) -> None:
    (line,) = spoil("pbx.yaml", "sip:", "stir: {revocation: sotf}\nsip:")
    assert line.startswith("config/pbx.yaml:")
    assert "(did you mean soft?)" in line
