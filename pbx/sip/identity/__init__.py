"""Who calls, what of it may be known, and how that is written to each kind of neighbour."""
