"""A softphone of our own for demonstrations and tests, and what proves that a call went right."""
