"""Importing files into the knowledge base: which form each has, told by its content, and the reader of that form."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bridle.file_names import name_as_text
from bridle.infra import read_certificates, read_dns, read_feed, read_list, read_registration, read_scan, scans
from bridle.infra.schema import FILE, BaseError
from bridle.infra.source_file import SourceFile, UnreadableError
from bridle.infra.taking import Problem, Taking
from bridle.infra.writing import Origin, ShrunkError, imported, writing

_READERS: dict[str, Callable[[SourceFile, Taking], object]] = {
    "feed": read_feed.read, "pairs": read_list.read_pairs, "warning-list": read_list.read_warning_list,
    "passive-dns": read_dns.read, "certificates": read_certificates.read,
    "transparency": read_certificates.read_transparency, "registrations": read_registration.read,
    "scan": read_scan.read,
}  # fmt: skip
FORMS = tuple(_READERS)
"""What a file may be; `feed` is any form of indicator feed."""
_LISTS = ("feed", "pairs", "warning-list")
"""Forms whose files are the whole of a list, so that what a newer copy leaves out is taken back."""
_TESTS: tuple[tuple[str, Callable[[Mapping[str, Any]], bool]], ...] = (
    ("passive-dns", read_dns.is_passive_dns), ("transparency", read_certificates.is_transparency),
    ("registrations", read_registration.is_registration), ("warning-list", read_list.is_warning_list),
    ("scan", scans.is_scan),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Said:
    """What the user says of the files that are imported."""

    source: str | None = None
    """Who published them; by default each file's own name, with that of its folder."""
    form: str | None = None
    list_name: str | None = None
    says: str | None = None
    may_shrink: bool = False
    """Whether a newer copy of a list may lack most of what it had."""
    about: Mapping[str, Any] = field(default_factory=dict)
    """Fields of `Claim` for every claim: vendor, product, generation, campaign, confidence, …"""


@dataclass(frozen=True, kw_only=True)
class Imported:
    """What became of one file."""

    file: str
    list_name: str
    sha256: str
    source: str
    form: str
    state: str
    """`imported`, `unchanged` (it was the last that was imported of this list) or `refused`."""
    reason: str | None = None
    claims: int = 0
    relations: int = 0
    facts: int = 0
    """Rows that were new."""
    known: int = 0
    """Rows that the base had already."""
    retracted: int = 0
    """Rows that an earlier copy of the list had and this one has not."""
    warnings: int = 0
    problems: tuple[Problem, ...] = ()


def import_files(paths: Sequence[Path], folder: Path, said: Said, recorded: str | None = None) -> Iterator[Imported]:
    """Import files, and those in folders, one after another, each in one step. Raises BaseError.

    A file that cannot be read is refused, and nothing of it is kept. `recorded` is the time of recording; without it,
    now.
    """
    lists: set[str] = set()
    for path in files_of(paths):
        name = said.list_name or name_as_text(f"{path.resolve().parent.name}/{path.name}".lstrip("/"))
        if name in lists:
            reason = f"another file of this run is the list {name!r} too; import it by itself with `--list NAME`"
            yield Imported(
                file=name_as_text(path.name), list_name=name, sha256="", source="", form="unknown", state="refused",
                reason=reason,
            )  # fmt: skip
            continue
        lists.add(name)
        yield _import_file(SourceFile(path), name, folder, said, recorded or _now())


def _import_file(file: SourceFile, name: str, folder: Path, said: Said, recorded: str) -> Imported:
    told: dict[str, Any]
    try:
        digest = file.sha256
        form = said.form or form_of(file)
    except (OSError, UnreadableError) as e:
        reason = f"{e.strerror}" if isinstance(e, OSError) and e.strerror else str(e)
        told = {"file": file.name, "list_name": name, "sha256": "", "source": said.source or name, "form": "unknown"}
        return Imported(**told, state="refused", reason=reason)
    origin = Origin(
        source=said.source or name, list_name=name, file=file.name, sha256=digest, form=form, options=_options(said),
        complete=form in _LISTS, recorded=recorded, may_shrink=said.may_shrink,
    )  # fmt: skip
    told = {"file": file.name, "list_name": name, "sha256": digest, "source": origin.source, "form": form}
    if _is_base(folder) and imported(folder, origin.source, origin.list_name, digest, origin.options):
        return Imported(**told, state="unchanged")
    return _import(file, folder, origin, said, told)


def _import(file: SourceFile, folder: Path, origin: Origin, said: Said, told: dict[str, Any]) -> Imported:
    take: Taking | None = None
    try:
        with writing(folder, origin) as writer:
            take = Taking(writer=writer, file=origin.file, said=dict(said.about), says=said.says)
            _READERS[origin.form](file, take)
    except (UnreadableError, ShrunkError, OSError) as e:
        problems = tuple(take.problems) if take is not None else ()
        return Imported(**told, state="refused", reason=str(e), problems=problems, warnings=len(problems))
    counts = writer.counts
    if take.beyond:
        take.problems.append(
            Problem(file=origin.file, locator="the rest", reason=f"{take.beyond:,} more problems are not listed")
        )
    return Imported(
        **told, state="imported", claims=counts["claim"], relations=counts["relation"], facts=counts["fact"],
        known=counts["known"], retracted=counts["retracted"], warnings=writer.warnings, problems=tuple(take.problems),
    )  # fmt: skip


def form_of(file: SourceFile) -> str:
    """The form of a file, told by its content. Raises UnreadableError for an empty one."""
    head = file.head
    if not head.strip():
        raise UnreadableError("empty")
    if read_certificates.is_certificates(head):
        return "certificates"
    begin = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if b'"objects"' in head or b'"Event"' in head:
        return "feed"
    if begin in (b"{", b"["):
        first = _first(file)
        return next((form for form, fits in _TESTS if fits(first)), "feed")
    return "pairs" if read_list.is_pairs(head.decode("utf-8", "replace")) else "feed"


def _first(file: SourceFile) -> Mapping[str, Any]:
    """The first JSON object of a file; an empty one where there is none."""
    for item in file.objects():
        if isinstance(item, tuple):
            return item[1] if isinstance(item[1], dict) else {}
        break
    return {}


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _options(said: Said) -> dict[str, Any]:
    given = {"says": said.says, **said.about}
    return {name: value for name, value in given.items() if value is not None}


def _is_base(folder: Path) -> bool:
    return (folder / FILE).exists() and (folder / FILE).stat().st_size > 0


def files_of(paths: Sequence[Path]) -> list[Path]:
    """The files, and those in folders, in a fixed order. Raises BaseError for what does not exist."""
    out: list[Path] = []
    for path in paths:
        if path.is_dir():
            out += sorted(p for p in path.rglob("*") if p.is_file() and not p.name.startswith("."))
        elif path.exists():
            out.append(path)
        else:
            raise BaseError(f"{path} does not exist")
    return out
