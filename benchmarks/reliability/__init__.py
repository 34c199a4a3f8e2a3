"""How hard it is to break bridle: `make bench-reliability`."""
