# SPDX-License-Identifier: Apache-2.0
"""Sections, symbols and relocations of a little-endian ELF64 file."""
import struct

SHT_RELA, SHF_ALLOC, SHF_EXEC = 4, 2, 4
# Calls of two instructions, of which the first takes no address, and what only repeats a label.
EM_RISCV, RISCV_NO_ADDRESS = 243, (18, 19, 24, 25)
STT_OBJECT, STT_FUNC = 1, 2


class Section:
    """A section: name, type, flags, addr, offset, size, link, info, entsize."""

    def __init__(self, fields):
        (self.name_at, self.type, self.flags, self.addr, self.offset, self.size,
         self.link, self.info, _, self.entsize) = fields
        self.name = ""


class Symbol:
    """A symbol of the linked image: name, value, size, kind, section."""

    def __init__(self, name, value, size, info, section):
        self.name, self.value, self.size, self.section = name, value, size, section
        self.kind, self.is_global = info & 15, bool(info >> 4)


class Elf:
    """What is in the file at @path."""

    def __init__(self, path):
        with open(path, "rb") as f:
            self.data = f.read()
        if self.data[:6] != b"\x7fELF\x02\x01":
            raise SystemExit(f"{path}: not a little-endian ELF64 file")
        shoff, = struct.unpack_from("<Q", self.data, 0x28)
        size, count, names = struct.unpack_from("<HHH", self.data, 0x3a)
        self.sections = [Section(struct.unpack_from("<IIQQQQIIQQ", self.data, shoff + i * size))
                         for i in range(count)]
        for s in self.sections:
            s.name = self.string(self.sections[names], s.name_at)
        self.by_name = {s.name: s for s in self.sections}
        self.symbols = list(self._symbols())

    def string(self, section, offset):
        """The string at @offset of a string table."""
        start = section.offset + offset
        return self.data[start:self.data.index(b"\0", start)].decode()

    def bytes_of(self, name):
        """The contents of a section, empty if there is none."""
        s = self.by_name.get(name)
        return self.data[s.offset:s.offset + s.size] if s else b""

    def _symbols(self):
        table = self.by_name[".symtab"]
        strings = self.sections[table.link]
        for at in range(table.offset, table.offset + table.size, 24):
            name, info, _, section, value, size = struct.unpack_from("<IBBHQQ", self.data, at)
            yield Symbol(self.string(strings, name), value, size, info, section)

    def relocations(self):
        """(section it is in, address, address that it is for, whether it takes none) of those in what is loaded."""
        machine, = struct.unpack_from("<H", self.data, 18)
        for s in self.sections:
            home = self.sections[s.info] if s.type == SHT_RELA else None
            if home is None or not home.flags & SHF_ALLOC:
                continue
            for at in range(s.offset, s.offset + s.size, 24):
                place, info, addend = struct.unpack_from("<QQq", self.data, at)
                symbol = self.symbols[info >> 32]
                yield (home, place, (symbol.value + addend) & (1 << 64) - 1,
                       machine == EM_RISCV and info & 0xffffffff in RISCV_NO_ADDRESS)
