"""How well the list is read: figures for docs/list-quality.md."""
