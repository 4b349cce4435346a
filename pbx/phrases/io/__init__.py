"""Where the tables of the languages lie."""
