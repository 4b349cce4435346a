"""The garbage collector of a process that lives for months."""

import gc

# How many containers have to be new, and still there, before a generation is looked through: 5,000, 50,000
# and 150,000. A call leaves some 300 that point at each other and outlive two looks at the young, so only the
# third frees them. With CPython's 700 the collector took 8 % of the signalling process at 100 calls a
# second; with two million for the third, finished calls came to 70 MB.
THRESHOLDS = (5_000, 10, 3)


def settle_memory() -> None:
    """What is there now, modules and configuration, is never looked through again; call it once at start."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
