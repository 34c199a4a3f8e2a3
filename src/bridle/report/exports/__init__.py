"""A case's findings in the forms that other tools read.

Each form is a module with a function that makes bytes or text of a `Content`; `FORMS` names them. A form that is made
to be shared is refused for a case whose consent record does not allow that.
"""

from __future__ import annotations

import importlib

from bridle.classes import dataclass
from bridle.report.content import Content


@dataclass(frozen=True, kw_only=True)
class Form:
    """One form: the module that makes it, and whether it is made to be shared."""

    module: str
    shared: bool = False
    suffix: str
    """How a file of this form is named, with the dot."""
    binary: bool = False
    """Not text: it is not written to a terminal."""

    def render(self, content: Content) -> bytes:
        """The file. Raises ImportError where an extra is missing."""
        made = importlib.import_module(f"bridle.report.exports.{self.module}").render(content)
        return made if isinstance(made, bytes) else str(made).encode()


FORMS = {
    "csv": Form(module="csv", suffix=".csv"),
    "jsonl": Form(module="jsonl", suffix=".jsonl"),
    "parquet": Form(module="parquet", suffix=".parquet", binary=True),
    "stix": Form(module="stix", shared=True, suffix=".stix2.json"),
    "misp": Form(module="misp", shared=True, suffix=".misp.json"),
    "timesketch": Form(module="timesketch", shared=True, suffix=".timesketch.jsonl"),
    "case": Form(module="case", shared=True, suffix=".case.jsonld"),
    "attack": Form(module="attack", shared=True, suffix=".attack.json"),
}
