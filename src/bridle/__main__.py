"""`python -m bridle` and the `bridle` command."""

from bridle import cli, garbage


def main() -> None:
    """Run the command line as a program of its own."""
    try:
        cli.main()
    except SystemExit as e:
        garbage.ends(e.code)
        raise


if __name__ == "__main__":
    main()
