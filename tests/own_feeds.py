"""Feeds made of what a case holds itself: values of every kind that an indicator may have."""

import csv

KINDS = {
    "domain": "domain", "domain-parent": "domain", "url": "url", "ip-address": "ip-address", "email": "email",
    "process-name": "process-name", "file-name": "file-name", "file-path": "file-path", "sha256": "sha256",
    "sha1": "sha1", "md5": "md5", "bundle-id": "app-id", "package-name": "app-id", "cert-sha256": "cert",
    "profile-id": "profile-id", "property-name": "property-name",
}  # fmt: skip
"""Kind of observable to kind of indicator."""


def values_of(case, each=8):
    """Up to so many values of each kind, spread over those of the case; of paths some of the folders as well."""
    found = {}
    for batch in case.batches("observables", ["kind", "value"]):
        for row in batch.to_pylist():
            if row["kind"] in KINDS and "\n" not in row["value"]:
                found.setdefault(row["kind"], {}).setdefault(row["value"])
    out = {}
    for kind, values in found.items():
        some = list(values)[:: max(1, len(values) // each)]
        if kind == "file-path":
            some += [f"{v.rpartition('/')[0]}/" for v in some[::3] if v.count("/") > 4]
        out |= dict.fromkeys((KINDS[kind], v) for v in some)
    return sorted(out)


def write_feed(path, values):
    """A CSV feed."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["kind", "value"])
        writer.writerows(values)
    return path
