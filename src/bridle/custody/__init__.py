"""Consent withdrawn: a case destroyed with all that was drawn from it, as far as it can be reached."""
