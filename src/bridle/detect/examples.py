"""Every rule and chain is tried on its own examples: what must match does, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from bridle import artifacts
from bridle.case.ledger import LEDGER
from bridle.case.processes import PROCESSES
from bridle.detect.chain import Chain, ChainExample
from bridle.detect.chains import FAILED, follow
from bridle.detect.finding import Finding
from bridle.detect.hits import findings_of
from bridle.detect.memory import Memory
from bridle.detect.query import run_rule
from bridle.detect.rule import Example, Rule, RuleError
from bridle.detect.steps import Given
from bridle.formats.arrow import schema
from bridle.indicators import Indicator, IndicatorSet, Matcher, match_tables, yara

STAMPS = pa.schema([(n, pa.string()) for n in ("_source", "_path", "_sha256")])
GAPS = pa.schema([("artifact", pa.string()), *STAMPS, ("locator", pa.string()), ("reason", pa.string())])


@lru_cache(maxsize=1)
def catalogue() -> dict[str, pa.Schema]:
    """Every table a case may have, with the columns of each."""
    found = {"ledger": LEDGER, "gaps": GAPS, "processes": PROCESSES}
    for name in artifacts.paths():
        artifact = artifacts.load(name)
        found |= {artifact.table(r): pa.schema([*STAMPS, *schema(r)]) for r in artifact.records}
    found |= {yara.ARTIFACT.table(r): pa.schema([*STAMPS, *schema(r)]) for r in yara.ARTIFACT.records}
    return found


def failures(rules: Sequence[Rule]) -> list[str]:
    """One sentence for each example that fails. Raises RuleError for an example that cannot be built."""
    return [f"{r.id}: {e.name}: {why}" for r in rules for e in r.example for why in _failures(r, e)]


def _failures(rule: Rule, example: Example) -> Iterator[str]:
    try:
        with closing(example_tables(rule, example).connect()) as db:
            found = run_rule(db, rule)
    except duckdb.Error as e:
        yield f"the query fails: {str(e).splitlines()[0]:.200}"
        return
    got = {e.locator for f in found for e in f.evidence if rule.evidence in (e.table, "processes")}
    if missed := sorted(set(example.match) - got):
        yield f"does not match {', '.join(missed)}"
    if extra := sorted(got - set(example.match)):
        yield f"matches {', '.join(extra)}, which it must not"


def example_tables(rule: Rule, example: Example) -> Memory:
    """The example's rows as the tables the rule needs. Raises RuleError for a table or column no artifact has."""
    return _memory(rule.file, rule.needs, example)


def _memory(file: Path, needs: Iterable[str], example: Example) -> Memory:
    built = {}
    for name in needs:
        if name not in catalogue():
            raise RuleError(f"{file}: needs: no artifact has the table {name!r}")
        try:
            built[name] = _table(name, example.tables.get(name, ()))
        except (pa.ArrowInvalid, pa.ArrowTypeError, ValueError) as e:
            raise RuleError(f"{file}: example {example.name!r}: {name}: {e}") from None
    return Memory(built)


def chain_failures(chains: Sequence[Chain], rules: Sequence[Rule]) -> list[str]:
    """One sentence for each example of a chain that fails. Raises RuleError for one that cannot be built."""
    return [f"{c.id}: {e.name}: {why}" for c in chains for e in c.example for why in _chain_failures(c, e, rules)]


def _chain_failures(chain: Chain, example: ChainExample, rules: Sequence[Rule]) -> Iterator[str]:
    try:
        found = followed(chain, example, rules)
    except duckdb.Error as e:
        yield f"a query fails: {str(e).splitlines()[0]:.200}"
        return
    got = {e.locator for f in found for e in f.evidence}
    if missed := sorted(set(example.match) - got):
        yield f"does not match {', '.join(missed)}"
    if extra := sorted(got - set(example.match)):
        yield f"matches {', '.join(extra)}, which it must not"


def followed(chain: Chain, example: ChainExample, rules: Sequence[Rule]) -> list[Finding]:
    """The chain's findings in its example, with what its rules and the example's indicators find there first."""
    known = {r.id: r for r in rules}
    if unknown := [r for r in chain.rules if r not in known]:
        raise RuleError(f"{chain.file}: step: no rule is called {unknown[0]!r}")
    used = [known[r] for r in chain.rules]
    needs = dict.fromkeys((*chain.needs, *(t for rule in used for t in rule.needs), *example.tables))
    stored = [t for t in needs if t != "processes" or t in example.tables]
    case = _memory(chain.file, stored, example)
    indicators = IndicatorSet(indicators=tuple(_indicator(chain, i) for i in example.indicators), feeds=())
    found = findings_of(match_tables(case, Matcher(indicators)))
    with closing(case.connect()) as db:
        found += [f for rule in used for f in run_rule(db, rule)]
    given = Given(rules=known, kinds=frozenset(i.kind for i in indicators.indicators))
    told, lacking = follow(case, found, [chain], given)
    if failed := [n.why for n in lacking if n.why.startswith(FAILED)]:
        raise RuleError(f"{chain.file}: {failed[0].removeprefix(FAILED)}")
    return [f for f in told if f.rule == chain.id]


def _indicator(chain: Chain, given: Mapping[str, Any]) -> Indicator:
    try:
        return Indicator(**{"shown": given["value"], "feeds": ("example",), **given})
    except (KeyError, TypeError) as e:
        raise RuleError(f"{chain.file}: example: indicators: {e}") from None


def _table(name: str, rows: Sequence[dict[str, Any]]) -> pa.Table:
    columns = catalogue()[name]
    for row in rows:
        if unknown := sorted(row.keys() - set(columns.names)):
            raise ValueError(f"there is no column {unknown[0]!r}")
    stamps = {
        k: v for k, v in {"_source": "S1", "_path": _path(name), "_sha256": "0" * 64}.items() if k in columns.names
    }
    stamped = [{**stamps, **row} for row in rows]
    return pa.table([pa.array([r.get(f.name) for r in stamped], type=f.type) for f in columns], schema=columns)


def _path(table: str) -> str:
    """Where the table's file lies on a device: the first path of its artifact, wildcards and all."""
    globs = artifacts.paths().get(table.rpartition(".")[0], ())
    return globs[0] if globs else "/example"
