"""When it is open: hours of the week, holidays, exceptions, and what somebody has switched by hand."""
