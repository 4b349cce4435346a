"""How much later a caller is answered for our being between: SIPp calls SIPp, directly and through the PBX.

The called SIPp rings and answers at once, so that the time from INVITE to 200 is the path and nothing else.
"""

import asyncio
import sys
import tempfile
from pathlib import Path

from bench.sipp import CARRIER, DESK, PHONE, telephone
from tests.e2e.running import free_port, running

SCENARIO = Path(__file__).parent / "uac.xml"
RATES = (20, 100)
LOAD_S = 15


async def delays_ms(port: int, rate: int) -> list[float]:
    """Times from INVITE to 200 in order of size; SystemExit when a call fails."""
    text = SCENARIO.read_text()
    text = text.replace(
        '<send retrans="500"><![CDATA[\nINVITE', '<send retrans="500" start_rtd="1"><![CDATA[\nINVITE'
    )
    text = text.replace('<recv response="200" rrs="true"/>', '<recv response="200" rrs="true" rtd="1"/>')
    with tempfile.TemporaryDirectory() as folder:
        scenario = Path(folder) / "call.xml"
        scenario.write_text(text)
        process = await asyncio.create_subprocess_exec(
            *("sipp", f"{PHONE}:{port}", "-sf", str(scenario), "-s", DESK, "-i", CARRIER, "-d", "100"),
            *("-p", str(free_port()), "-r", str(rate), "-m", str(rate * LOAD_S), "-l", "5000", "-nostdin"),
            *("-trace_rtt", "-rtt_freq", "1", "-timeout", "60"),
            cwd=folder,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        if await process.wait() != 0:
            raise SystemExit(f"calls were lost at {rate} a second")
        (file,) = Path(folder).glob("*_rtt.csv")
        rows = [line.split(";") for line in file.read_text().splitlines()[1:]]
    return sorted(float(row[1]) for row in rows)


def shown(times: list[float]) -> str:
    """Median and 99th percentile."""
    return f"median {times[len(times) // 2]:.1f} ms, p99 {times[len(times) * 99 // 100]:.1f} ms"


async def measure() -> int:
    """Direct and through the PBX, at each rate."""
    with tempfile.TemporaryDirectory() as folder:
        async with running(Path(folder), free_port()) as pbx, telephone(pbx) as desk:
            for rate in RATES:
                direct, through = await delays_ms(desk, rate), await delays_ms(pbx.port, rate)
                print(f"{rate} calls/s: direct {shown(direct)}; through the PBX {shown(through)}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(measure()))
