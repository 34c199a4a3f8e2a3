"""Infrastructure of operators: what sources say of domains, addresses and certificates, kept with its lineage.

Everything here works offline, from files that a user has. Nothing connects to a host.
"""
