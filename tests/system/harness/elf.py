# SPDX-License-Identifier: Apache-2.0
"""What the tests read of ELF files: Lodge's own."""
import struct


def _table(path):
    """The image, and its section headers as tuples."""
    with open(path, "rb") as f:
        image = f.read()
    at, = struct.unpack_from("<Q", image, 40)
    size, count, names = struct.unpack_from("<HHH", image, 58)
    return image, [struct.unpack_from("<IIQQQQIIQQ", image, at + i * size)
                   for i in range(count)], names


def _name(image, strings, at):
    start = strings[4] + at
    return image[start:image.index(b"\0", start)].decode()


def sections(path):
    """Name -> (address, flags, type, size) of an ELF file's sections."""
    image, table, names = _table(path)
    return {_name(image, table[names], s[0]): (s[3], s[2], s[1], s[5]) for s in table}


def symbols(path):
    """Address and name of each symbol of an ELF file that has a place, in order of addresses."""
    image, table, _ = _table(path)
    symtab = next(s for s in table if s[1] == 2)
    strings = table[symtab[6]]
    found = []
    for at in range(symtab[4], symtab[4] + symtab[5], 24):
        name, _, _, section, value, _ = struct.unpack_from("<IBBHQQ", image, at)
        if section and section < 0xff00 and name:
            found.append((value, _name(image, strings, name)))
    return sorted(found)
