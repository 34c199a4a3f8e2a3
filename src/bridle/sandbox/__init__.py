"""Parsers run in child processes: bounded memory, time and files, and no network where the system allows it."""
