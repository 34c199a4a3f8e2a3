"""Blind peer review: the evidence of what was found, handed to somebody who is to find it again."""
