"""What is in a pack, by age and zip alone."""

import io
import zipfile

import pyrage


def unpacked(pack, config):
    """Name to content of every file, decrypted with the identity in a configuration folder."""
    line = next(x for x in (config / "identity.txt").read_text().splitlines() if x.startswith("AGE-SECRET-KEY-1"))
    plain = pyrage.decrypt(pack.read_bytes(), [pyrage.x25519.Identity.from_str(line)])
    with zipfile.ZipFile(io.BytesIO(plain)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}
