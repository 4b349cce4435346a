"""The process in which a plug-in runs."""
