"""Guided acquisition: separate programs are driven in the order that keeps evidence, and what they did is recorded."""
