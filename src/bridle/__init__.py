"""bridle: consensual forensics of mercenary spyware, and evidence that stands up."""

__version__ = "0.1.0"
