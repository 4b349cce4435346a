"""A changed configuration reaches the running PBX; a broken one leaves the old one in force."""

import asyncio
import sys
from pathlib import Path

from pbx.core.address import Address
from pbx.testphone.phone import Phone
from tests.e2e.running import RunningPbx, free_port, running


async def reload(pbx: RunningPbx) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pbx.cli.main", "reload", "--config", str(pbx.places.base / "config")),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode()


async def status_of(pbx: RunningPbx, number: str) -> int:
    """The final status of a call from the carrier."""
    phone = Phone(Address("127.0.0.2", 0), user="+447700900123", domain="127.0.0.2", server=pbx.server)
    await phone.start()
    call = await phone.call(number)
    status = await call.wait_answered(10)
    await phone.close()
    return status


async def test_reload(tmp_path: Path) -> None:
    async with running(tmp_path, free_port()) as pbx:
        plan = tmp_path / "config" / "acme" / "dialplan.yaml"
        written = plan.read_text()
        assert await status_of(pbx, "01632960155") == 404
        plan.write_text(written + "\nsurprise: 1\n")
        code, said = await reload(pbx)
        assert code == 1
        assert "acme/dialplan.yaml:8:1: surprise" in said
        assert await status_of(pbx, "01632960102") == 200
        plan.write_text(written.replace("01632 960102", "01632 960155"))
        assert (await reload(pbx))[0] == 0
        async with asyncio.timeout(10):
            while await status_of(pbx, "01632960155") != 200:  # the signal is on its way
                pass
        assert await status_of(pbx, "01632960102") == 404
