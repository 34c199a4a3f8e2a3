"""How fast bridle is beside its peer, its previous release, and what the machine could do at best."""
