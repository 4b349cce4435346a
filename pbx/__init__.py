"""Cloud PBX call-handling engine: SIP, media, flows, consent, recording, caller verification."""

import os

# The arrays are short, cores belong to calls, and a process that is forked would be without the threads.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

__version__ = "0.1.0"
