"""A recording as a picture: peaks of the sound, who is heard when, gaps with their causes, marks."""
