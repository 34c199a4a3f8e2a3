"""The case on disk: written once, encrypted by default, read with SQL that can reach nothing else."""
