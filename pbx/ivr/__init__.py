"""IVR flows: the machine that walks an admin's steps with a caller."""
