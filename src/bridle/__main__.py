"""`python -m bridle` and the `bridle` command."""

from bridle.cli import main

if __name__ == "__main__":
    main()
