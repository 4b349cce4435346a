"""Where a dialled number leads, and why."""
