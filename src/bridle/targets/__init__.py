"""The list: selected numbers and when they were selected, kept encrypted, and what may be said of them."""
