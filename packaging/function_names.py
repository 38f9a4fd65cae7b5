"""Writes the names of the program's own functions, as people write them, into a small ELF file of one symbol table.

Packed into the stripped program as section .s3loggerd.functions it is what a crash names its calls by (Sources/CLinux/fault.c).

    function_names.py PROGRAM >FILE
"""

import re
import struct
import subprocess
import sys
from pathlib import Path

SOURCES = Path(__file__).resolve().parents[1] / "Sources"
LONGEST = 200


def own_functions(program):
    """Address, size and mangled name of each, by address."""
    modules = "|".join(sorted(path.name for path in SOURCES.iterdir() if next(path.rglob("*.swift"), None)))
    own = re.compile(rf"\d({modules})|^clinux_|^main$")
    lines = subprocess.run(
        ["nm", "--format=posix", "--defined-only", program], stdout=subprocess.PIPE, text=True, check=True).stdout
    found = {}
    for line in lines.splitlines():
        name, kind, *place = line.split(" ")
        if kind in "tTwW" and len(place) == 2 and place[1] and own.search(name):
            found.setdefault(int(place[0], 16), (int(place[1], 16), name))
    return [(address, *found[address]) for address in sorted(found)]


def readable(names):
    """As the compiler's messages spell them."""
    done = subprocess.run(["swift", "demangle", "--compact", "--simplified"], input="\n".join(names) + "\n",
                          stdout=subprocess.PIPE, text=True, check=True)
    return [name.encode()[:LONGEST] for name in done.stdout.splitlines()]


def symbol_file(functions, names):
    """Header, symbols, names, and the sections that say where these are."""
    strings, symbols = bytearray(b"\0"), bytearray(24)
    for (address, size, _), name in zip(functions, names, strict=True):
        symbols += struct.pack("<IBBHQQ", len(strings), 2, 0, 1, address, size)  # STT_FUNC, in some section
        strings += name + b"\0"
    strings += bytes(-len(strings) % 8)
    at_symbols, at_strings = 64, 64 + len(symbols)
    header = b"\x7fELF\2\1\1".ljust(16, b"\0") + struct.pack(
        "<HHIQQQIHHHHHH", 1, 0, 1, 0, 0, at_strings + len(strings), 0, 64, 0, 0, 64, 3, 2)
    sections = bytes(64)
    # SHT_SYMTAB: its names in section 2, all of it local symbols.
    sections += struct.pack("<IIQQQQIIQQ", 0, 2, 0, 0, at_symbols, len(symbols), 2, len(symbols) // 24, 8, 24)
    sections += struct.pack("<IIQQQQIIQQ", 0, 3, 0, 0, at_strings, len(strings), 0, 0, 1, 0)  # SHT_STRTAB
    return header + symbols + strings + sections


if __name__ == "__main__":
    found = own_functions(sys.argv[1])
    sys.stdout.buffer.write(symbol_file(found, readable([name for _, _, name in found])))
