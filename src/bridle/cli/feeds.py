"""`bridle indicators update`, `pack`, `unpack`, `history`, `trust` and `forget`: the stored feeds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from bridle.cli.terminal import fail, one_line, say_json, talk

_FILE = click.Path(path_type=Path)
_UNSIGNED = dict.fromkeys(("updated", "unchanged", "partly"), ", not signed")
_SHRUNK = click.option(
    "--accept-shrunk", is_flag=True, help="Take feeds that lost more than half of their indicators, and such indices."
)
_OLDER = click.option(
    "--accept-older", "--allow-older", is_flag=True, help="Take what is older than what is stored, or no longer valid."
)
_DRY = click.option("-n", "--dry-run", is_flag=True, help="Say what would change, and change nothing.")
_JSON = click.option("--json", "as_json", is_flag=True, help="JSON on stdout.")


@click.command(epilog="""
\b
Example: bridle indicators update --dry-run

\b
Exit codes: 0 all is up to date, 1 nothing was taken, 2 wrong use, 3 in part.
""")  # fmt: skip
@click.option(
    "--index", "indices", multiple=True, metavar="URL_OR_FILE", help="An index of feeds, followed from now on."
)
@click.option("--feed", "feeds", multiple=True, metavar="URL", help="A single feed; URL#sha256=DIGEST pins it.")
@click.option("--ca", type=_FILE, help="Further certificates to trust, in PEM: for a proxy that opens TLS.")
@click.option("--timeout", type=click.FloatRange(1, 3600), default=120, show_default=True, help="Seconds for one file.")
@_SHRUNK
@_OLDER
@_DRY
@_JSON
def update(
    indices: tuple[str, ...], feeds: tuple[str, ...], ca: Path | None, timeout: float, accept_shrunk: bool,
    accept_older: bool, dry_run: bool, as_json: bool,
) -> None:  # fmt: skip
    """Fetch the feeds you follow over HTTPS. It alone uses the network for feeds.

    Without --index and --feed: all that are followed; at first the published index of the Mobile Verification
    Toolkit. A feed that fails, shrinks or goes back keeps its last good version. Proxies as the environment says.
    """
    from bridle.indicators import stored_folder
    from bridle.indicators.feed_change import Rules
    from bridle.indicators.fetch import Fetcher, FetchError
    from bridle.indicators.source_change import exit_code
    from bridle.indicators.update import Wanted
    from bridle.indicators.update import update as run

    wanted = Wanted(indices, feeds, Rules(accept_shrunk, accept_older), dry_run)
    progress = talk()
    with _plain_errors():
        try:
            changes = run(stored_folder(), wanted, Fetcher(ca, seconds=timeout), progress.stage)
        except FetchError as e:
            fail(str(e))
        finally:
            progress.close()
    _say([asdict(c) for c in changes], as_json)
    raise SystemExit(exit_code(changes))


@click.command(epilog="""
\b
Example: bridle indicators pack -o 2026-03.bridle-feeds --key ~/.ssh/id_ed25519

\b
Exit codes: 0 written, 1 not, 2 wrong use.
""")  # fmt: skip
@click.option("-o", "destination", type=_FILE, required=True, help="A new file, such as 2026-03.bridle-feeds.")
@click.option("--key", type=_FILE, help="Sign with this OpenSSH key (ssh-ed25519); its .pub file for one in an agent.")
@_JSON
def pack(destination: Path, key: Path | None, as_json: bool) -> None:
    """Put the current feeds into one file, for machines that stay offline."""
    from bridle.indicators import stored_folder
    from bridle.indicators.bundle import pack as run

    with _plain_errors():
        packed = run(stored_folder(), destination, key)
    for name in packed.left_out:
        click.echo(f"bridle: {one_line(name)} is not packed: no update brought it; copy it yourself", err=True)
    if as_json:
        say_json(asdict(packed))
        return
    click.echo(f"{_count(packed.feeds, 'feed')}, {packed.size:,} bytes, manifest SHA-256 {packed.sha256}")
    click.echo(f"signed by {packed.signed_by}" if packed.signed_by else "not signed; --key FILE signs it", err=True)


@click.command(epilog="""
\b
Example: bridle indicators unpack 2026-03.bridle-feeds --dry-run

\b
Exit codes: 0 taken, 1 refused and nothing changed, 2 wrong use, 3 the file cannot be read.
""")  # fmt: skip
@click.argument("file", type=_FILE)
@click.option("--trusted-key", "keys", multiple=True, type=_FILE, help="A .pub file; the bundle must be signed by one.")
@_SHRUNK
@_OLDER
@_DRY
@_JSON
def unpack(
    file: Path, keys: tuple[Path, ...], accept_shrunk: bool, accept_older: bool, dry_run: bool, as_json: bool
) -> None:
    """Take the feeds of a bundle, all or none. Uses no network."""
    from bridle.indicators import stored_folder
    from bridle.indicators.bundle import unpack as run
    from bridle.indicators.feed_change import Rules
    from bridle.indicators.ssh_signature import public_key

    if not file.is_file():
        fail(f"{file} is not a file; a bundle is what `bridle indicators pack` writes")
    with _plain_errors(damaged=3):
        trusted = [public_key(k) for k in keys]
        done = run(stored_folder(), file, trusted, Rules(accept_shrunk, accept_older), dry_run)
    if as_json:
        say_json(asdict(done))
        return
    _say([asdict(c) for c in done.changes], as_json=False)
    click.echo(f"manifest SHA-256 {done.sha256}", err=True)
    by = f"signed by {done.signed_by}" if done.signed_by else "not signed: it rests on how it came to you"
    click.echo(f"the bundle is {by}", err=True)
    for source in done.kept:
        click.echo(f"not in the bundle, and as before: {one_line(source)}", err=True)


@click.command(epilog="Example: bridle indicators history --json")
@_JSON
def history(as_json: bool) -> None:
    """What changed in the stored feeds, and when."""
    from bridle.indicators import store, stored_folder

    with _plain_errors():
        state = store.state_of(stored_folder())
    if as_json:
        say_json(state.history)
        return
    for entry in state.history:
        click.echo(one_line(f"{entry['when']}  {entry['command']}"))
        for source in entry["sources"]:
            _say_source(source)
    for followed in state.sources:
        click.echo(one_line(f"{_shown(followed.source)}: last had whole {followed.checked}"), err=True)
    if not state.sources:
        click.echo("No source is followed; `bridle indicators update` fetches the published index.", err=True)


@click.command(epilog="Example: bridle indicators trust publisher.pub --for bundles")
@click.argument("key", type=_FILE)
@click.option("--for", "source", required=True, metavar="URL", help="The address of an index, or `bundles`.")
def trust(key: Path, source: str) -> None:
    """Take an index, or bundles, only if this KEY (a .pub file) signed it. Several keys: any of them."""
    from bridle.indicators import stored_folder
    from bridle.indicators.ssh_signature import public_key
    from bridle.indicators.trust import add

    with _plain_errors(damaged=2):
        found = public_key(key)
        new = add(stored_folder(), source, found)
    state = "is trusted now" if new else "was trusted already"
    click.echo(one_line(f"{found.fingerprint} {state} for {source}"), err=True)


@click.command(epilog="Example: bridle indicators forget https://feeds.example.org/index.yaml")
@click.argument("source")
def forget(source: str) -> None:
    """Follow a SOURCE no longer; its feeds are no longer used."""
    from bridle.indicators import stored_folder
    from bridle.indicators.source_change import forget as run

    with _plain_errors():
        change = run(stored_folder(), source)
    if change is None:
        fail(f"{source!r:.200} is not followed; `bridle indicators history` names what is")
    _say_source(asdict(change))


COMMANDS = (update, pack, unpack, history, trust, forget)


@contextmanager
def _plain_errors(damaged: int = 1) -> Iterator[None]:
    """Errors as one line: 2 for wrong use, `damaged` for a file that cannot be read, 1 for what is refused."""
    from bridle.indicators.bundle_file import BundleError
    from bridle.indicators.feed_index import FeedIndexError
    from bridle.indicators.source_change import RefusedError
    from bridle.indicators.ssh_signature import SignatureError
    from bridle.indicators.store import StoreError
    from bridle.indicators.trust import TrustError

    try:
        yield
    except (FeedIndexError, SignatureError) as e:
        fail(str(e))
    except BundleError as e:
        fail(str(e), damaged)
    except (RefusedError, TrustError, StoreError) as e:
        fail(str(e), 1)


def _say(changes: Iterable[Mapping[str, Any]], as_json: bool) -> None:
    if as_json:
        say_json(list(changes))
        return
    for change in changes:
        _say_source(change)


def _say_source(change: Mapping[str, Any]) -> None:
    version = f", version {change['version']}" if change["version"] else ""
    by = f", signed by {change['signed_by']}" if change["signed_by"] else _UNSIGNED.get(change["status"], "")
    reason = f": {change['reason']}" if change["reason"] else ""
    click.echo(one_line(f"{change['status']:9}  {change['source']}{version}{by}{reason}"))
    for sentence in change["told"]:
        click.echo(one_line(f"bridle: {sentence}"), err=True)
    same = 0
    for feed in change["feeds"]:
        same += feed["status"] == "same"
        if feed["status"] != "same":
            click.echo(one_line(f"  {_feed_line(feed)}"))
    if same:
        click.echo(f"  {_count(same, 'feed')} {'is' if same == 1 else 'are'} the same")


def _feed_line(feed: Mapping[str, Any]) -> str:
    size = _count(feed["indicators"], "indicator")
    if feed["status"] == "taken":
        size += f" (+{feed['added']:,} -{feed['removed']:,}), SHA-256 {feed['sha256'][:12]}"
    reason = f": {feed['reason']}" if feed["reason"] else ""
    return f"{feed['status']:7}  {feed['name']}  {size}{reason}"


def _count(number: int, of: str) -> str:
    return f"{number:,} {of}{'' if number == 1 else 's'}"


def _shown(source: str) -> str:
    from bridle.indicators.addresses import shown

    return shown(source)
