"""Builders of small archives, and a look at what a source makes of them."""

import gzip
import io
import tarfile
import zipfile


def tar_of(files, *, mode="w", tail=True):
    """A tar of `{name: bytes | TarInfo}`; `tail=False` leaves out the end mark."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode, format=tarfile.GNU_FORMAT) as tar:
        for name, content in files.items():
            if isinstance(content, tarfile.TarInfo):
                tar.addfile(content)
            else:
                info = tarfile.TarInfo(name)
                info.size, info.mtime = len(content), 1_700_000_000
                tar.addfile(info, io.BytesIO(content))
        end = tar.offset
    return out.getvalue() if tail else out.getvalue()[:end]


def gz_of(files):
    return gzip.compress(tar_of(files), 1)


def link(name, target, kind=tarfile.SYMTYPE):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def zip_of(files, method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def folder_of(root, files):
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return root


def read(member):
    """The content of a member or entry."""
    extent = member.content()
    try:
        with extent.open() as file:
            return file.read()
    finally:
        extent.close()


def listed(source, wanted=lambda path: True):
    """Members by device path, as text."""
    return {str(m.path): m for m in source.members(wanted)}


def no_password():
    return None
