"""The media worker process, its client side, and the prompt library: everything of media that waits."""
