"""`python -m reliability.fuzz [GROUP...]`: what became of each group; 1 where something was not survived."""

from __future__ import annotations

import sys

from reliability.fuzz import lines


def main() -> None:
    """Print a line for each group; failures go to stderr as they are found."""
    failed = 0
    for found in lines(sys.argv[1:]):
        failed += found.tried - found.survived
        print(f"{found.what}: {found.tried} inputs, {found.survived} survived", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
