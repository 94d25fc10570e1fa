# SPDX-License-Identifier: Apache-2.0
"""What DWARF 4 and 5 tell of functions, and of pointers to functions and where they are kept."""
import struct

TAG = {0x01: "array", 0x04: "enum", 0x05: "parameter", 0x0d: "member", 0x0f: "pointer",
       0x11: "unit", 0x13: "struct", 0x15: "function_type", 0x16: "typedef", 0x17: "struct",
       0x18: "ellipsis", 0x21: "subrange", 0x24: "base", 0x26: "const", 0x2e: "function",
       0x34: "variable", 0x35: "volatile"}
AT = {0x02: "location", 0x03: "name", 0x0b: "size", 0x11: "low_pc", 0x31: "origin",
      0x37: "count", 0x38: "offset", 0x2f: "upper", 0x47: "origin", 0x49: "type", 0x3a: "file",
      0x3b: "line", 0x72: "str_base", 0x73: "addr_base", 0x87: "noreturn", 0x3c: "declaration"}
FIXED = {0x01: 8, 0x0b: 1, 0x05: 2, 0x06: 4, 0x07: 8, 0x0c: 1, 0x0e: 4, 0x11: 1, 0x12: 2, 0x13: 4,
         0x14: 8, 0x17: 4, 0x1f: 4, 0x25: 1, 0x26: 2, 0x28: 4, 0x29: 1, 0x2a: 2, 0x2c: 4, 0x1e: 16}


def leb(data, at, signed=False):
    """A LEB128 number. Return: it, and where it ends."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7f) << shift
        shift += 7
        if not byte & 0x80:
            break
    if signed and byte & 0x40:
        value -= 1 << shift
    return value, at


class Die:
    """An entry: its tag, attributes and children that are of interest."""

    __slots__ = ("tag", "attrs", "children", "unit", "parent")

    def __init__(self, tag, attrs, unit, parent):
        self.tag, self.attrs, self.unit, self.parent = tag, attrs, unit, parent
        self.children = []

    def get(self, name):
        """An attribute, None without."""
        return self.attrs.get(name)


class Unit:
    """A compilation unit: its name and the tables that its forms refer to."""

    def __init__(self, start, version):
        self.start, self.version = start, version
        self.str_base = 8
        self.addr_base = 8
        self.root = None


class Dwarf:
    """All entries of @elf by their offset."""

    def __init__(self, elf):
        self.info = elf.bytes_of(".debug_info")
        self.abbrev = elf.bytes_of(".debug_abbrev")
        self.strings = {0x0e: elf.bytes_of(".debug_str"), 0x1f: elf.bytes_of(".debug_line_str")}
        self.str_offsets = elf.bytes_of(".debug_str_offsets")
        self.addresses = elf.bytes_of(".debug_addr")
        self.dies, self.units = {}, []
        self.names, self.tables = {}, {}
        at = 0
        while at < len(self.info):
            at = self._unit(at)

    def _text(self, form, offset):
        data = self.strings[form]
        return data[offset:data.index(b"\0", offset)].decode()

    def _abbrevs(self, at):
        if at in self.tables:
            return self.tables[at]
        table, start = {}, at
        while True:
            code, at = leb(self.abbrev, at)
            if not code:
                break
            tag, at = leb(self.abbrev, at)
            children = self.abbrev[at]
            at += 1
            specs = []
            while True:
                name, at = leb(self.abbrev, at)
                form, at = leb(self.abbrev, at)
                const = None
                if form == 0x21:
                    const, at = leb(self.abbrev, at, True)
                if not name and not form:
                    break
                specs.append((AT.get(name), form, const))
            table[code] = (TAG.get(tag), children, specs)
        self.tables[start] = table
        return table

    def _skip(self, form, at):
        """A form that has no fixed size. Return: its value, and where it ends."""
        info = self.info
        if form in (0x0d,):
            return leb(info, at, True)
        if form in (0x0f, 0x15, 0x1a, 0x1b, 0x22, 0x23):
            return leb(info, at)
        if form == 0x08:
            end = info.index(b"\0", at)
            return info[at:end].decode(), end + 1
        if form in (0x18, 0x09):
            size, at = leb(info, at)
        elif form in (0x0a, 0x03, 0x04):
            width = {0x0a: 1, 0x03: 2, 0x04: 4}[form]
            size = int.from_bytes(info[at:at + width], "little")
            at += width
        else:
            raise SystemExit(f"DWARF: form {form:#x} is not known")
        return info[at:at + size], at + size

    def _value(self, unit, form, const, at):
        if form == 0x21:
            return const, at
        if form == 0x19:
            return 1, at
        size = FIXED.get(form)
        if not size:
            return self._skip(form, at)
        value = int.from_bytes(self.info[at:at + size], "little")
        at += size
        if form in self.strings:
            value = self._text(form, value)
        elif form in (0x11, 0x12, 0x13, 0x14):
            value += unit.start
        return value, at

    def _settle(self, unit, attrs):
        """Indices into tables of the unit, when these are known."""
        for name, (form, value) in list(attrs.items()):
            if form in (0x1a, 0x25, 0x26, 0x28):
                at = unit.str_base + 4 * value
                value = self._text(0x0e, int.from_bytes(self.str_offsets[at:at + 4], "little"))
            elif form in (0x1b, 0x29, 0x2a, 0x2c):
                value = self.indexed(unit, value)
            attrs[name] = value
        return attrs

    def indexed(self, unit, index):
        """An address of the unit's table."""
        at = unit.addr_base + 8 * index
        return int.from_bytes(self.addresses[at:at + 8], "little")

    def _unit(self, start):
        length, version = struct.unpack_from("<IH", self.info, start)
        end = start + 4 + length
        unit = Unit(start, version)
        if version == 5:
            table, = struct.unpack_from("<I", self.info, start + 8)
            at = start + 12
        else:
            table, = struct.unpack_from("<I", self.info, start + 6)
            at = start + 11
        abbrevs = self._abbrevs(table)
        parents = []
        while at < end:
            offset = at
            code, at = leb(self.info, at)
            if not code:
                if parents:
                    parents.pop()
                continue
            tag, children, specs = abbrevs[code]
            attrs = {}
            for name, form, const in specs:
                value, at = self._value(unit, form, const, at)
                if name:
                    attrs[name] = (form, value)
            if tag == "unit":
                unit.str_base = attrs.get("str_base", (0, 8))[1]
                unit.addr_base = attrs.get("addr_base", (0, 8))[1]
                self.units.append(unit)
            parent = parents[-1] if parents else None
            die = Die(tag, self._settle(unit, attrs), unit, parent)
            if tag == "unit":
                unit.root = die
            self.dies[offset] = die
            if parent:
                parent.children.append(die)
            if children:
                parents.append(die)
        return end

    # ---- what they mean ----

    def origin(self, die):
        """The entry that a concrete one is of."""
        while die.get("origin") in self.dies:
            die = self.dies[die.get("origin")]
        return die

    def name(self, die):
        """The name of a function or variable."""
        while die.get("name") is None and die.get("origin") in self.dies:
            die = self.dies[die.get("origin")]
        return die.get("name")

    def target(self, die):
        """The type of @die, without qualifiers and typedefs; None is void."""
        at = die.get("type")
        while at is not None:
            die = self.dies[at]
            if die.tag not in ("typedef", "const", "volatile"):
                return die
            at = die.get("type")
        return None

    def type_text(self, at):
        """How a type is spelled, the same for types that are compatible."""
        if at is None:
            return "void"
        if at in self.names:
            return self.names[at]
        die = self.dies[at]
        if die.tag == "pointer":
            text = self.type_text(die.get("type")) + "*"
        elif die.tag in ("const", "volatile"):
            text = die.tag + " " + self.type_text(die.get("type"))
        elif die.tag == "typedef":
            text = self.type_text(die.get("type"))
        elif die.tag == "struct":
            text = "struct " + (die.get("name") or f"at line {die.get('line')}")
        elif die.tag == "function_type":
            text = "(" + self.prototype(die) + ")"
        elif die.tag == "array":
            text = self.type_text(die.get("type")) + "[]"
        elif die.tag == "enum":
            text = "unsigned int"	# which an enum may be passed as
        else:
            text = die.get("name") or "?"
        self.names[at] = text
        return text

    def prototype(self, die):
        """What a function takes and returns."""
        args = []
        for child in die.children:
            if child.tag == "ellipsis":
                args.append("...")
            elif child.tag == "parameter":
                at = child.get("type")
                if at is None and child.get("origin") in self.dies:
                    at = self.dies[child.get("origin")].get("type")
                while at is not None and self.dies[at].tag in ("const", "volatile"):
                    at = self.dies[at].get("type")
                args.append(self.type_text(at))
        return f"{self.type_text(die.get('type'))}({', '.join(args)})"

    def pointed(self, die):
        """The prototype of the functions that a variable or member points to, or None."""
        kind, pointers = self.target(die), 0
        while kind is not None and kind.tag in ("pointer", "array"):
            pointers += kind.tag == "pointer"
            kind = self.target(kind)
        if kind is not None and kind.tag == "function_type" and pointers:
            return self.prototype(kind)
        return None

    def tag_name(self, kind):
        """The name of a struct."""
        return kind.get("name") or f"at line {kind.get('line')}"

    def struct_of(self, die):
        """The struct that a variable or member is, points to or has elements of; or None."""
        kind = self.target(die)
        while kind is not None and kind.tag in ("pointer", "array"):
            kind = self.target(kind)
        return self.tag_name(kind) if kind is not None and kind.tag == "struct" else None

    def slot(self, die, offset):
        """(struct, member) at @offset of a variable, or None."""
        kind = self.target(die)
        found = None
        while kind is not None:
            if kind.tag == "array":
                kind = self.target(kind)
                size = self.size(kind)
                offset %= size or 1
            elif kind.tag == "struct":
                inside = [m for m in kind.children if m.tag == "member" and
                          (m.get("offset") or 0) <= offset]
                if not inside:
                    return found
                member = max(inside, key=lambda m: m.get("offset") or 0)
                offset -= member.get("offset") or 0
                found = (self.tag_name(kind), member.get("name"))
                kind = self.target(member)
            else:
                return found
        return found

    def size(self, kind):
        """Bytes of a type."""
        if kind is None:
            return 0
        if kind.get("size") is not None:
            return kind.get("size")
        if kind.tag == "pointer":
            return 8
        if kind.tag == "array":
            total = self.size(self.target(kind))
            for child in kind.children:
                if child.tag == "subrange":
                    upper = child.get("upper")
                    total *= child.get("count") or (upper + 1 if upper is not None else 0)
            return total
        return 0

    def address(self, die):
        """Where a variable is, None if nowhere fixed."""
        place = die.get("location")
        if not isinstance(place, bytes) or not place:
            return None
        if place[0] == 0x03 and len(place) == 9:
            return int.from_bytes(place[1:], "little")
        if place[0] == 0xa1:
            return self.indexed(die.unit, leb(place, 1)[0])
        return None
