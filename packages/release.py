"""What the packages of all ecosystems have in common: the version, the licences, and what a binary is."""
import dataclasses
import os
import pathlib
import re
import struct
import sys

PROJECT = pathlib.Path(__file__).resolve().parent.parent

# The numbers of ELF's e_machine and p_type.
MACHINES = {62: "x86_64", 183: "aarch64"}
PT_INTERP = 3

# 1980-01-01, the first moment that a zip file can tell; the same sources give the same bytes whenever they are packed.
EPOCH = int(os.environ.get("SOURCE_DATE_EPOCH", "315532800"))


@dataclasses.dataclass
class Binary:
    content: bytes
    machine: str
    # Without a loader: it runs beside any libc.
    is_static: bool
    # By file name the texts that a package of it has to bring: ours, and the NOTICE of what is linked into it.
    licences: dict


def version():
    text = (PROJECT / "base" / "version.h").read_text(encoding="utf-8")
    return re.search(r'^#define TUNEMOCK_VERSION "(\d+\.\d+\.\d+[^"]*)"$', text, re.MULTILINE).group(1)


def _licences(path, is_static):
    texts = {"LICENSE": (PROJECT / "LICENSE").read_bytes()}
    notice = path.parent / "NOTICE"
    if is_static and not notice.exists():
        sys.exit(f"{path}: has libraries in it, and no NOTICE beside it with their licences")
    if is_static:
        texts["NOTICE"] = notice.read_bytes()
    return texts


def read_binary(name):
    path = pathlib.Path(name)
    content = path.read_bytes()
    if content[:6] != b"\x7fELF\x02\x01":
        sys.exit(f"{path}: is no 64-bit, little-endian ELF file")
    [machine] = struct.unpack_from("<H", content, 18)
    if machine not in MACHINES:
        sys.exit(f"{path}: is for none of {', '.join(MACHINES.values())}")
    [table], [size, count] = struct.unpack_from("<Q", content, 32), struct.unpack_from("<HH", content, 54)
    types = [struct.unpack_from("<I", content, table + size * i)[0] for i in range(count)]
    is_static = PT_INTERP not in types
    return Binary(content, MACHINES[machine], is_static, _licences(path, is_static))
