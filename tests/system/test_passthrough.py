# SPDX-License-Identifier: Apache-2.0
"""A device of the host's given to a guest with its interrupt: the board's clock, or a PC's second UART."""
import os
import re

from harness import test, test_on
from harness.guest import Shell, describe, finish, linux, linux_files, passes, test_guest
from harness.machine import qemu_version
from harness.place import ARCH

# Where the device is, and its interrupt; what the guest has it as is in tests/guests/passed.h.
CLOCK, LINE = {"aarch64": (0x9010000, 34), "riscv64": (0x101000, 11), "x86_64": (0x2f8, 3)}[ARCH]
# Where the host's tree has it.
PATH = {"aarch64": "/pl031@9010000", "riscv64": "/soc/rtc@101000"}.get(ARCH)
# A place for a disk, without one.
SLOT = {"aarch64": "/virtio_mmio@a000000", "riscv64": "/soc/virtio_mmio@10001000"}.get(ARCH)
# Where the guest has its program, and memory at the host's own addresses.
RAM, DMA = {"aarch64": (0x40000000, 0x4a000000), "riscv64": (0x80000000, 0x8a000000)}.get(ARCH, (0, 0))
# The host's UART: its interrupt, and its driver.
UART = {"aarch64": (33, "pl011"), "riscv64": (10, "ns16550"), "x86_64": (4, "ns16550")}[ARCH]
PC = ARCH == "x86_64"
SECOND_UART = ["-serial", "null"] if PC else []
IRQ = 20 if PC else 40
FILES = {"/tests/passed": "tests/guests/passed"}
MANY = 1000


def clock(more="", irq=IRQ, host=LINE, name="clock", at=CLOCK):
    """The node of the device."""
    if PC:
        return (f'{name} {{ compatible = "lodge,passthrough"; ports = <{at:#x} 8>; interrupts = <{irq}>; '
                f"host-interrupts = <{host}>; {more} }};")
    return (f'{name} {{ compatible = "lodge,passthrough"; reg = <0 0x0b000000 0 0x1000>; '
            f"host-reg = <0 {at:#x} 0 0x1000>; interrupts = <{irq}>; host-interrupts = <{host}>; "
            f"{more} }};")


def by_path(path=PATH, more="reg = <0 0x0b000000 0 0x1000>; interrupts = <40>;", name="clock"):
    """The same by its path."""
    return f'{name} {{ compatible = "lodge,passthrough"; host-path = "{path}"; {more} }};'


def passed(what=0, label="passed", devices=None, more="", cpus=1, args=""):
    """A VM that has it, and does @what: see tests/guests/passed.c."""
    return describe(label, "/tests/passed", mib=8, chosen=f'bootargs = "do={what} {args}";', more=more, cpus=cpus,
                    devices=clock() if devices is None else devices)


def with_dma(vm, nth=0):
    """@vm with memory that a disk can write to; no other @nth has the same."""
    at = DMA + nth * 0x400000
    return vm.replace("memory-mib = <8>;", "#address-cells = <2>; #size-cells = <2>;").replace(" chosen {", f"""
    memory@{RAM:x} {{ reg = <0 {RAM:#x} 0 0x800000>; }};
    memory@{at:x} {{ reg = <0 {at:#x} 0 0x400000>; backing = "identical"; }};
    chosen {{""")


def exits(m, name, cause):
    """How many exits of that cause the VM @name has had."""
    told = m.find(rf"^lodge: vm {name}: \d+ exits: .*?\b{cause} (\d+)")
    return int(told.group(1)) if told else 0


def boot(t, vms, extra=(), **options):
    """A machine that has the device, and @vms."""
    return t.boot(disk=t.disk(vms=vms, files=FILES), extra=SECOND_UART + list(extra), **options)


def interrupts_come(t, what="", ends=False, vm=None, devices=None, **options):
    """All of the guest's tests; and what the end of an interrupt costs."""
    m = boot(t, [("0-passed", vm or passed(devices=devices))], **options)
    passes(t, m, ["passed"])
    if ARCH != "aarch64":
        return
    n = exits(m, "passed", "interrupt")
    # One that has come, and at its end one more where the host has to be told; and the time slices.
    t.check(f"{'an exit for each end' if ends else 'no exit for an end'}{what}",
            (n >= 2 * MANY) == ends and n > MANY, f"{n} exits for some {MANY} interrupts")


@test
def they_come(t):
    interrupts_come(t)


@test
def they_come_on_several_cpus(t):
    interrupts_come(t, " on 4 CPUs", smp=4)


@test_on("aarch64", "riscv64")
def they_come_of_a_device_by_its_path(t):
    """Its registers and interrupts are told by the machine's tree."""
    interrupts_come(t, " by its path", devices=by_path())


@test_on("aarch64", "riscv64")
def they_come_of_one_among_all(t):
    """The VM has all that the host does not use; where the clock is, it says itself."""
    but = 'exclude = "/pl061@9030000";' if ARCH == "aarch64" else ""
    everything = f'all {{ compatible = "lodge,passthrough"; host-path = "/"; {but} }};'
    m = boot(t, [("0-passed", with_dma(passed(devices=everything + by_path()))),
                 ("1-other", with_dma(passed(1, "other", by_path(SLOT, "", "disk")), 1))])
    t.equal("the machine's status tells of the other", finish(m), 1)
    t.check("a device among all is nobody else's", m.find(
        r"^lodge: error: /vms/1-other.dtb: /devices/disk: the host's device at 0x[0-9a-f]+ is also claimed by "
        r"/devices/all of /vms/0-passed.dtb: change one of them$"), m.tail())
    t.check("the guest passes all it checks", m.find(r"^lodge: vm passed: powered off \(type shutdown, reason none\)")
            and "not ok" not in m.text and m.find(r"^ok 1 "), m.tail())


@test_on("aarch64")
def on_a_gicv2(t):
    interrupts_come(t, " on a GICv2", ends=True, machine="gic-version=2")
    interrupts_come(t, " on one and 4 CPUs", ends=True, machine="gic-version=2", smp=4)


@test_on("x86_64")
def only_its_ports_are_given(t):
    """Those before and behind them still exit."""
    m = boot(t, [("0-passed", passed())])
    passes(t, m, ["passed"])
    for port in (0x2f7, 0x300):
        t.check(f"port {port:#x} is not", m.find(rf"^lodge: warning: vm passed: nothing is at I/O port {port:#x} \("), m.tail())


@test_on("x86_64")
def edges_come(t):
    """The host's input takes edges; the guest's pin takes levels."""
    interrupts_come(t, vm=passed(args="edge=1", devices=clock('interrupt-trigger = "edge-rising";')))


@test_on("x86_64")
def edges_come_as_edges(t):
    interrupts_come(t, vm=passed(args="edge=1 pin=1", devices=clock('interrupt-trigger = "edge-rising";')), smp=2)


@test
def one_that_ends_in_an_interrupt(t):
    """It is made again, and is interrupted again; what its last life had not ended is over."""
    m = boot(t, [("0-passed", passed(1).replace('"poweroff-host"', '"restart"'))])
    for life in range(3):
        m.expect(rf"# interrupt {IRQ}\s", never="# no interrupt")
        m.expect(r"lodge: vm passed: powered off")
        t.check(f"life {life} has an interrupt", True)


@test
def one_that_resets_in_an_interrupt(t):
    m = boot(t, [("0-passed", passed(2))])
    for life in range(3):
        m.expect(rf"# interrupt {IRQ}\s", never="# no interrupt")
        m.expect(r"lodge: vm passed: reset in place")
        t.check(f"life {life} has an interrupt", True)


# Instructions are time, so that two runs can be compared.
ICOUNT = ["-icount", "shift=0,sleep=off", "-seed", "1", "-rtc", "base=2026-01-01,clock=vm"]


def share_beside(t, vm, files, says):
    """What another VM gets done while @vm, which goes on for ever, is at it, on one CPU."""
    path, needs = test_guest("share")
    m = t.boot(disk=t.disk(vms=[("0-other", vm), ("1-share", path)], files={**files, **needs}),
               extra=ICOUNT + SECOND_UART)
    done = int(m.expect(r"share: (\d+)\s").group(1))
    t.check(f"the other does what it is to do: {says}", says in m.text)
    m.end()
    return done


def storm_takes_no_more(t, storm):
    """A guest whose device always interrupts takes from another no more than one that spins."""
    spin = describe("spin", "/tests/contain-states", mib=8, chosen='bootargs = "do=0";')
    beside_spin = share_beside(t, spin, test_guest("contain-states")[1], "starting share beside it")
    beside_storm = share_beside(t, storm, FILES, "# storm")
    t.note(f"{beside_spin} rounds beside one that spins, {beside_storm} beside the storm")
    taken = 100 * (beside_spin - beside_storm) / beside_spin
    t.check("it takes less than 2 % more", taken < 2, f"{beside_spin} rounds beside one that spins, "
            f"{beside_storm} beside the storm")


@test
def a_storm_takes_no_more_than_its_vm_may(t):
    """Of levels; on riscv64 the guest makes the line rise anew after each."""
    storm_takes_no_more(t, passed(3, "storm"))


@test_on("x86_64")
def a_storm_of_edges_takes_no_more_than_its_vm_may(t):
    storm_takes_no_more(t, passed(3, "storm", clock('interrupt-trigger = "edge-rising";'), args="edge=1"))


@test_on("x86_64")
def the_clock_of_a_pc_is_driven(t):
    """With its interrupt; the host has only read it, at boot."""
    path, files = test_guest("rtc")
    with open(path, encoding="utf-8") as f:
        vm = f.read()
    own = ('devices { rtc { compatible = "lodge,rtc"; status = "disabled"; }; pc-clock { compatible = "lodge,passthrough"; '
           'ports = <0x70 2>; interrupts = <8>; host-interrupts = <8>; interrupt-trigger = "edge-rising"; }; };')
    m = t.boot(disk=t.disk(vms=[("0-rtc", vm.replace("chosen {", own + " chosen {"))], files=files),
               extra=["-rtc", "base=2031-05-06T07:08:09"])
    passes(t, m, ["rtc"])
    t.check("it is the machine's", m.find("^# 2031-05-06 07:08:"), m.tail())


def refused(t, message, *vms):
    """The last of @vms is refused with @message."""
    m = boot(t, [(f"{i}-vm", vm) for i, vm in enumerate(vms)])
    t.equal("the machine's status tells of it", finish(m), 1)
    t.check("why is told", m.find("^lodge: error: " + re.escape(message) + "$"), m.tail())


@test
def what_the_host_has_is_refused(t):
    """Its UART's interrupt."""
    uart, who = UART
    refused(t, f'/vms/0-vm.dtb: /devices/clock: "host-interrupts" is {uart}, which {who} of the host has: '
            "choose another", passed(devices=clock(host=uart)))


@test_on("x86_64")
def what_no_tree_tells_of_is_refused(t):
    """Registers of the CPU's."""
    device = ('timer { compatible = "lodge,passthrough"; reg = <0 0xc0000000 0 0x1000>; '
              "host-reg = <0 0xfee00000 0 0x1000>; };")
    refused(t, "/vms/0-vm.dtb: /devices/timer: at 0xfee00000 is the local APIC, which the host uses: choose another",
            passed(devices=device))


@test_on("aarch64", "riscv64")
def what_a_driver_has_is_refused_by_its_path(t):
    """The UART, whichever of its registers or interrupts are meant."""
    path = {"aarch64": "/pl011@9000000", "riscv64": "/soc/serial@10000000"}[ARCH]
    refused(t, f'/vms/0-vm.dtb: /devices/clock: "host-path" is {path}, which the {UART[1]} driver of the host uses: '
            "choose another", passed(devices=by_path(path, "")))


@test_on("aarch64", "riscv64")
def what_another_has_is_refused_by_its_path(t):
    """By its registers, for one that says them and one that does not."""
    refused(t, f"/vms/1-vm.dtb: /devices/other: the host's device at {CLOCK:#x} is also claimed by /devices/clock of "
            "/vms/0-vm.dtb: change one of them",
            passed(1), passed(1, "other", by_path(name="other")))


@test
def what_another_has_is_refused(t):
    """The same interrupt, for two devices that are different ones."""
    refused(t, f'/vms/1-vm.dtb: /devices/other: "host-interrupts" is {LINE}, which /devices/clock of '
            "/vms/0-vm.dtb has: give the device to one of them",
            passed(1), passed(1, "other", clock(name="other", at=CLOCK + 0x1000)))


@test_on("x86_64")
def ports_of_the_host_are_refused(t):
    """Its UART's, some of them."""
    refused(t, '/vms/0-vm.dtb: /devices/clock: "ports" has 0x3fc to 0x403, some of which ns16550 of the host uses: '
            "choose others", passed(devices="uart0 { compatible = \"lodge,uart\"; status = \"disabled\"; };"
                                    + clock(at=0x3fc)))


@test_on("x86_64")
def ports_of_another_are_refused(t):
    refused(t, '/vms/1-vm.dtb: /devices/other: "ports" has 0x2fc, which /devices/clock of /vms/0-vm.dtb has: '
            "give the device to one of them", passed(1), passed(1, "other", clock(name="other", at=0x2fc, host=5)))


LINES = [f"this is line {i} of fifty" for i in range(1, 51)]


def sends(t, sh):
    """Linux writes the lines to what it has open as 9, and closes it when all are sent."""
    out, status = sh.run("for i in $(seq 50); do echo this is line $i of fifty; done >&9")
    t.equal("it writes", (out, status), ("", 0))
    interrupts, _ = sh.run("cat /proc/interrupts")
    sh.run("exec 9>&-")
    return interrupts


def come_out(t, path):
    """Behind what was echoed of what it read before it was told not to."""
    with open(path, encoding="utf-8", errors="replace") as f:
        text = f.read().replace("\r", "")
    t.check("all of it comes out", text.endswith("\n".join(LINES) + "\n"), text)


@test_on("x86_64")
def linux_drives_it(t):
    """Unmodified: it finds the second UART in the DSDT, and sends by its interrupts."""
    said = os.path.join(t.tmp, "com2")
    vm = linux().replace("chosen {", "devices { " + clock('acpi-hid = "PNP0501";', irq=3) + " }; chosen {")
    m = t.boot(disk=t.disk(vms=[("0-linux", vm)], files=linux_files(t)), mem="512M", extra=["-serial", f"file:{said}"])
    sh = Shell(m)
    sh.run("stty -F /dev/ttyS1 115200 raw -echo; exec 9>/dev/ttyS1")  # its interrupt is requested while it is open
    out = sends(t, sh)
    found = re.search(r"^ *\d+:\s+(\d+)\s+IO-APIC\s+3-fasteoi\s+ttyS1", out, re.M)
    t.check("by a level-triggered interrupt, again and again", found and int(found.group(1)) >= 50, out)
    come_out(t, said)
    m.end()


@test_on("aarch64")
def linux_drives_a_second_uart_by_its_path(t):
    """The copy of its node is in the devicetree, with the clocks that the node names."""
    if qemu_version() < [9, 1]:
        t.skip("QEMU before 9.1 has no second UART on this machine outside of the secure world")
    said, read = os.path.join(t.tmp, "said"), os.path.join(t.tmp, "read")
    with open(read, "w", encoding="utf-8") as f:
        f.write("\n" * 64 + "\n".join(LINES) + "\n")  # what comes before it is open is lost
    uart = by_path("/pl011@9040000", more="", name="uart1")
    vm = linux().replace("chosen {", "devices { " + uart + " }; chosen {")
    m = t.boot(disk=t.disk(vms=[("0-linux", vm)], files=linux_files(t)), mem="512M",
               extra=["-chardev", f"file,id=second,path={said},input-path={read}", "-serial", "chardev:second"])
    sh = Shell(m)
    sh.run("exec 9<>/dev/ttyAMA1; stty 115200 raw -echo <&9")
    out, _ = sh.run("grep -m 50 this <&9")
    t.equal("it reads", out.replace("\r", "").split("\n"), LINES)
    out = sends(t, sh)
    found = re.search(r"^ *\d+:\s+(\d+)\s+GIC.*\s40 Level\s+uart-pl011", out, re.M)
    t.check("by a level-triggered interrupt, again and again", found and int(found.group(1)) >= 10, out)
    come_out(t, said)
    m.end()
