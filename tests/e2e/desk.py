"""A desk telephone of ours, which speaks G.711 in the clear and registers at the node itself."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pbx.core.address import Address
from pbx.testphone.phone import Phone
from tests.e2e.running import RunningPbx


@asynccontextmanager
async def device(pbx: RunningPbx, extension: str) -> AsyncIterator[Phone]:
    """A telephone that registers at the node itself."""
    phone = Phone(
        Address("127.0.0.1", 0),
        user=extension,
        domain="acme.example",
        server=pbx.server,
        password=pbx.secret(extension),
    )
    await phone.start()
    try:
        await phone.register()
        yield phone
    finally:
        await phone.close()
