"""A changed configuration reaches the running PBX; a broken one leaves the old one in force."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from pbx.core.address import Address
from pbx.services.voicemail import THANKS
from pbx.store.customers import CustomerStore
from pbx.store.database import Database
from pbx.store.keys import StoreKeys
from pbx.testphone.phone import Phone
from pbx.testphone.signal import contains_sentence, samples
from tests.e2e.callers import LIKENESS, SILENCE_MS, calling, prompt
from tests.e2e.running import RunningPbx, free_port, running

CARRIER, OTHER, DOMAIN = "127.0.0.2", "127.0.0.3", "acme.example"


def edit(pbx: RunningPbx, name: str, old: str, new: str) -> None:
    """Change one file of the configuration."""
    file = pbx.places.base / "config" / name
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))


async def registers(pbx: RunningPbx, extension: str) -> bool:
    """Whether a telephone with the secret of `extension` may register; it leaves again at once."""
    if f"acme/{extension}:" not in pbx.places.secrets.read_text():
        return False
    secret = pbx.secret(extension)
    phone = Phone(
        Address("127.0.0.1", 0), user=extension, domain="acme.example", server=pbx.server, password=secret
    )
    await phone.start()
    try:
        await phone.register()
    except ConnectionError as refused:
        assert str(refused).endswith("with 401")
        return False
    finally:
        await phone.close()
    return True


async def until(what: Callable[[], Coroutine[Any, Any, bool]], limit_s: float = 10) -> None:
    """Return once `what` is true; a signal is on its way."""
    async with asyncio.timeout(limit_s):
        while not await what():
            pass


async def reload(pbx: RunningPbx) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pbx.cli.main", "reload", "--config", str(pbx.places.base / "config")),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode()


async def status_of(pbx: RunningPbx, number: str, host: str = CARRIER) -> int:
    """The final status of a call from the carrier, or from another `host`.

    The caller claims to be one of ours, because a stranger who names no domain of ours hears nothing.
    """
    phone = Phone(Address(host, 0), user="+447700900123", domain=DOMAIN, server=pbx.server)
    await phone.start()
    call = await phone.call(number)
    status = await call.wait_answered(10)
    await phone.close()
    return status


@asynccontextmanager
async def unanswered(pbx: RunningPbx, number: str, host: str) -> AsyncIterator[None]:
    """A call of a stranger who names no domain of ours: still without any answer when the block ends."""
    phone = Phone(Address(host, 0), user="+447700900123", domain=host, server=pbx.server)
    await phone.start()
    call = await phone.call(number)
    yield
    with pytest.raises(TimeoutError):
        await call.wait_answered(0)
    await phone.close()


async def test_reload(tmp_path: Path) -> None:
    async with running(tmp_path, free_port()) as pbx:
        plan = tmp_path / "config" / "acme" / "dialplan.yaml"
        written = plan.read_text()
        assert await status_of(pbx, "01632960155") == 404
        plan.write_text(written + "\nsurprise: 1\n")
        code, said = await reload(pbx)
        assert code == 1
        assert f"acme/dialplan.yaml:{len(written.splitlines()) + 2}:1: surprise" in said
        assert await status_of(pbx, "01632960102") == 200
        plan.write_text(written.replace("01632 960102", "01632 960155"))
        assert (await reload(pbx))[0] == 0
        assert await status_of(pbx, "01632960155") == 200
        assert await status_of(pbx, "01632960102") == 404
        secrets = pbx.places.secrets.read_text()
        pbx.places.secrets.write_text("nonsense")  # nothing of the configuration: only the process reads it
        plan.write_text(written)
        code, said = await reload(pbx)
        assert (code, "secrets.yaml" in said) == (1, True)
        assert await status_of(pbx, "01632960155") == 200
        pbx.places.secrets.write_text(secrets)
        assert (await reload(pbx))[0] == 0
        assert await status_of(pbx, "01632960102") == 200


def swap_extensions(pbx: RunningPbx, old: str, new: str) -> None:
    for name in ("extensions.yaml", "consent.yaml", "dialplan.yaml"):
        edit(pbx, f"acme/{name}", old, new)


async def test_extensions_come_and_go(tmp_path: Path) -> None:
    async with running(tmp_path, free_port()) as pbx:
        carol = Phone(
            Address("127.0.0.1", 0),
            user="1003",
            domain="acme.example",
            server=pbx.server,
            password=pbx.secret("1003"),
        )
        await carol.start()
        await carol.register()
        swap_extensions(pbx, "1003", "1004")
        assert not await registers(pbx, "1004")
        assert (await reload(pbx))[0] == 0
        await until(lambda: registers(pbx, "1004"))
        assert not await registers(pbx, "1003")
        swap_extensions(pbx, "1004", "1003")
        assert (await reload(pbx))[0] == 0

        async def is_unknown() -> bool:
            return not await registers(pbx, "1004")

        await until(is_unknown)
        assert await status_of(pbx, "01632960101") == 480  # Carol's binding went when she was removed
        await carol.register()
        call = asyncio.create_task(status_of(pbx, "01632960101"))
        (await carol.incoming(10)).answer()
        assert await call == 200
        await carol.close()


async def test_a_carrier_moves_while_a_call_of_his_goes_on(tmp_path: Path) -> None:
    async with running(tmp_path, free_port()) as pbx:
        phone = Phone(Address(CARRIER, 0), user="+447700900123", domain=CARRIER, server=pbx.server)
        await phone.start()
        call = await phone.call("01632960102")
        assert await call.wait_answered(10) == 200
        async with unanswered(pbx, "01632960102", OTHER):
            assert await status_of(pbx, "01632960102", OTHER) == 401
        edit(pbx, "acme/trunks.yaml", "127.0.0.2/32", "127.0.0.3/32")
        edit(pbx, "pbx.yaml", "timeout: 30s", "timeout: 40s")
        code, said = await reload(pbx)
        assert code == 0
        assert "changed, but read at start only: rtp.timeout\n" in said

        async def has_moved() -> bool:
            return await status_of(pbx, "01632960102", OTHER) == 200

        await until(has_moved)
        async with unanswered(pbx, "01632960102", CARRIER):
            assert await status_of(pbx, "01632960102") == 401
        assert call.confirmed
        call.hang_up()
        assert await call.wait_ended(10) == "bye"
        await phone.close()


async def test_the_customer_file_is_read_again(tmp_path: Path) -> None:
    async with running(tmp_path, free_port()) as pbx:
        with (tmp_path / "config" / "acme" / "customers.csv").open("a") as file:
            file.write("1004,Hedy New,individual,07700 900199,1914-11-09\n")
        assert (await reload(pbx))[0] == 0
        keys = StoreKeys.load_or_create(pbx.places.store_keys)

        async def is_imported() -> bool:
            database = Database(pbx.places.database_url(pbx.config.pbx))
            try:
                return bool(await CustomerStore(database, keys).find("acme", "+447700900199"))
            finally:
                await database.close()

        await until(is_imported)


async def test_another_recording_of_a_sentence_is_heard(tmp_path: Path) -> None:
    async with running(tmp_path, free_port()) as pbx:
        prompts = tmp_path / "config" / "acme" / "prompts" / "en-GB"
        clip = prompt(pbx, THANKS)
        (prompts / "other.wav").write_bytes((prompts / "thanks.wav").read_bytes())
        edit(pbx, "acme/prompts/en-GB/index.yaml", "welcome.wav:", "other.wav:")
        assert (await reload(pbx))[0] == 0

        async def is_heard() -> bool:
            async with calling(pbx, "+447700900123") as (_, call):
                await call.wait_quiet(SILENCE_MS, 30)
                return contains_sentence(samples(call.heard), clip) > LIKENESS

        await until(is_heard, 60)
