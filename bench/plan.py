"""Reading a large plan, and running the tests beside one: CPU of a core.

The plan has 10,000 extensions and 2,000 numbers of the network; reading is everything that `pbx check` and a
reload do of it: places, models, checks across files. PyYAML with libyaml makes plain objects of the same
octets in the same run, for comparison.
"""

import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import yaml

from pbx.assembly.plan_tests import rehearsal_plans
from pbx.config.load import load
from pbx.config.models import Configuration
from pbx.rehearsal.trial import try_all

SAMPLE = Path(__file__).parents[1] / "config"
N_EXTENSIONS, N_NUMBERS = 10_000, 2_000
LIMIT = 1 << 20  # octets that one file may have: more are spread by `include`
PER_FILE = 2_500
N_TESTS, TESTS_PER_FILE = 12_000, 1_000
FIRST = 20_001  # five digits: no number for help is among them
TIMES = 5
TARGET_S, TARGET_CASES = 2.0, 2_000


def large(folder: Path) -> None:
    """Make the sample a tenant of that many telephones and numbers."""
    acme = folder / "acme"
    extensions = acme / "extensions.yaml"
    known = yaml.safe_load(extensions.read_text())["extensions"]
    first = FIRST
    parts = []
    for begin in range(first, first + N_EXTENSIONS - len(known), PER_FILE):
        end = min(begin + PER_FILE, first + N_EXTENSIONS - len(known))
        part = acme / "parts" / f"{begin}.yaml"
        part.parent.mkdir(exist_ok=True)
        lines = (f"  {number}: {{name: Somebody {number}}}\n" for number in range(begin, end))
        part.write_text("extensions:\n" + "".join(lines))
        parts.append(f"parts/{begin}.yaml")
    extensions.write_text(f"include: [{', '.join(parts)}]\n{extensions.read_text()}")
    numbers = (f"  0163296{n:04d}: {{extension: {first + n}}}\n" for n in range(2_000, 2_000 + N_NUMBERS))
    (acme / "numbers.yaml").write_text("inbound:\n" + "".join(numbers))
    dialplan = acme / "dialplan.yaml"
    dialplan.write_text(f"include: numbers.yaml\n{dialplan.read_text()}")


def tested(folder: Path) -> None:
    """Write tests beside that plan: each calls another telephone, which answers."""
    for begin in range(0, N_TESTS, TESTS_PER_FILE):
        numbers = (FIRST + n % (N_EXTENSIONS - TESTS_PER_FILE) for n in range(begin, begin + TESTS_PER_FILE))
        lines = (
            f"  call {begin + i}: {{from: 1001, to: {number}, phones: {{{number}: {{answers: 2s}}}}, "
            f"expect: {{route: extension {number}, answered_by: {number}}}}}\n"
            for i, number in enumerate(numbers)
        )
        (folder / "acme" / "tests" / f"many_{begin}.yaml").write_text("tests:\n" + "".join(lines))


def tried(config: Configuration) -> str:
    """Run all tests of a plan once; say how many passed, and how fast."""
    plans, tenants = rehearsal_plans(config), tuple(config.tenants.values())
    began = time.process_time()
    results = try_all(tenants, plans)
    took = time.process_time() - began
    passed = sum(one.passed for one in results)
    return f"{passed} of {len(results)} passed, {len(results) / took:.0f} a second of a core"


def cpu(work: Callable[[], object]) -> float:
    """Median CPU of some work, in seconds."""
    took = []
    for _ in range(TIMES):
        began = time.process_time()
        work()
        took.append(time.process_time() - began)
    return statistics.median(took)


def plain(folder: Path) -> int:
    """Make plain objects of every YAML file; return how many files."""
    files = sorted(folder.rglob("*.yaml"))
    for file in files:
        yaml.load(file.read_bytes(), Loader=yaml.CSafeLoader)
    return len(files)


def tests_per_s(config: Configuration) -> float:
    """How many tests of the plan a second of a core runs."""
    plans, tenants = rehearsal_plans(config), tuple(config.tenants.values())
    n_tests = sum(len(tenant.tests) for tenant in tenants)
    return n_tests / cpu(lambda: try_all(tenants, plans))


def main() -> int:
    """Print the figures; 0 whatever they are: machines differ."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "config"
        shutil.copytree(SAMPLE, folder)
        sample = load(folder)
        large(folder)
        config = load(folder)
        tenant = config.tenants["acme"]
        print(f"{len(tenant.extensions)} extensions, {len(tenant.dids)} numbers of the network")
        ours, theirs = cpu(lambda: load(folder)), cpu(lambda: plain(folder))
        print(f"read and checked   {ours:6.2f} s of a core (aim {TARGET_S:g})")
        print(f"PyYAML, unchecked  {theirs:6.2f} s, so {ours / theirs:.1f} times")
        tested(folder)
        print(f"with {N_TESTS} tests {cpu(lambda: load(folder)):6.2f} s of a core to read and check")
        print(f"they were run: {tried(load(folder))}")
    print(f"tests of the plan  {tests_per_s(sample):6.0f} a second of a core (aim {TARGET_CASES})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
