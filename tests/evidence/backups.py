"""Makes iTunes backups as Apple's devices do, with code that shares nothing with the reader under test."""

import hashlib
import plistlib
import sqlite3
import struct

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.keywrap import aes_key_wrap

from bridle.evidence.itunes_backup import ITunesBackup

SALT, FIRST_SALT = bytes(range(20)), bytes(range(100, 120))
ITERATIONS, FIRST_ITERATIONS = 50, 70
CLASS_KEYS = {n: hashlib.sha256(b"class %d" % n).digest() for n in (1, 2, 3, 4)}
MANIFEST_KEY, FILE_KEY = hashlib.sha256(b"manifest").digest(), hashlib.sha256(b"file").digest()
PASSWORD = "pässword"
SMS = b"SQLite format 3\0" + bytes(84)
SMS_PATH = "/private/var/mobile/Library/SMS/sms.db"


def tlv(tag, value):
    value = struct.pack(">I", value) if isinstance(value, int) else value
    return tag + struct.pack(">I", len(value)) + value


def keybag(password=PASSWORD, *, double=True):
    secret = password.encode()
    if double:
        secret = hashlib.pbkdf2_hmac("sha256", secret, FIRST_SALT, FIRST_ITERATIONS, 32)
    key = hashlib.pbkdf2_hmac("sha1", secret, SALT, ITERATIONS, 32)
    bag = tlv(b"VERS", 4) + tlv(b"TYPE", 1) + tlv(b"UUID", bytes(16)) + tlv(b"HMCK", bytes(40)) + tlv(b"WRAP", 0)
    bag += tlv(b"SALT", SALT) + tlv(b"ITER", ITERATIONS)
    if double:
        bag += tlv(b"DPWT", 0) + tlv(b"DPIC", FIRST_ITERATIONS) + tlv(b"DPSL", FIRST_SALT)
    for number, class_key in CLASS_KEYS.items():
        bag += tlv(b"UUID", bytes([number]) * 16) + tlv(b"CLAS", number) + tlv(b"WRAP", 2) + tlv(b"KTYP", 0)
        bag += tlv(b"WPKY", aes_key_wrap(key, class_key))
    return (
        bag + tlv(b"UUID", b"d" * 16) + tlv(b"CLAS", 11) + tlv(b"WRAP", 1) + tlv(b"KTYP", 0) + tlv(b"WPKY", bytes(40))
    )


def wrapped(key, number=3):
    return struct.pack("<I", number) + aes_key_wrap(CLASS_KEYS[number], key)


def encrypt(key, content, *, padded=True):
    count = 16 - len(content) % 16 if padded else 0
    encryptor = Cipher(algorithms.AES(key), modes.CBC(bytes(16))).encryptor()
    return encryptor.update(content + bytes([count]) * count) + encryptor.finalize()


def mbfile(size=0, *, modified=1_610_659_523, path="x", key=None, mode=33188, **more):
    uid = plistlib.UID
    file = {"LastModified": modified, "Flags": 0, "Size": size, "Mode": mode, "RelativePath": uid(2), "$class": uid(3)}
    objects = ["$null", file, path, {"$classname": "MBFile", "$classes": ["MBFile", "NSObject"]}]
    if key is not None:
        file["EncryptionKey"] = uid(4)
        objects += [{"NS.data": key, "$class": uid(5)}, {"$classname": "NSMutableData", "$classes": ["NSData"]}]
    file |= more
    archive = {"$version": 100000, "$archiver": "NSKeyedArchiver", "$top": {"root": uid(1)}, "$objects": objects}
    return plistlib.dumps(archive, fmt=plistlib.FMT_BINARY)


def file_id(domain, path):
    return hashlib.sha1(f"{domain}-{path}".encode()).hexdigest()


class Backup:
    """Add files, then `finish`."""

    def __init__(self, root, *, encrypted=False, double=True):
        self.root, self.encrypted, self.double = root, encrypted, double
        self.rows = []
        root.mkdir(parents=True)
        self.info = {"Product Type": "iPhone12,1", "Product Version": "17.5.1", "Serial Number": "C0EXAMPLE"}
        self.manifest = {"IsEncrypted": encrypted, "Version": "10.0"}
        if encrypted:
            self.manifest["BackupKeyBag"] = keybag(double=double)

    def row(self, file_id, domain, path, flags, blob):
        self.rows.append((file_id, domain, path, flags, blob))

    def store(self, name, content):
        file = self.root / name[:2] / name
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(content)
        return file

    def add(self, domain, path, content, *, size=None, **more):
        name = file_id(domain, path)
        size = len(content) if size is None else size
        sealed = self.encrypted
        key = wrapped(FILE_KEY) if sealed else None
        self.row(name, domain, path, 1, mbfile(size, path=path, key=key, **more))
        return self.store(name, encrypt(FILE_KEY, content) if sealed else content)

    def folder(self, domain, path, flags=2):
        self.row(file_id(domain, path), domain, path, flags, mbfile(mode=16877, path=path))

    def finish(self):
        database = self.root / "Manifest.db"
        with sqlite3.connect(database) as db:
            db.execute(
                "CREATE TABLE Files (fileID TEXT PRIMARY KEY, domain TEXT, relativePath TEXT, flags INTEGER, file BLOB)"
            )
            db.executemany("INSERT INTO Files VALUES (?, ?, ?, ?, ?)", self.rows)
        db.close()
        if self.encrypted and self.double:
            self.manifest["ManifestKey"] = wrapped(MANIFEST_KEY, 4)
            database.write_bytes(encrypt(MANIFEST_KEY, database.read_bytes()))
        for name, content in (("Info.plist", self.info), ("Manifest.plist", self.manifest)):
            (self.root / name).write_bytes(plistlib.dumps(content))
        return self.root


def never():
    raise AssertionError("the password was asked for")


def everything(_):
    return True


def opened(root, password=never):
    return ITunesBackup.open(root, password=password, label=None)


def members(source, wanted=everything):
    return {str(m.path): m for m in source.members(wanted)}


def content(member):
    with member.content().open(owned=True) as file:
        return file.read()


def simple(root, **more):
    backup = Backup(root, **more)
    backup.add("HomeDomain", "Library/SMS/sms.db", SMS)
    backup.folder("HomeDomain", "Library/SMS")
    return backup
