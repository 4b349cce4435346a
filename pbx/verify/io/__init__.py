"""The recogniser process with its engine, and what carries one-time codes out of the house."""
