"""Artifacts of Android: one file per artifact."""
