"""What holds for all tests."""

import gc

from hypothesis import settings

# A property is about values. How long an example takes depends on what else the machine does; whatever has to
# be quick has a test that measures it.
settings.register_profile("pbx", deadline=None)
settings.load_profile("pbx")


def pytest_collection_finish() -> None:
    """Take what was imported out of the garbage collector's rounds: they are a fifth of what tests cost.

    Collections come as often as ever, so what a test leaves behind (a task nobody awaited) is told as ever.
    """
    gc.collect()
    gc.freeze()
