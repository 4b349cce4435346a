"""Calls that nobody makes: the engine of live calls on a virtual clock, with everybody around it played."""
