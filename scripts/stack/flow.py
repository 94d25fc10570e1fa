# SPDX-License-Identifier: Apache-2.0
"""How deep the stack is at each instruction of a function, and what it calls from there."""
import insns

DEEPEST = 1 << 16	# more than any stack: it grows in a loop

# Between functions, and behind jumps as barriers against running ahead.
FILLING = ("nop", "nopw", "nopl", "int3", "xchg", "data16", "cs", "unimp", "udf", "ud2", "dsb", "isb",
           "sb")


class Fault(Exception):
    """What nothing is known of: the proof fails."""


class Site:
    """A call at @addr, @depth bytes below the function's entry: of @target, None by a register."""

    def __init__(self, addr, depth, target, tail):
        self.addr, self.depth, self.target, self.tail = addr, depth, target, tail


class Body:
    """What walk() finds."""

    def __init__(self):
        self.depth = 0	# with the return addresses of calls
        self.frame = 0	# without
        self.sites = []
        self.states = {}


class Walker:
    """Follows paths through @code: instructions by address."""

    def __init__(self, code, places, rules):
        self.code, self.places, self.rules = code, places, rules

    def apply(self, insn, state, compiled):
        """sp and fp behind @insn."""
        sp, fp = state
        new_sp, new_fp = sp, fp
        if insn.sp:
            kind = insn.sp[0]
            if kind == "move":
                new_sp = sp + insn.sp[1]
            elif kind == "from" and fp is not None:
                new_sp = fp + insn.sp[1]
            elif compiled or kind == "lost":
                raise Fault(f"{self.places.name(insn.addr)}: the stack pointer is not known behind "
                            f"'{insn.text}'")
        if insn.fp:
            new_fp = None
            if insn.fp[0] == "from":
                new_fp = sp + insn.fp[1]
            elif insn.fp[0] == "move" and fp is not None:
                new_fp = fp + insn.fp[1]
        return new_sp, new_fp

    def walk(self, entry, compiled):
        """From @entry on, as far as jumps lead. A compiled function is walked whole."""
        body = Body()
        end = self.places.end(entry)
        self._follow(body, entry, [(entry, 0, None)], compiled)
        if compiled:
            self._tables(body, entry, end)
        return body

    def _tables(self, body, entry, end):
        """The cases of a switch: what only a jump table leads to."""
        tables = [a for a in body.states if entry <= a < end and self._is_switch(a, body)]
        for addr in sorted(a for a in self.code if entry <= a < end):
            if addr in body.states or self.code[addr].text.split()[0] in FILLING:
                continue
            if not tables:
                raise Fault(f"{self.places.name(addr)}: nothing leads to '{self.code[addr].text}'")
            before = max(tables, key=lambda a: body.states[a][0])
            self._follow(body, entry, [(addr, *body.states[before])], True)

    def _is_switch(self, addr, body):
        """Whether it is a jump by a table: a tail call has given its frame back."""
        return self.code[addr].flow == insns.JUMP_BY_REGISTER and \
            (body.states[addr][0] > 0 or self.places.switch(addr))

    def _follow(self, body, entry, todo, compiled):
        while todo:
            addr, sp, fp = todo.pop()
            seen = body.states.get(addr)
            if seen is not None:
                if seen[0] >= sp and (seen[1] is None or seen[1] == fp):
                    continue
                sp = max(sp, seen[0])
                fp = fp if seen[1] == fp else None
            if sp > DEEPEST:
                raise Fault(f"{self.places.name(addr)}: the stack grows in a loop")
            insn = self.code.get(addr)
            if insn is None:
                raise Fault(f"{self.places.name(entry)}: leads to {addr:#x}, where there is no code")
            body.states[addr] = (sp, fp)
            self._step(body, entry, insn, (sp, fp), todo, compiled)

    def _step(self, body, entry, insn, state, todo, compiled):
        after = self.apply(insn, state, compiled)
        extra = self.rules.extra(insn)
        body.frame = max(body.frame, state[0], after[0])
        body.depth = max(body.depth, state[0] + extra, after[0])
        follow = insn.addr + insn.size
        if insn.flow in (insns.CALL, insns.CALL_BY_REGISTER):
            if not self.rules.inside(insn):
                body.sites.append(Site(insn.addr, state[0] + insn.peak, insn.target, False))
                body.depth = max(body.depth, state[0] + insn.peak)
            if self.places.returns(insn.target) and (not compiled or self.places.same(insn.addr, follow)):
                todo.append((follow, *after))
            if self.rules.inside(insn):
                todo.append((insn.target, *after))
        elif insn.flow in (insns.JUMP, insns.BRANCH):
            self._jump(body, entry, insn, after, todo)
            if insn.flow == insns.BRANCH:
                todo.append((follow, *after))
        elif insn.flow == insns.JUMP_BY_REGISTER:
            if compiled and not self._is_switch(insn.addr, body):
                body.sites.append(Site(insn.addr, state[0], None, True))
            elif not compiled:
                for target in self.rules.jumps(insn.addr):
                    todo.append((target, *after))
        elif insn.flow == insns.RETURN:
            for target in self.rules.comes_back(insn):
                todo.append((target, *after))
        elif insn.flow == insns.NEXT:
            if not compiled or self.places.same(insn.addr, follow):
                todo.append((follow, *after))

    def _jump(self, body, entry, insn, after, todo):
        target = insn.target
        if self.rules.cut(entry, target):
            return
        if after[0] <= 0 and self.places.is_function(target) and target != entry:
            body.sites.append(Site(insn.addr, max(after[0], 0), target, True))
        else:
            todo.append((target, *after))
