"""`pbx reload`: check the configuration here, then let the running PBX take it."""

import os
import signal

from pbx.cli.check import check
from pbx.cli.output import DONE, Refusal
from pbx.cli.site import CONFIG, ConfigDir, site
from pbx.cli.status import serving_pid


def reload(*, config: ConfigDir = CONFIG) -> int:
    """Use the changed dial plan, flows and groups for new calls; a broken configuration changes nothing."""
    code = check(config)
    if code != DONE:
        return code
    pid = serving_pid(site(config).places.ready)
    if pid is None:
        raise Refusal("the PBX does not run here; `pbx run` starts it with this configuration")
    os.kill(pid, signal.SIGHUP)
    return DONE
