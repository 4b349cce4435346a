"""Conditions: what a rule of the dial plan or a step of a flow asks of a call."""
