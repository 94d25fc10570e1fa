# SPDX-License-Identifier: Apache-2.0
"""Instructions of the three architectures, as far as the stack and the flow of control go.

decode() makes of a line of objdump's an Insn; what changes the stack pointer in a way that is not
known here is an error when a path reaches it, and never passed over.
"""
import re
import subprocess

# What an instruction does to the flow of control.
NEXT, BRANCH, JUMP, CALL, JUMP_BY_REGISTER, CALL_BY_REGISTER, RETURN, STOP = range(8)

# What becomes of the stack pointer (sp) or the frame pointer (fp), which are kept as the number of
# bytes below where sp was at the function's first instruction: ("move", n) adds n to it, ("from", n)
# is the other one's plus n, ("lost",) is unknown. Only assembly may load sp from elsewhere.


class Insn:
    """An instruction at @addr: its size, flow and target, and what it does to sp and fp."""

    __slots__ = ("addr", "size", "text", "flow", "target", "sp", "fp", "peak")

    def __init__(self, addr, text):
        self.addr, self.text = addr, text
        self.size, self.flow, self.target = 0, NEXT, None
        self.sp = self.fp = None
        self.peak = 0	# bytes below sp that it uses for the time of a call


def number(text):
    """A number as objdump has it."""
    return int(text.lstrip("#$"), 0)


def address(text):
    """The address of a branch: the last number, before the symbol."""
    match = re.search(r"(?:^|[,\s])(?:0x)?([0-9a-f]+)(?:\s+<[^>]*>)?$", text)
    return int(match.group(1), 16) if match else None


def riscv64(insn, name, ops, note):
    """RISC-V, with the aliases of the assembler."""
    args = ops.split(",")
    far = re.match(r"([0-9a-f]+)", note)
    if name in ("ret", "sret", "mret"):
        insn.flow = RETURN
    elif name in ("ebreak", "unimp"):
        insn.flow = STOP
    elif name == "j" or name == "jal" and args[0] == "zero":
        insn.flow, insn.target = JUMP, address(ops)
    elif name == "jal":
        insn.flow, insn.target = CALL, address(ops)
    elif name in ("jr", "jalr"):
        by = {"jr": (JUMP, JUMP_BY_REGISTER), "jalr": (CALL, CALL_BY_REGISTER)}[name]
        if name == "jalr" and args[0] == "zero":
            by = (JUMP, JUMP_BY_REGISTER)
        insn.target = int(far.group(1), 16) if far else None
        insn.flow = by[0] if far else by[1]
    elif re.fullmatch(r"b(eq|ne|lt|ge|gt|le)u?z?", name):
        insn.flow, insn.target = BRANCH, address(ops)
    elif args[0] == "sp" and not re.match(r"s[bhwd]$|fs[wd]$|csrw", name):
        if name in ("addi", "add") and args[1] in ("sp", "s0") and args[2][-1].isdigit() and args[2][0] in "-0123456789":
            insn.sp = ("move" if args[1] == "sp" else "from", -number(args[2]))
        elif name == "mv" and args[1] == "s0":
            insn.sp = ("from", 0)
        elif name == "auipc" or name in ("addi", "add", "mv") and args[1] == "sp":
            insn.sp = ("load",)
        else:
            insn.sp = ("load",) if name == "ld" else ("lost",)
    elif args[0] == "s0" and not re.match(r"s[bhwd]$|fs[wd]$|csrw", name):
        if name in ("addi", "add") and args[1] == "sp" and args[2][0] in "-0123456789":
            insn.fp = ("from", -number(args[2]))
        elif name == "mv" and args[1] == "sp":
            insn.fp = ("from", 0)
        else:
            insn.fp = ("lost",)


def aarch64(insn, name, ops, _note):
    """AArch64. Pairs of loads and stores may move sp before (!) or after their access."""
    args = [a.strip() for a in re.split(r",(?![^\[]*\])", ops)]
    fp_written = "x29" in args[:2 if name in ("ldp",) else 1] and not name.startswith("st")
    if name in ("ret", "eret"):
        insn.flow = RETURN
    elif name in ("brk", "udf", "hlt"):
        insn.flow = STOP
    elif name == "b":
        insn.flow, insn.target = JUMP, address(ops)
    elif name == "bl":
        insn.flow, insn.target = CALL, address(ops)
    elif name == "br":
        insn.flow = JUMP_BY_REGISTER
    elif name == "blr":
        insn.flow = CALL_BY_REGISTER
    elif name.startswith("b.") or name in ("cbz", "cbnz", "tbz", "tbnz"):
        insn.flow, insn.target = BRANCH, address(ops)
    elif args[0] == "sp" and name in ("add", "sub", "mov"):
        if name == "mov" and args[1] == "x29":
            insn.sp = ("from", 0)
        elif name != "mov" and args[1] in ("sp", "x29") and args[2].startswith("#"):
            value = number(args[2]) << (12 if "lsl #12" in ops else 0)
            insn.sp = ("move" if args[1] == "sp" else "from", value if name == "sub" else -value)
        else:
            insn.sp = ("load",)
    elif args[0] == "sp" and name not in ("cmp", "cmn"):
        insn.sp = ("lost",)
    elif "[sp, #" in ops and ops.endswith("]!"):
        insn.sp = ("move", -number(re.search(r"\[sp, (#-?\w+)\]!", ops).group(1)))
    elif re.search(r"\[sp\], #", ops):
        insn.sp = ("move", -number(args[-1]))
    if fp_written:
        insn.fp = ("lost",)
        if name == "mov" and args[1] == "sp":
            insn.fp = ("from", 0)
        elif name == "add" and args[1] == "sp" and args[2].startswith("#"):
            insn.fp = ("from", -number(args[2]))


def x86_64_sp(insn, name, args):
    """Instructions of x86-64 that write rsp or rbp."""
    last = args[-1]
    if name in ("push", "pushq", "pushf", "pushfq"):
        insn.sp = ("move", 8)
    elif name in ("pop", "popq", "popf", "popfq"):
        insn.sp = ("move", -8)
        insn.fp = ("lost",) if last == "%rbp" else None
    elif name in ("leave", "leaveq"):
        insn.sp, insn.fp = ("from", -8), ("lost",)
    elif name == "enter":
        insn.sp = ("lost",)
    elif last in ("%rsp", "%rbp") and not re.match(r"cmp|test", name):
        other = "%rbp" if last == "%rsp" else "%rsp"
        what = ("load",) if name.startswith("mov") else ("lost",)
        if name in ("sub", "add", "subq", "addq") and args[0].startswith("$"):
            value = number(args[0])
            value -= (1 << 64) if value >> 63 else 0
            what = ("move", value if name.startswith("sub") else -value)
        elif name in ("mov", "movq") and args[0] == other:
            what = ("from", 0)
        elif name == "lea" and (match := re.fullmatch(r"(-?0x\w+|)\((%r[sb]p)\)", args[0])):
            what = ("move" if match.group(2) == last else "from", -int(match.group(1) or "0", 16))
        if last == "%rsp":
            insn.sp = what
        else:
            insn.fp = what if what[0] in ("from", "move") else ("lost",)


def x86_64(insn, name, ops, _note):
    """x86-64 in the syntax of AT&T."""
    args = [a.strip() for a in re.split(r",(?![^(]*\))", ops)]
    while name in ("rep", "repz", "lock", "bnd", "notrack", "cs", "ds", "data16") and args:
        name, _, ops = ops.partition(" ")
        args = [a.strip() for a in re.split(r",(?![^(]*\))", ops.strip())]
    if name in ("ret", "retq", "iret", "iretq"):
        insn.flow = RETURN
    elif name in ("ud2", "int3"):
        insn.flow = STOP
    elif name in ("lret", "lretq", "lretl"):
        insn.sp = ("move", -16)		# to where it has just pushed: the next instruction
    elif name in ("call", "callq"):
        indirect = ops.startswith("*")
        insn.flow = CALL_BY_REGISTER if indirect else CALL
        insn.target = None if indirect else address(ops)
        insn.peak = 8
    elif name in ("jmp", "jmpq"):
        indirect = ops.startswith("*")
        insn.flow = JUMP_BY_REGISTER if indirect else JUMP
        insn.target = None if indirect else address(ops)
    elif name.startswith("j") or name.startswith("loop"):
        insn.flow, insn.target = BRANCH, address(ops)
    elif name == "ljmp":
        insn.flow = JUMP_BY_REGISTER
    else:
        x86_64_sp(insn, name, args)


DECODERS = {"riscv64": riscv64, "aarch64": aarch64, "x86_64": x86_64}


def disassemble(arch, objdump, path):
    """All instructions of the image by their address, each with its size."""
    text = subprocess.run([objdump, "-d", "-w", "-z", "--no-show-raw-insn", path], check=True,
                          stdout=subprocess.PIPE, text=True).stdout
    found, last = {}, None
    for line in text.splitlines():
        match = re.match(r"\s*([0-9a-f]+):\t(\S+)\s*(.*)", line)
        if not match:
            continue
        addr = int(match.group(1), 16)
        rest, _, note = match.group(3).partition("# ")
        rest = rest.split("//")[0].strip()
        insn = Insn(addr, f"{match.group(2)} {rest}".strip())
        if match.group(2) not in (".word", ".long", ".inst", ".byte", ".short", ".4byte", "(bad)"):
            DECODERS[arch](insn, match.group(2), re.sub(r"\s+<[^>]*>$", "", rest), note.strip())
        found[addr] = insn
        if last is not None:
            last.size = addr - last.addr
            if last.text.startswith("auipc sp"):	# an address, of two instructions
                insn.sp = ("load",)
        last = insn
    return found
