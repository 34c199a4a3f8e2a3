"""A consent record of nobody, to be examined again `until` a day."""

CONSENT = """
given_by = "P1"
date = 2026-01-05
language = "en"
method = "signed paper"
witness = ""
retention_until = 2999-12-31
[scopes]
acquire = true
analyse = true
re_scan_until = {until}
share_with = []
publish = false
statistics = false
"""
