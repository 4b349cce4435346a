"""What waits: the web server and what it reads."""
