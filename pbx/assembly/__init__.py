"""How the configuration becomes what endpoint, switchboard and prompts are made of: a room a neighbour."""
