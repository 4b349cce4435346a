"""Works off what was decided about recordings."""
