"""The log of a process: one line for each record, on standard error."""

import logging
import sys

FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"


def begin_log() -> None:
    """Set up the log; nothing is looked up that the lines do not show: a quarter of a line's cost."""
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging._srcfile = None  # as the manual says, section Optimization
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format=FORMAT)
