"""The viewer: cases in the browser, served on this machine alone. Only notes are written, beside the sealed part."""
