"""Certificates that cannot be used, and those that soon cannot, each at its place."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pbx.config.load import ConfigProblems, load
from tests.authority import Authority

NOW = datetime.now(UTC)


def named(folder: Path, chain: Path | str, key: Path | str) -> Path:
    with (folder / "acme" / "tenant.yaml").open("a") as tenant:
        tenant.write(f"certificate: {{chain: {chain}, key: {key}}}\n")
    return folder


def problems(folder: Path) -> list[str]:
    with pytest.raises(ConfigProblems) as caught:
        load(folder, now=NOW)
    return [str(error) for error in caught.value.errors]


@pytest.mark.requirement("SIP-39")
def test_a_good_one_is_taken_relative_to_its_tenant(folder: Path) -> None:
    pair = Authority(folder / "acme").issue("tls", dns=("acme.example",), days=200)
    configuration = load(named(folder, pair.chain.name, pair.key.name), now=NOW)
    certificate = configuration.tenants["acme"].certificate
    assert certificate is not None and certificate.chain == pair.chain
    assert configuration.warnings == ()


def test_mistakes_are_told_with_their_place(folder: Path, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    one, other = authority.issue("one"), authority.issue("other")
    named(folder, one.chain, other.key)
    (line,) = problems(folder)
    assert line.startswith("config/acme/tenant.yaml:") and "certificate.key: " in line
    assert f"{other.key} is not the key of {one.chain}" in line


@pytest.mark.parametrize(
    ("chain", "key", "message"),
    [
        ("none.crt", "one.key", "none.crt cannot be read: No such file"),
        ("one.key", "one.key", "one.key holds no PEM certificate"),
        ("one.crt", "none.key", "none.key cannot be read: No such file"),
        ("one.crt", "one.crt", "one.crt holds no PEM key without a password"),
    ],
)
def test_files_that_are_no_pair(folder: Path, chain: str, key: str, message: str) -> None:
    Authority(folder / "acme").issue("one", dns=("acme.example",))
    (line,) = problems(named(folder, chain, key))
    assert message in line


@pytest.mark.parametrize(
    ("days", "dns", "messages"),
    [
        (200, "acme.example", []),
        (200, "*.example", []),
        (13, "acme.example", ["certificate.chain: the certificate expires on "]),
        (-1, "acme.example", ["certificate.chain: the certificate has expired on "]),
        (200, "other.example", ["certificate.chain: the certificate is not for acme.example"]),
    ],
)
def test_what_looks_wrong_is_a_warning(folder: Path, days: int, dns: str, messages: list[str]) -> None:
    pair = Authority(folder / "acme").issue("tls", dns=(dns,), days=days)
    warnings = load(named(folder, pair.chain, pair.key), now=NOW).warnings
    assert len(warnings) == len(messages)
    assert all(message in warning for message, warning in zip(messages, warnings, strict=True))


def test_without_a_clock_nothing_is_late(folder: Path) -> None:
    pair = Authority(folder / "acme").issue("tls", dns=("acme.example",), days=-1)
    assert load(named(folder, pair.chain, pair.key)).warnings == ()
    later = NOW + timedelta(days=900)
    assert len([line for line in load(folder, now=later).warnings if "certificate" in line]) == 1


def test_the_machine_and_the_carriers_have_theirs(folder: Path) -> None:
    """All three places in one run: the machine's, a carrier's CA and our certificate for it."""
    pbx = folder / "pbx.yaml"
    pbx.write_text(pbx.read_text().replace("sip:\n", "sip:\n  certificate: {chain: a.crt, key: a.key}\n"))
    trunks = folder / "acme" / "trunks.yaml"
    tls = "    tls: {name: sip.carrier.example, ca: ca.pem, certificate: {chain: b.crt, key: b.key}}\n"
    written = trunks.read_text().replace("port: 5070}", "port: 5070, transport: tls}")
    trunks.write_text(written.replace("    trusted:", tls + "    trusted:"))
    lines = problems(folder)
    assert [line.partition(": ")[2].partition(" /")[0] for line in lines] == [
        "trunks.carrier.tls.ca:",
        "trunks.carrier.tls.certificate.chain:",
        "sip.certificate.chain:",
    ]
    assert f"{folder.parent / 'a.crt'} cannot be read" in lines[2]


def test_a_carrier_has_one_ca(folder: Path) -> None:
    acme = folder / "acme"
    for name in ("one", "other"):
        Authority(acme, name)
    trunks = acme / "trunks.yaml"
    out = "outbound: {host: sip.carrier.example, transport: tls}"
    trunks.write_text(
        trunks.read_text() + f"  a: {{{out}, tls: {{ca: one.pem}}}}\n  b: {{{out}, tls: {{ca: other.pem}}}}\n"
    )
    (line,) = problems(folder)
    assert "trunks.b.tls: sip.carrier.example has another ca or certificate already (see config/acme/" in line
