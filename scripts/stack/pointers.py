# SPDX-License-Identifier: Apache-2.0
"""Which functions a call by a pointer can reach.

A function can be reached whose address is taken and whose prototype is the pointer's. Where the
pointer is a member of a struct that is set by nothing but initialisers, it is those of static
variables that stand in this member, and those whose address is taken by code.
"""
import glob
import os
import re
import subprocess

import assigned
from elf import STT_OBJECT
from flow import Fault

# A call in C: what the function is a member of, and its name before the parenthesis.
CALL = re.compile(r"((?:\b\w+(?:\[[^\[\]]*\])*\s*(?:->|\.))*)\s*\b([A-Za-z_]\w*)\s*"
                  r"(?:\[[^\[\]]*\]\s*)?\)?\s*\(")


class Lines:
    """The source of addresses, by addr2line."""

    def __init__(self, top, addr2line, image, addresses):
        out = os.path.dirname(os.path.abspath(image))
        self.top, self.files, self.at = top, {}, {}
        asked = sorted(addresses)
        said = subprocess.run([addr2line, "-e", image, "-a", "-f", "-i"], check=True, text=True,
                              input="".join(f"{a:#x}\n" for a in asked), stdout=subprocess.PIPE).stdout
        for block in re.split(r"^0x", said, flags=re.M)[1:]:
            lines = block.splitlines()
            place = re.sub(r" \(discriminator \d+\)", "", lines[2])
            name, _, line = place.rpartition(":")
            # In the output directory by what the compiler was told of directories: of clang's
            # tables (DWARF 5), whose first directory is relative, addr2line has it twice.
            for folder in (out, os.path.relpath(out, top)):
                while name.startswith(folder + "/"):
                    name = name[len(folder) + 1:]
            self.at[int(lines[0], 16)] = (name, int(line) if line.isdigit() else 0, lines[1])

    def source(self, name):
        """The lines of a file, without comments."""
        if name not in self.files:
            path = os.path.join(self.top, name)
            text = ""
            if os.path.isfile(path):
                with open(path, encoding="utf-8") as f:
                    text = f.read()
            text = re.sub(r"/\*.*?\*/", lambda m: "\n" * m.group().count("\n"), text, flags=re.S)
            self.files[name] = re.sub(r'"(\\.|[^"\\\n])*"', '""', text).split("\n")
        return self.files[name]

    def texts(self, addr):
        """The line that an instruction is of, and then the statement round it."""
        name, line, _ = self.at.get(addr, ("", 0, ""))
        lines = self.source(name)
        if not 0 < line <= len(lines):
            return []
        first = last = line - 1
        while first and line - first < 8 and not re.search(r"[;{}:]\s*$", lines[first - 1]):
            first -= 1
        while last + 1 < len(lines) and last - line < 8 and not re.search(r"[;{}]\s*$", lines[last]):
            last += 1
        return [lines[line - 1], " ".join(lines[first:last + 1])]

    def where(self, addr):
        """file:line of an instruction."""
        return "%s:%d" % self.at.get(addr, ("?", 0))[:2]

    def function(self, addr):
        """The function that was written there: the innermost of what is inlined."""
        return self.at.get(addr, ("", 0, ""))[2]


class Pointers:
    """The pointers to functions of an image."""

    def __init__(self, elf, dwarf, code, lines, setters, unset):
        self.dwarf, self.lines, self.setters, self.unset = dwarf, lines, setters, unset
        self.names = {}
        self.prototypes = {}	# of functions, by their address
        self.members = {}	# by the name of a member: the struct and the prototype
        self.parameters = {}	# by function: name and prototype of those that are given functions
        self.variables = {}	# by function (None: global) and name: prototypes
        self.holders = {}	# the structs that variables, and members by struct and name, are of
        for die in dwarf.dies.values():
            if die.tag == "function" and die.get("low_pc"):
                self.names[die.get("low_pc")] = dwarf.name(die)
                self.prototypes[die.get("low_pc")] = dwarf.prototype(dwarf.origin(die))
            elif die.tag == "member" and die.parent:
                self._member(die)
            elif die.tag in ("variable", "parameter"):
                self._variable(dwarf.origin(die))
        self.slots, self.taken = {}, set()
        self._addresses(elf, code)
        self.assigned = self._assigned()

    def _member(self, die):
        if kind := self.dwarf.pointed(die):
            self.members.setdefault(die.get("name"), set()).add((self.dwarf.tag_name(die.parent), kind))
        if holder := self.dwarf.struct_of(die):
            self.holders.setdefault((self.dwarf.tag_name(die.parent), die.get("name")), set()).add(holder)

    def _variable(self, die):
        function = die.parent
        while function is not None and function.tag != "function":
            function = function.parent
        key = (self.dwarf.name(function) if function else None, self.dwarf.name(die))
        if kind := self.dwarf.pointed(die):
            self.variables.setdefault(key, set()).add(kind)
            if die.tag == "parameter" and None not in key:
                self.parameters.setdefault(key[0], set()).add((key[1], kind))
        if holder := self.dwarf.struct_of(die):
            self.holders.setdefault(key, set()).add(holder)

    def _addresses(self, elf, code):
        """Where the address of a function is taken."""
        tables = {}
        for die in self.dwarf.dies.values():
            if die.tag == "variable" and (at := self.dwarf.address(die)):
                tables.setdefault(at, self.dwarf.origin(die))
        objects = sorted((s.value, s.size) for s in elf.symbols if s.kind == STT_OBJECT)
        for section, place, target, none in elf.relocations():
            if none or section.name == ".eh_frame":	# unwind tables: nothing calls by them
                continue
            if section.flags & 4:
                if self._takes(code, place, target):
                    self.taken.add(self._takes(code, place, target))
            elif target in self.prototypes:
                slot = None
                for start, size in objects:
                    if start <= place < start + size and start in tables:
                        slot = self.dwarf.slot(tables[start], place - start)
                if slot:
                    self.slots.setdefault(slot, set()).add(target)
                else:
                    self.taken.add(target)

    def _takes(self, code, place, target):
        """The function that an instruction takes the address of, None if it does not."""
        insn = next((code[a] for a in range(place, place - 16, -1) if a in code), None)
        if insn is not None and (insn.flow or insn.target is not None):
            return None
        if insn is not None and target not in self.prototypes:
            target += insn.addr + insn.size - place	# relative to the next instruction
        return target if target in self.prototypes else None

    def _sources(self):
        """The text of each source that is linked, and of the headers beside them and in include/."""
        names = {unit.root.get("name") for unit in self.dwarf.units}
        for folder in {os.path.dirname(n) for n in names} | {"include"}:
            names |= set(glob.glob(os.path.join(folder, "**" if folder == "include" else "", "*.h"),
                                   root_dir=self.lines.top, recursive=True))
        return {n: "\n".join(self.lines.source(n)) for n in sorted(names)}

    def _assigned(self):
        """Members that are set to something else than a function by its name."""
        functions = {self.dwarf.name(d) for d in self.dwarf.dies.values() if d.tag == "function"}
        structs = {s for known in self.members.values() for s, _ in known}
        found, by_position = set(), set()
        for text in self._sources().values():
            found |= assigned.other_mentions(text, self.members, functions)
            by_position |= assigned.positional(text, structs, functions)
        return found | {name for name, known in self.members.items()
                        if any(struct in by_position for struct, _ in known)}

    def _matching(self, kind, slot):
        """Functions of a prototype; of those in tables only what is in @slot, None: in any."""
        known = set(self.taken)
        for at, functions in self.slots.items():
            if slot is None or at == slot:
                known |= functions
        return {f for f in known if self.prototypes[f] == kind}

    def _structs(self, function, chain):
        """The structs that a chain of names, as in "dev->ops->", can be; nothing if not known."""
        first, *rest = re.findall(r"\b([A-Za-z_]\w*)(?:\[[^\[\]]*\])*\s*(?:->|\.)", chain) or [""]
        types = self.holders.get((function, first)) or self.holders.get((None, first)) or set()
        for name in rest:
            types = {t for struct in types for t in self.holders.get((struct, name), ())}
        return types

    def _by_member(self, function, chain, name):
        """What a call of a member reaches: of which struct, the types of what it is in say."""
        known = self.members[name]
        types = self._structs(function, chain)
        if any(struct in types for struct, _ in known):
            known = {(struct, kind) for struct, kind in known if struct in types}
        found = set()
        for struct, kind in known:
            given = self.setters.get((struct, name))
            if given:
                found |= self._given(given, name, kind)
            else:
                found |= self._matching(kind, None if name in self.assigned else (struct, name))
        return found

    def _given(self, setters, name, kind):
        """What is given to the functions that set a member. One may pass on what it is given."""
        found = set()
        functions = {self.names.get(f): f for f in self._matching(kind, None)}
        for path, text in self._sources().items():
            for call in re.finditer(rf"\b({'|'.join(setters)})\s*\(([^;{{]*)[;{{]", text):
                words = set(re.findall(r"\w+", call.group(2)))
                if "(*" in call.group(2) or "NULL" in words:	# its declaration, or none
                    continue
                if not words & (set(functions) | {name}):
                    raise Fault(f"{path}: {call.group(1)}() is given a function "
                                f"that is not known: {call.group(2)}")
                found |= {functions[w] for w in words & set(functions)}
        return found

    def _by_variable(self, addr, function, name, kinds):
        """What a call by a variable reaches: one that is set to members, or any."""
        text = "\n".join(self.lines.source(self.lines.at[addr][0]))
        sources = re.findall(rf"(?<![.>\w]){name}\s*=(?!=)\s*([^;]*);", text)
        members = [re.search(r"((?:\w+(?:\[[^\[\]]*\])*(?:->|\.))+)(\w+)", s) for s in sources]
        found = set()
        if sources and all(m and m.group(2) in self.members for m in members) and \
                name not in {p for p, _ in self.parameters.get(function, ())}:
            for match in members:
                found |= self._by_member(function, match.group(1), match.group(2))
            return found
        for kind in kinds:
            found |= self._matching(kind, None)
        return found

    def gives(self, addr, target, caller, given):
        """
        What a call gives to parameters of @target that point to functions, as far as the source
        names it: ((parameter, functions), ...).
        """
        found = {}
        words = None
        for name, kind in self.parameters.get(self.names.get(target), ()):
            if words is None:
                words = set(re.findall(r"\w+", " ".join(self.lines.texts(addr))))
            functions = {f for f in self._matching(kind, None) if self.names[f] in words}
            own = self.lines.function(addr) == self.names.get(caller)
            passed = [given[w] for w in words & set(given)] if own else []
            if functions and not passed:
                found[name] = frozenset(functions)
            elif len(passed) == 1 and not functions:
                found[name] = passed[0]
        return tuple(sorted(found.items(), key=lambda item: (item[0], sorted(item[1]))))

    def targets(self, addr, caller, given):
        """
        Functions that the call at @addr in @caller can reach; @given: by its parameters. Raises
        Fault if its pointer is not found, or no function that it can point to.
        """
        function = self.lines.function(addr)
        for text in self.lines.texts(addr):
            found, known = set(), False
            for chain, name in CALL.findall(text):
                kinds = self.variables.get((function, name)) or self.variables.get((None, name))
                if chain and name in self.members:
                    found |= self._by_member(function, chain, name)
                    known = True
                elif not chain and name in given and function == self.names.get(caller):
                    found |= given[name]
                    known = True
                elif not chain and kinds:
                    found |= self._by_variable(addr, function, name, kinds)
                    known = True
            if known and not found and not self.unset & {(function, n) for _, n in CALL.findall(text)}:
                raise Fault(f"{self.lines.where(addr)}: no function is found that this call reaches")
            if known:
                return found
        raise Fault(f"{self.lines.where(addr)}: no pointer to a function is found in this call")
