"""Recording consent: which rule applies to these parties, and the dialogue that satisfies it."""
