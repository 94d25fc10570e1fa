# SPDX-License-Identifier: Apache-2.0
"""The counters of an image that was built with CONFIG_COVERAGE, read out of the memory of a
machine that has ended, however it did; and the .gcda files that gcov makes of their sums.

The image has nothing that writes them. It has a section .gcov_info of pointers, one for an
object file, to what GCC describes its counters by (struct gcov_info in libgcov.h); all but the
counters themselves is constant, and so is in lodge.elf."""
import array
import fcntl
import glob
import json
import mmap
import os
import struct
import subprocess

PAGE = 4096
FAR = 256 << 20         # the image lies this near the start of RAM
DATA, FUNCTION, ARCS = 0x67636461, 0x01000000, 0x01a10000


class Function:
    """One of an object file."""

    def __init__(self, ident, values, count):
        self.ident = ident      # three words that gcov compares with the .gcno file
        self.values = values    # address of the first of its counters
        self.count = count


class Image:
    """An ELF file with counters."""

    def __init__(self, path):
        with open(path, "rb") as f:
            self.data = f.read()
        self.sections = self._sections()
        self.objects = dict(self._object(a) for a in self._pointers())
        found = [f for functions in self.objects.values() for f in functions[1]]
        if not found:
            raise ValueError(f"{path} has no counters: it was built without CONFIG_COVERAGE")
        self.first = min(f.values for f in found)
        self.end = max(f.values + 8 * f.count for f in found)

    def _sections(self):
        """Name -> address, place in the file, length."""
        start, = struct.unpack_from("<Q", self.data, 40)
        size, count, names = struct.unpack_from("<HHH", self.data, 58)
        rows = [struct.unpack_from("<IIQQQQ", self.data, start + i * size) for i in range(count)]
        at = rows[names][4]
        return {self._text(at + r[0]): (r[3], r[4], r[5], r[1]) for r in rows}

    def _text(self, at):
        return self.data[at:self.data.index(b"\0", at)].decode()

    def _at(self, address):
        """Where the file has what is at @address."""
        for start, place, size, kind in self.sections.values():
            if kind == 1 and start <= address < start + size:
                return place + address - start
        raise ValueError(f"nothing is at {address:#x}")

    def _symbol(self, name):
        """A symbol's address."""
        _, place, size, _ = self.sections[".symtab"]
        strings = self.sections[".strtab"][1]
        for at in range(place, place + size, 24):
            text, _, _, _, value, _ = struct.unpack_from("<IBBHQQ", self.data, at)
            if self._text(strings + text) == name:
                return value
        raise ValueError(f"there is no symbol {name}")

    def _pointers(self):
        first, end = self._symbol("__gcov_info_start"), self._symbol("__gcov_info_end")
        return struct.unpack_from(f"<{(end - first) // 8}Q", self.data, self._at(first))

    def _object(self, address):
        """One struct gcov_info: the name of its .gcda file, its head and functions."""
        at = self._at(address)
        version, _, stamp, checksum, name = struct.unpack_from("<I4xQIIQ", self.data, at)
        # As "B22*", which is 12.2; there are more kinds of counters from 14 on.
        letters = struct.pack(">I", version).decode()
        kinds = 8 if (ord(letters[0]) - ord("A")) * 10 + int(letters[1]) < 14 else 9
        count, table = struct.unpack_from("<I4xQ", self.data, at + 32 + 8 * kinds)
        functions = []
        for pointer in struct.unpack_from(f"<{count}Q", self.data, self._at(table)):
            if not pointer:
                continue
            key, *ident, number, values = struct.unpack_from("<QIII4xI4xQ", self.data,
                                                             self._at(pointer))
            # One of another object's, by a function that both have: it counts there.
            if key == address:
                functions.append(Function(ident, values, number))
        return self._text(self._at(name)), ((version, stamp, checksum), functions)

    def read(self, ram):
        """The counters in the file @ram, a machine's memory from its start on; or None."""
        start = self._symbol("__image_start")
        head = self.data[self._at(start):][:PAGE]
        at = -1
        with open(ram, "rb") as f, mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ) as memory:
            while True:
                # A loader may have left another copy, which never ran.
                at = memory.find(head, at + 1, FAR)
                if at < 0:
                    return None
                if at % PAGE:
                    continue
                words = array.array("Q")
                words.frombytes(memory[at + self.first - start:at + self.end - start])
                if any(words):
                    return words


def counters(image):
    """The file in which those of all machines that booted @image are added up."""
    return os.path.join(os.path.dirname(image), "gcov.counters")


def add(image, ram):
    """Adds the counters in @ram to the sum. Return: whether there were any."""
    words = Image(image).read(ram)
    if words is None:
        return False
    with open(counters(image), "a+b") as f:
        fcntl.flock(f, fcntl.LOCK_EX)
        f.seek(0)
        old = array.array("Q")
        old.frombytes(f.read())
        if old:
            words = array.array("Q", (min(a + b, 2 ** 63 - 1) for a, b in zip(old, words)))
        f.truncate(0)
        f.write(words.tobytes())
    return True


def write_gcda(path):
    """The .gcda files of the image at @path, by the sum, or zeroes."""
    image = Image(path)
    words = array.array("Q", bytes(image.end - image.first))
    if os.path.exists(counters(path)):
        with open(counters(path), "rb") as f:
            words = array.array("Q")
            words.frombytes(f.read())
    for name, (head, functions) in image.objects.items():
        text = struct.pack("<4I", DATA, *head)
        for f in functions:
            first = (f.values - image.first) // 8
            text += struct.pack("<5I", FUNCTION, 12, *f.ident)
            text += struct.pack("<2I", ARCS, 8 * f.count) + words[first:first + f.count].tobytes()
        with open(name, "wb") as f:
            f.write(text + bytes(4))


def read_gcda(tool, folder):
    """What the program @tool, a gcov, tells of the .gcda files in and below @folder: for each
    source file a dictionary with its name, lines and functions."""
    for path in glob.glob(f"{folder}/**/*.gcda", recursive=True):
        done = subprocess.run([tool, "-j", "-t", "-o", os.path.dirname(path), path], check=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=folder)
        for said in done.stdout.splitlines():
            yield from json.loads(said)["files"]
