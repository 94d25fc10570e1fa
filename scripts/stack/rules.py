# SPDX-License-Identifier: Apache-2.0
"""What the instructions do not tell: reviewed by hand, each with its reason."""
import insns
from flow import Fault

# Members that are set by a function which is given it, or by another of the same list.
SETTERS = {
    ("thread", "fn"): ("thread_create", "thread_create_any"),
    ("cpu_call", "fn"): ("cpus_call",),
    ("irq_action", "fn"): ("irq_request", "irq_request_kept", "pci_msix_request", "request"),
    ("console_port", "notify"): ("console_port_create",),
    ("vblk_wait", "cond"): ("vblk_wait_for",),
    ("pauses", "fn"): ("fdt_check_pausing",),
}

# Calls by pointers that nothing sets on some architectures, by the function and the pointer's
# name: there they reach nothing.
UNSET = {
    ("irq_xlate", "xlate"),	# of the interrupt controllers of aarch64 and x86_64
    ("vdev_fdt_node", "irq_cells"), ("write_irqs", "irq_cells"),	# of the vGIC
    ("uart_irq", "end_irq"),	# of the 16550
    ("vblk_restart", "stop"),	# of virtio on PCI
    ("step", "fn"),	# fdt_check_pausing() is for the devicetrees of guests, and x86_64 has none
    ("vm_devices_quiesce", "quiesce"),	# no device has requests that outlast an exit yet
    # Interrupts of the host for guests: of the vGIC and the vPLIC, and of the GIC and the PLIC.
    ("line_create", "link"), ("line_interrupt", "forward"), ("vm_lines_off", "cut"),
    ("request", "trigger"), ("irq_route", "route"), ("irq_end", "end"),
    ("irq_on", "forget"),	# of the GIC
    ("console_input", "hook"),	# console_set_hook() has no caller
}

# Jumps in assembly by a register: from the label they are in to what they lead to.
JUMPS = {
    "riscv64": {"enable_translation": ["boot_high", "riscv_secondary_high"],
                "riscv_thread_start": ["thread_entry"]},
    "aarch64": {"enable_translation": ["image_entry", "secondary_image_entry"],
                "arm64_thread_start": ["thread_entry"],
                "arm64_fp_get": [], "arm64_fp_set": []},	# into a table of moves and returns
    "x86_64": {"x86_thread_start": ["thread_entry"]},
}

# Into the guest, and back on the same stack: from the label to the exit's first instruction.
GUEST = {
    "riscv64": {"resume_scratch": ["riscv_guest_exit"]},
    "aarch64": {"resume": ["arm64_guest_sync", "arm64_guest_irq", "arm64_guest_fiq",
                           "arm64_guest_serror"]},
    "x86_64": {},	# VMRUN goes on behind itself
}

# Branches of assembly that are not taken on this stack: from the entry to the label.
CUTS = {
    ("trap_entry", "riscv_guest_exit"): "sscratch: only when a guest runs, see GUEST",
    ("trap_entry", "stack_overflow"): "goes on on the overflow stack, an entry of its own",
}

# A panic while one is reported: panic_begin() of the same CPU comes back to nobody then, and
# panic_again() counts how often that was (relapses) and does less each time. What it still calls:
RELAPSES = [("printk", "machine_power_off"), ("machine_power_off",), ("arch_power_off",), ()]

# Entries, by the label they begin at: a name, the label, bytes that are on the stack already (or
# their name in asm-offsets.h), the stack, functions that are not called from there, and through
# which function the path leads. The deepest path of those on "stack" may be interrupted.
class Entry:
    """An entry."""

    def __init__(self, name, label, base=0, stack="stack", without=(), through=()):
        self.name, self.label, self.base, self.stack = name, label, base, stack
        self.without, self.through = without, through


THREADS = {"boot": "boot_thread", "vCPU": "vcpu_thread"}


def threads(start, *switch):
    """Entries of threads; @switch are the functions that enter a guest and take its exits."""
    found = [Entry(f"{n} thread", start, without=[f for f in THREADS.values() if f != t])
             for n, t in THREADS.items()]
    return found + [Entry("guest exit", start, without=[THREADS["boot"]], through=switch)]


ENTRIES = {
    "riscv64": [Entry("boot", "boot_high"),
                Entry("secondary CPU", "riscv_secondary_high"),
                *threads("riscv_thread_start", "riscv_vcpu_enter"),
                Entry("stack overflow", "stack_overflow", stack="overflow")],
    "aarch64": [Entry("boot", "_start"),
                Entry("secondary CPU", "secondary_image_entry"),
                *threads("arm64_thread_start", "arm64_vcpu_enter"),
                Entry("stack overflow", "stack_overflow", stack="overflow")],
    # The CPU aligns the stack and pushes 5 words, an error code, and the stub its vector.
    "x86_64": [Entry("boot", "boot_high"),
               Entry("secondary CPU", "secondary_high"),
               *threads("x86_thread_start", "svm_enter", "svm_enter_guarded"),
               Entry("NMI", "trap_common", 56, "ist", ("interrupt", "host_trap_fatal")),
               Entry("machine check", "trap_common", 56, "ist", ("interrupt",)),
               Entry("stack overflow", "trap_common", 56, "overflow", ("interrupt",))],
}

# What comes on top of another stack: an interrupt, and a trap out of the host.
INTERRUPT = {
    "riscv64": Entry("host interrupt", "trap_entry", without=("host_trap_fatal",)),
    "aarch64": Entry("host interrupt", "host_irq", "FRAME_SIZE"),
    "x86_64": Entry("host interrupt", "trap_common", 64, without=("host_trap_fatal",)),
}
TRAP = {
    "riscv64": [Entry("host trap", "trap_entry", without=("riscv_handle_interrupt",))],
    "aarch64": [Entry("host trap", "host_sync", "FRAME_SIZE"),
                Entry("SError", "host_other", "FRAME_SIZE")],
    "x86_64": [Entry("host trap", "trap_common", 64, without=("interrupt",))],
}

# Recursion over the levels of a page table: the functions of it, and how often the first can be on
# a stack. pgtable_init() refuses a format of more than PGTABLE_MAX_LEVELS, each call is for a level
# less, and below level 0 there is none (pte_is_table(), leaf_allowed()).
LEVELS = {
    "map_range": (5, ("map_range", "map_entry")),
    "removed_release": (5, ("removed_release",)),
    "split_table": (4, ("split_table",)),
    "tables_free": (5, ("tables_free",)),
}


class Rules:
    """Those of one architecture."""

    def __init__(self, arch, code, places):
        self.arch, self.code, self.places = arch, code, places
        self.panics = 1
        self.without = ()
        self.filled = {}
        for insn in [i for i in code.values() if arch == "x86_64"]:
            self._return_stack(insn)

    def _return_stack(self, insn):
        """
        fill_return_stack of switch.S: 16 times two calls whose return addresses are taken off
        together behind the loop. Each has 8 bytes.
        """
        if insn.text != "mov $0x10,%ecx":
            return
        calls, at = [], insn.addr + insn.size
        while at in self.code and len(calls) < 3 and "rsp" not in self.code[at].text:
            if self.code[at].flow == insns.CALL:
                calls.append(at)
            at += self.code[at].size
        if len(calls) == 2 and self.code.get(at) and self.code[at].text == "add $0x100,%rsp":
            self.code[at].sp = None
            for call in calls:
                self.filled[call] = 16 * 2 * 8

    def extra(self, insn):
        """Bytes that an instruction needs and that are not counted one by one."""
        return self.filled.get(insn.addr, 0)

    def inside(self, insn):
        """Whether a call is only a jump whose return address nobody uses."""
        return insn.addr in self.filled

    def _addresses(self, names):
        return [self.places.by_name[n] for n in names]

    def jumps(self, addr):
        """Where a jump by a register in assembly leads."""
        label = self.places.name(addr)
        if label == "arch_context_switch":
            return []
        if label not in JUMPS[self.arch]:
            raise Fault(f"{label}: it is not known where '{self.code[addr].text}' leads")
        return self._addresses(JUMPS[self.arch][label])

    def comes_back(self, insn):
        """Where the host goes on after it has entered the guest by @insn."""
        return self._addresses(GUEST[self.arch].get(self.places.name(insn.addr), []))

    def cut(self, entry, target):
        """Whether a branch or call is not taken."""
        return (self.places.name(entry), self.places.labels.get(target)) in CUTS

    def left_out(self, target):
        """Whether the entry that is looked at does not call a function."""
        return self.places.labels.get(target) in self.without

    def descend(self, graph, entry, target, state):
        """
        What bounds recursion, below a call: how many panics are reported on the stack, and how
        often a function of LEVELS is. None if the call is not made with so many of them.
        """
        panics = self._panics(graph, entry, target, state[0])
        name, levels = self._base(target), state[1]
        if name in LEVELS:
            levels = levels + 1 if self._base(entry) in LEVELS[name][1] else 1
            if levels > LEVELS[name][0]:
                return None
        elif not any(name in members and self._base(entry) in members
                     for _, members in LEVELS.values()):
            levels = 0
        return None if panics is None else (panics, levels)

    def _base(self, addr):
        """The name of a function without what a compiler adds to it."""
        return self.places.name(addr).split(".")[0]

    def _panics(self, graph, entry, target, panics):
        begin, again = (self.places.by_name.get(n) for n in ("panic_begin", "panic_again"))
        if begin is None:
            return panics
        if again is None:
            raise Fault("panic_again() is inlined: what it does is not known")
        if self.is_reporter(graph, target, begin):
            if self.places.returns(target):
                raise Fault(f"{self.places.name(target)}: reports a panic and comes back")
            return panics + 1 if panics < self.panics else None
        if self.is_reporter(graph, entry, begin) and panics > 1 and target != begin:
            return None
        if entry == begin and (target == again) != (panics > 1):
            return panics if panics > 1 and not self.places.returns(target) else None
        name = self.places.name(target)
        if entry == again and name != "arch_cpu_halt" and name not in RELAPSES[min(panics, 5) - 2]:
            return None
        return panics

    @staticmethod
    def is_reporter(graph, entry, begin):
        """Whether a function begins a report."""
        return any(target == begin for _, target, _ in graph.calls(entry))
