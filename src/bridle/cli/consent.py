"""`bridle consent`."""

from __future__ import annotations

import click


@click.command(epilog="Example: bridle consent > consent.toml, fill it in, then bridle check … --consent consent.toml")
def consent() -> None:
    """Write a consent record to fill in, on standard output."""
    from bridle.case.consent import template

    click.echo(template(), nl=False)
