"""The metrics of a running PBX, read as Prometheus reads them."""

import asyncio
from datetime import datetime

from prometheus_client.parser import text_string_to_metric_families

from pbx.core.io.clock import utc_now

Series = tuple[str, tuple[tuple[str, str], ...]]  # name, and labels sorted by their names
INWARD = (("direction", "in"), ("tenant", "acme"), ("trunk", "carrier"))
EVERY_S = 0.1


async def page(port: int) -> str:
    """Return the page."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    return body.decode()


def values(text: str) -> dict[Series, float]:
    """Return every series of a page."""
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {(one.name, tuple(sorted(one.labels.items()))): one.value for one in samples}


def names(text: str) -> set[str]:
    """Return the metrics of a page, those without a series too."""
    return {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE ")}


async def first(port: int, series: Series) -> datetime:
    """Return when a series was seen above zero."""
    while not values(await page(port)).get(series):
        await asyncio.sleep(EVERY_S)
    return utc_now()
