"""One town for all attacks, and the table of what they did to it."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
import yaml

from tests.attack.flooder import PAGE
from tests.attack.town import Ports, Town, living
from tests.authority import Authority
from tests.e2e.running import NO_CROWDS, free_port, prepare, running

DOMAIN = "acme.example"
PAID = (
    "  paid: {source: [127.0.0.23/32, 127.0.0.24/32], outbound: {host: 127.0.0.23, port: 5073},"
    " account: {user: acme7, secret_file: paid, realm: carrier.example}}\n"
)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    """The sample configuration with TLS beside, a carrier with a password, and calls that are up."""
    ports = Ports(tls=free_port(), wss=free_port())
    base = tmp_path_factory.mktemp("attack")
    pair = Authority(base).issue("acme", dns=(DOMAIN,))
    folder = prepare(base, tolls=f"inbound: {NO_CROWDS}\n")  # all calls of the town come from one number
    written = yaml.safe_load((folder / "pbx.yaml").read_text())
    written["sip"] |= {
        "listeners": [
            {"transport": "tls", "host": "127.0.0.1", "port": ports.tls},
            {"transport": "wss", "host": "127.0.0.1", "port": ports.wss},
        ],
        "websocket": {"origins": [PAGE]},
        "certificate": {"chain": str(pair.chain), "key": str(pair.key)},
    }
    (folder / "pbx.yaml").write_text(yaml.safe_dump(written))
    (base / "paid").write_text("pa55word\n")
    trunks = folder / "acme" / "trunks.yaml"
    trunks.write_text(f"{trunks.read_text()}{PAID}")
    async with running(base, free_port()) as pbx, living(pbx, ports) as found:
        yield found
        print(f"\nbaseline p99 {found.baseline_s * 1000:.0f} ms, {found.warm / 1e6:.0f} MB")
        print("| attack | expected and seen | set-ups | p99 ms | longest gap ms | memory |")
        print("|---|---|---|---|---|---|")
        for one in found.report:
            print(
                f"| {one.attack} | {one.outcome} | {one.setups} | {one.slowest_s * 1000:.0f} "
                f"| {one.gap_s * 1000:.0f} | {one.growth - 1:+.1%} |"
            )
