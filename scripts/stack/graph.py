# SPDX-License-Identifier: Apache-2.0
"""The call graph of an image, and the deepest path from an entry."""
import bisect
import os
import re

from elf import STT_FUNC
from flow import Fault, Walker


class Places:
    """The functions and labels of an image."""

    def __init__(self, elf, dwarf, lines):
        text = elf.by_name[".text"]
        inside = [s for s in elf.symbols if text.addr <= s.value < text.addr + text.size and
                  s.name and not s.name.startswith(("$", ".L")) and s.kind in (0, STT_FUNC)]
        self.addresses = {s.name: s.value for s in elf.symbols if s.is_global}
        self.labels = {}
        for s in sorted(inside, key=lambda s: (s.kind == STT_FUNC, s.is_global)):
            self.labels[s.value] = s.name
        self.by_name = {}
        for s in inside:
            self.by_name.setdefault(s.name, s.value)
        self.order = sorted(self.labels)
        self.functions = {s.value: s.value + s.size for s in inside if s.kind == STT_FUNC and s.size}
        self.starts = sorted(self.functions)
        self.compiled, self.units = set(), {}
        self.noreturn = set()
        names = {}
        for die in dwarf.dies.values():
            if die.tag == "function":
                names.setdefault(dwarf.name(die), set()).add(bool(dwarf.origin(die).get("noreturn")))
                if die.get("low_pc"):
                    self.compiled.add(die.get("low_pc"))
                    self.units[die.get("low_pc")] = die.unit.root.get("name")
        for name, flags in names.items():
            if True in flags and name in self.by_name:
                self.noreturn.add(self.by_name[name])
        self.enters = {s.value for s in inside if s.is_global or s.kind == STT_FUNC}
        self.lines = lines

    def start(self, addr):
        """The compiled function that an address is in, None outside."""
        at = bisect.bisect_right(self.starts, addr) - 1
        if at >= 0 and addr < self.functions[self.starts[at]]:
            return self.starts[at]
        return None

    def same(self, a, b):
        """Whether two addresses are in one function."""
        return self.start(a) == self.start(b)

    def end(self, entry):
        """Where a function ends."""
        return self.functions.get(entry, entry)

    def is_function(self, addr):
        """Whether a jump to @addr may be a call."""
        return addr in self.enters

    def returns(self, addr):
        """Whether a call of it comes back."""
        return addr not in self.noreturn

    def switch(self, addr):
        """Whether a jump by a register is that of a switch."""
        texts = self.lines.texts(addr)
        return any("switch" in text.replace("(", " ").split() for text in texts)

    def name(self, addr):
        """The function or label that an address is in."""
        at = bisect.bisect_right(self.order, addr) - 1
        return self.labels[self.order[at]] if at >= 0 else f"{addr:#x}"


class Graph:
    """Functions, what they call, and how deep they are."""

    def __init__(self, code, places, pointers, rules, frames):
        self.code, self.places, self.pointers = code, places, pointers
        self.rules, self.frames = rules, frames
        self.walker = Walker(code, places, rules)
        self.bodies, self.edges, self.worst_of = {}, {}, {}

    def body(self, entry):
        """What is in a function."""
        if entry not in self.bodies:
            self.bodies[entry] = self.walker.walk(entry, entry in self.places.compiled)
        return self.bodies[entry]

    def calls(self, entry, given=()):
        """
        (bytes, function, what it is given) of each call; a tail call has none of the caller's
        bytes. @given: the functions that parameters of @entry point to, where they are known.
        """
        key = (entry, given)
        if key not in self.edges:
            deepest = {}
            for site in self.body(entry).sites:
                if site.target is not None:
                    targets = [site.target]
                else:
                    targets = self.pointers.targets(site.addr, entry, dict(given))
                for target in targets:
                    if not self.rules.cut(entry, target):
                        call = (target, self.pointers.gives(site.addr, target, entry, dict(given)))
                        deepest[call] = max(site.depth, deepest.get(call, 0))
            self.edges[key] = [(depth, *call) for call, depth in deepest.items()]
        return self.edges[key]

    def reached(self, entry):
        """All functions that are reached from @entry, it among them."""
        found, todo = {(entry, ())}, [(entry, ())]
        while todo:
            for _, *call in self.calls(*todo.pop()):
                if tuple(call) not in found:
                    found.add(tuple(call))
                    todo.append(tuple(call))
        return {function for function, _ in found}

    def frame(self, entry):
        """What the function itself needs."""
        return max(self.body(entry).depth, self.frames.get(entry, 0))

    def worst(self, entry, given=(), state=(0, 0), above=()):
        """
        (bytes, path) of the deepest there is from @entry. Recursion is a Fault. @state is the
        rules': of what bounds recursion.
        """
        key = (entry, given, state)
        if key in self.worst_of:
            return self.worst_of[key]
        if key in above:
            names = [self.places.name(a[0]) for a in above[above.index(key):]]
            raise Fault("recursion: " + " > ".join(names + [names[0]]))
        best = (self.frame(entry), [(entry, self.frame(entry))])
        for depth, target, gives in self.calls(entry, given):
            under = self.rules.descend(self, entry, target, state)
            if under is None or self.rules.left_out(target):
                continue
            below, path = self.worst(target, gives, under, above + (key,))
            if depth + below > best[0]:
                best = (depth + below, [(entry, depth)] + path)
        self.worst_of[key] = best
        return best


    def choose(self, without):
        """Leave functions out from now on."""
        self.rules.without, self.worst_of = tuple(without), {}

    def depth_to(self, entry, ends, given=(), seen=None):
        """(bytes, path) of the deepest way from @entry to one of @ends, or None."""
        seen = {} if seen is None else seen
        if entry in ends:
            return 0, []
        key = (entry, given)
        if key not in seen:
            seen[key] = None	# one that is looked at already leads nowhere new
            best = None
            for depth, target, gives in self.calls(entry, given):
                way = None if self.rules.left_out(target) else \
                    self.depth_to(target, ends, gives, seen)
                if way and (best is None or depth + way[0] > best[0]):
                    best = (depth + way[0], [(entry, depth)] + way[1])
            seen[key] = best
        return seen[key]


def stack_usage(out, places):
    """{function: bytes} of what the compiler says (-fstack-usage)."""
    frames, faults, files = {}, [], {}
    for entry in places.compiled:
        name = places.labels.get(entry)
        unit = places.units[entry]
        path = os.path.join(out, os.path.splitext(unit)[0] + ".su")
        if path not in files:
            files[path] = {}
            if os.path.exists(path):
                with open(path, encoding="utf-8") as f:
                    for line in f:
                        place, size, kind = line.rstrip("\n").split("\t")
                        known = files[path].get(place.rsplit(":", 1)[1], (0, ""))
                        files[path][place.rsplit(":", 1)[1]] = max((int(size), kind), known)
        # What gcc makes of a function it numbers, and tells without the number.
        name = name if name in files[path] else re.sub(r"\.\d+$", "", name)
        if name not in files[path]:
            faults.append(f"{unit}: {name}: the compiler does not say what stack it needs")
            continue
        size, kind = files[path][name]
        if kind == "dynamic":
            faults.append(f"{unit}: {name}: its stack has no bound (alloca or an array of variable size)")
        frames[entry] = size
    return frames, faults
