"""What a process has loaded is walked by no later collection."""

import subprocess
import sys

import pytest


@pytest.mark.requirement("R-26")
def test_what_a_media_worker_has_loaded_is_out_of_the_collectors_way() -> None:
    script = "import gc; from pbx.media.io.worker import prepare; prepare(); print(len(gc.get_objects()))"
    counted = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert int(counted.stdout) < 100
