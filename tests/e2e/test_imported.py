"""A plan imported from Asterisk takes calls: the carrier's, and telephones with their old passwords."""

from pathlib import Path

import pytest
import yaml

from pbx.core.address import Address
from pbx.core.secret import Secret
from pbx.testphone.phone import Phone
from tests.e2e.running import free_port, running
from tests.e2e.test_reload import CARRIER, DOMAIN, status_of
from tests.importers.asterisk_house import SECRET, SMALL, write_asterisk
from tests.importers.imported import imported

ANSWER_S = 10.0


@pytest.mark.requirement("ADM-11")
async def test_calls_by_an_imported_plan(tmp_path: Path) -> None:
    source = write_asterisk(tmp_path / "asterisk", SMALL)
    config = imported(tmp_path, source, "asterisk", "--domain", DOMAIN)
    file = config / "main" / "trunks.yaml"
    trunks = yaml.safe_load(file.read_text())
    trunks["trunks"]["carrier"] = {"source": [f"{CARRIER}/32"], "outbound": {"host": CARRIER, "port": 5070}}
    file.write_text(yaml.safe_dump(trunks))
    async with running(tmp_path, free_port()) as pbx:
        password = Secret(SECRET.format(1001))
        phone = Phone(
            Address("127.0.0.1", 0), user="1001", domain=DOMAIN, server=pbx.server, password=password
        )
        await phone.start()
        try:
            await phone.register()
            echo = await phone.call("600")  # an internal number
            assert await echo.wait_answered(ANSWER_S) == 200
            assert await status_of(pbx, "01632960102") == 200  # nobody is there: the voicemail answers
            assert await status_of(pbx, "01632960199") == 404
        finally:
            await phone.close()
