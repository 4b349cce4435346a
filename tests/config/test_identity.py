"""Identity, headers and signing as an admin writes them, with every mistake at its place."""

from pathlib import Path

import pytest

from pbx.config.load import load
from pbx.sip.identity.header_rules import HeaderRules
from pbx.sip.identity.profile import TrunkProfile
from tests.authority import Authority
from tests.config.conftest import Spoil

TRUNKS, TENANT = "acme/trunks.yaml", "acme/tenant.yaml"
END = "    caller_id: 01632 960100\n"


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ("    identity: {send: pia}\n", "identity.send"),
        ("    identity: {sign: true}\n", "identity.sign: there is no stir in tenant.yaml to sign with"),
        ("    identity: {verify: refuse}\n", "identity.verify: there are no stir.trust_anchors in pbx.yaml"),
        ("    headers: {out: {set: {From: x}}}\n", "From is written by the PBX itself"),
        ("    headers: {in: {pass: [P-Asserted-Identity]}}\n", "is written by the PBX itself"),
        ("    headers: {in: {pass: [Identity]}}\n", "is written by the PBX itself"),
        ("    headers: {in: {pass: ['X Y']}}\n", "headers.in.pass.0"),
        ('    headers: {out: {set: {X-A: "a\\nb"}}}\n', "headers.out.set.X-A"),
    ],
)
def test_a_mistake_and_its_place(spoil: Spoil, more: str, problem: str) -> None:
    (line,) = spoil(TRUNKS, END, END + more)
    assert problem in line


def test_a_profile(folder: Path) -> None:
    file = folder / "acme" / "trunks.yaml"
    text = file.read_text().replace(
        END,
        END
        + "    identity:\n      {send: both, numbers: national, phone_uris: true, diversion: both,"
        + " redirects: follow}\n"
        + "    headers:\n      in: {pass: [X-*, User-to-User], remove: [X-Internal]}\n"
        + "      out: {set: {X-Switch: pbx}}\n",
    )
    file.write_text(text)
    assert load(folder).tenants["acme"].trunks["carrier"].profile == TrunkProfile(
        country="GB",
        trusted=True,
        sends="both",
        numbers="national",
        phone_uris=True,
        diversion="both",
        redirects="follow",
        takes=HeaderRules(passes=("X-*", "User-to-User"), removes=("X-Internal",)),
        gives=HeaderRules(sets=(("X-Switch", "pbx"),)),
    )


@pytest.mark.parametrize(
    ("stir", "problem"),
    [
        ("{certificate_url: 'http://c.example/a', key_file: k}", "the URL is not https on port 443 or 8443"),
        ("{certificate_url: 'https://c.example/a', key_file: k, own: [1]}", "stir.own.0"),
        ("{certificate_url: 'https://c.example/a', key_file: k, own: ['12345']}", "not a telephone number"),
        (
            "{certificate_url: 'https://c.example/a', key_file: k, levels: {'12345': A}}",
            "not a telephone number",
        ),
        ("{certificate_url: 'https://c.example/a', key_file: k, levels: {'01632960100': D}}", "stir.levels"),
        ("{certificate_url: 'https://c.example/a'}", "key_file"),
    ],
)
def test_a_mistake_in_signing(spoil: Spoil, folder: Path, stir: str, problem: str) -> None:
    Authority(folder.parent).issue("k").key.rename(folder.parent / "k")
    lines = spoil(TENANT, "country: GB\n", f"country: GB\nstir: {stir}\n")
    assert problem in lines[0]
