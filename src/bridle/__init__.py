"""bridle: consensual forensics of mercenary spyware, and evidence that stands up."""

import os

__version__ = "0.1.0"

os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
"""Before Arrow is loaded: its own pool keeps what was freed, 60 MB of it after one table was read through."""
