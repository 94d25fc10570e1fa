# SPDX-License-Identifier: Apache-2.0
"""What a new user may get wrong: one line that says what and where and what to do about it,
the rest keeps running, and the machine's status says that not all went well."""
import gzip
import re
import struct

from harness import test, test_on
from harness.arch import THIS
from harness.disk import put
from harness.guest import SKERNEL, describe, skernel
from harness.place import ARCH, built

# Of a machine on which Lodge cannot run.
PANIC_STATUS = 101

GOOD = [("zz-good", skernel())]


def elf(machine):
    """The header of an executable ELF file of 64 bits, and nothing in it."""
    return struct.pack("<16sHHIQQQIHHHHHH", b"\x7fELF\x02\x01\x01", 2, machine, 1, 0x200000, 64, 0,
                       0, 64, 56, 1, 64, 0, 0).ljust(4096, b"\0")


def first(path, size):
    """The first @size bytes of a built file."""
    with open(built(path), "rb") as f:
        return f.read(size)


def errors(m):
    """What the host says is wrong."""
    return re.findall(r"^lodge: error: (.*)$", m.text, re.M)


def one_line(t, what, lines, *words):
    """Of @lines exactly one has @words[0] in it, which has the others (patterns), too."""
    mine = [n for n in lines if re.search(words[0], n)]
    t.check(f"{what}: one line, that says where and what to do",
            len(mine) == 1 and all(re.search(w, mine[0]) for w in words),
            f"want {words}, got {mine or lines}")


def the_rest_runs(t, m):
    """The good VM on the same disk, and the machine's status."""
    t.check("the good VM on the same disk runs",
            m.find(r"^lodge: vm good: powered off \(type shutdown, reason none\)"))
    t.equal("the machine's status says that not all went well", m.wait(), 1)


# Name of the file in /vms, its source, and what the line about it must have.
MEMORY = """memory@{0:x} {{ reg = <0x0 0x{0:x} 0x0 0x{1:x}>; }};"""
DESCRIPTIONS = {
    "unknown property": (
        describe("a", "/sbin/skernel", more='colour = "blue";'), '/: "colour"', "remove it"),
    "misspelt property": (
        describe("b", "/sbin/skernel", more="auto-start;"), '"auto-start"',
        'did you mean "autostart"'),
    "unknown property of a device": (
        describe("c", "/sbin/skernel",
                 devices='uart0 { compatible = "lodge,uart"; speed = <9>; };'),
        "/devices/uart0", '"speed"'),
    "unknown device": (
        describe("d", "/sbin/skernel", devices='gpu { compatible = "lodge,gpu"; };'),
        "/devices/gpu", "lodge,gpu"),
    "overlapping memory": (
        describe("e", "/sbin/skernel").replace("memory-mib = <32>;", "").replace(
            "chosen {", MEMORY.format(THIS.ram, 0x2000000)
            + MEMORY.format(THIS.ram + 0x1000000, 0x2000000) + "chosen {"),
        rf"memory@({THIS.ram:x}|{THIS.ram + 0x1000000:x})", "overlaps", "move one"),
    "no memory": (
        describe("f", "/sbin/skernel").replace("memory-mib = <32>;", ""), "memory-mib", "add"),
    "more memory than there is": (
        describe("g", "/sbin/skernel", mib=3000), r"may use up to 30\d\d MiB", "left", "smaller"),
    "no CPUs": (
        describe("h", "/sbin/skernel").replace("cpus = <1>;", "cpus = <0>;"), '"cpus"', "use 1"),
    "a value of another type": (
        describe("i", "/sbin/skernel").replace("memory-mib = <32>", 'memory-mib = "32"'),
        '"memory-mib"', "takes one number"),
    "no label": (
        describe("j", "/sbin/skernel").replace('label = "j";', ""), '"label"', "add it"),
    "a label that can't be one": (
        describe("My VM", "/sbin/skernel"), '"label"', "My VM", "a-z"),
    "a name twice": (describe("good", "/sbin/skernel"), '"?good"?', "label|name"),
    "no kernel named": (
        describe("l", "/x").replace('kernel = "/x";', ""), "/chosen", '"kernel"', "add it"),
    "a relative path": (describe("m", "skernel"), '"kernel"', "absolute path"),
    "a wrong choice": (
        describe("n", "/sbin/skernel").replace("poweroff-host", "explode"), '"on-exit"',
        "explode", "poweroff-host"),
}


@test
def descriptions(t):
    vms = GOOD[:]
    wants = {}
    for i, (what, (source, *words)) in enumerate(DESCRIPTIONS.items()):
        # The one that is read first has the name: this one is to come second.
        name = "zzz" if what == "a name twice" else f"{i:02}"
        vms.append((name, source))
        wants[what] = [rf"/vms/{name}\.dtb"] + words
    m = t.boot(disk=t.disk(vms=vms, files=SKERNEL))
    m.wait()
    lines = errors(m)
    for what, words in wants.items():
        one_line(t, what, lines, *words)
    t.equal("there are no other errors", len(lines), len(wants))
    the_rest_runs(t, m)


def claims(label, cpus="", nodes=""):
    """A description with what others may have as well."""
    text = describe(label, "/sbin/skernel", mib=8).replace("cpus = <1>;", "" if cpus else "cpus = <1>;")
    return text.replace("chosen {", nodes + (f"cpus {{ {cpus} }}; " if cpus else "") + "chosen {", 1)


def host_memory(guest, host):
    """A node with a page of the host's memory."""
    return (f'memory@{guest:x} {{ reg = <0 0x{guest:x} 0 0x1000>; backing = "reserved"; '
            f"host-reg = <0 0x{host:x} 0 0x1000>; }}; ")


def passed(name, host):
    """A node with two pages of a device of the host's."""
    return (f'devices {{ {name} {{ compatible = "lodge,passthrough"; reg = <0 0x60000000 0 0x2000>; '
            f"host-reg = <0 0x{host:x} 0 0x2000>; }}; }}; ")


# What the first has, what the second wants of it, and what the line about that must have.
HALF = "cpu@0 { affinity = <1>; reservation-us = <500 1000>; };"
OWN = "cpu@0 {}; cpu@1 { affinity = <1>; exclusive; };"
HIGH = 0x70000000
CONFLICTS = {
    "an exclusive CPU twice": (OWN, "", OWN, "", r"/cpus/cpu@1: ", r"CPU 1, which cpu@1 of {} has alone"),
    "a CPU that is another's": (OWN, "", "cpu@0 { affinity = <1>; };", "", "/cpus/cpu@0: ",
                                "of {} have alone"),
    "the last CPU of another": ("cpu@0 { affinity = <1>; };", "", OWN, "", "/cpus", "cpu@0 of {},"),
    "reservations that exceed a CPU": (HALF, "", HALF, "", "/cpus/cpu@0", r"50\.0 % of it cpu@0 of {},"),
    "memory of the host twice": (
        "", host_memory(HIGH, HIGH), "", host_memory(HIGH + 0x5000, HIGH),
        f"/memory@{HIGH + 0x5000:x}: ", f"/memory@{HIGH:x} of {{}}: change one"),
    "a device twice": ("", passed("rom", 0x3000000), "", passed("flash", 0x3001000), "/devices/flash: ",
                       "0x3001000 is also claimed by /devices/rom of {}: change one"),
}


@test
def conflicts(t):
    """Each pair is on a disk of its own; none of the first needs to start."""
    for what, (cpus, nodes, cpus2, nodes2, *words) in CONFLICTS.items():
        vms = [("10-first", claims("first", cpus, nodes).replace("autostart;", "")),
               ("20-second", claims("second", cpus2, nodes2))] + GOOD
        m = t.boot(disk=t.disk(vms=vms, files=SKERNEL))
        m.wait()
        one_line(t, what, errors(m), r"^/vms/20-second\.dtb: ",
                 *[w.format(r"/vms/10-first\.dtb") for w in words])
        t.equal(f"{what}: there are no other errors", len(errors(m)), 1)
        the_rest_runs(t, m)


@test
def descriptions_that_are_none(t):
    dtb = t.disk(vms=[("x", skernel("cut"))])
    with open(dtb, "rb") as f:
        image = f.read()
    at = image.index(b"\xd0\x0d\xfe\xed")
    cut = image[at:at + 200]
    files = {"/vms/text.dtb": "/dts-v1/;\n/ { };\n", "/vms/cut.dtb": cut, "/vms/empty.dtb": b"",
             "/vms/zeros.dtb": bytes(4096), "/vms/huge.dtb": bytes(100000),
             "/vms/readme.txt": "not a description\n", **SKERNEL}
    m = t.boot(disk=t.disk(vms=GOOD, files=files))
    m.wait()
    lines = errors(m)
    for name in ("text", "cut", "zeros"):
        one_line(t, f"{name}.dtb", lines, f"/vms/{name}.dtb", "not a devicetree blob", "dtc")
    one_line(t, "empty.dtb", lines, "/vms/empty.dtb", "empty")
    one_line(t, "huge.dtb", lines, "/vms/huge.dtb", "larger than a description can be")
    t.equal("other files there are nobody's concern", len(lines), 5)
    the_rest_runs(t, m)


# Linux's magic number, of an architecture that this is not.
FOREIGN = b"RSC\x05" if ARCH == "aarch64" else b"ARM\x64"

KERNELS = {
    "missing": (None, "is not on the boot disk"),
    "empty": (b"", "is empty"),
    "text": ("#!/bin/sh\necho hello\n", "is a text file", "name a kernel"),
    "gzip": (gzip.compress(b"kernel" * 1000, mtime=0)[:-9], "can't be unpacked", "copy it again"),
    "zstd": (b"\x28\xb5\x2f\xfd" + bytes(400), "compressed with zstd", "unzstd"),
    "machine": (elf(243 if ARCH == "x86_64" else 62), "ELF file for another machine"),
    "foreign": (bytes(56) + FOREIGN + bytes(4000), "another architecture"),
    "dtb": (b"\xd0\x0d\xfe\xed" + bytes(400), "is a devicetree blob"),
    "cut": (lambda: first("guests/gkernel", 3000), "cut short", "copy it again"),
    "large": (lambda: first("guests/gkernel", 100000).ljust(9 << 20, b"\0"), None),
}


@test
def kernels(t):
    files, vms = dict(SKERNEL), GOOD[:]
    for name, (content, *words) in KERNELS.items():
        if words == [None]:
            continue
        if content is not None:
            files["/k/" + name] = content() if callable(content) else content
        vms.append((name, describe(name, "/k/" + name, mib=16)))
    # A raw image and an initial RAM disk that do not fit, and a directory.
    files["/k/raw"] = b"\x13\0\0\0" * (4 << 20)
    vms += [("raw", describe("raw", "/k/raw", mib=8)), ("dir", describe("dir", "/k")),
            ("initrd", describe("initrd", "/sbin/gkernel", mib=8, chosen='initrd = "/k/raw";')),
            ("noinitrd", describe("noinitrd", "/sbin/gkernel", chosen='initrd = "/k/no";'))]
    files["/sbin/gkernel"] = "guests/gkernel"
    m = t.boot(disk=t.disk(vms=vms, files=files, size=64))
    m.wait()
    lines = errors(m)
    for name, (_, *words) in KERNELS.items():
        if words != [None]:
            one_line(t, f"a kernel: {name}", lines, rf"/vms/{name}\.dtb: /chosen: \"kernel\": "
                     rf"/k/{name} ", *words)
    one_line(t, "a kernel larger than its VM", lines, r"/vms/raw\.dtb.*/k/raw ", "give it more")
    one_line(t, "a directory for a kernel", lines, r"/vms/dir\.dtb.*/k ", "is a directory")
    one_line(t, "an initrd larger than its VM", lines, r"/vms/initrd\.dtb.*\"initrd\".*/k/raw ",
             "more memory")
    one_line(t, "a missing initrd", lines, r"/vms/noinitrd\.dtb.*\"initrd\".*/k/no ",
             "is not on the boot disk")
    t.equal("there are no other errors", len(lines), len(vms) - 1)
    the_rest_runs(t, m)


def ends_with(t, what, m, *words):
    """Nothing can run: one line, and the machine ends at once with a failing status."""
    status = m.wait()
    one_line(t, what, errors(m), *words)
    t.equal(f"{what}: nothing else is said to be wrong", len(errors(m)), 1)
    t.equal(f"{what}: the machine ends with status 1", status, 1)


def damage(path, at, content):
    """Overwrites part of an image."""
    with open(path, "r+b") as f:
        f.seek(at)
        f.write(content)
    return path


@test
def disks(t):
    ends_with(t, "no disk", t.boot(), "no boot disk", "attach one", "virtio-blk")
    disk = damage(t.disk(vms=GOOD, files=SKERNEL), 0, bytes(range(256)) * 128)
    ends_with(t, "a disk with garbage at its start", t.boot(disk=disk), "vda: no partitions",
              "no FAT", "scripts/mkdisk")
    put(t.tmp, "/zeros.img", bytes(4 << 20))
    ends_with(t, "an empty disk", t.boot(disk=t.tmp + "/zeros.img"),
              "vda: nothing but zeroes", "no FAT", "scripts/mkdisk")
    ends_with(t, "a disk without descriptions", t.boot(disk=t.disk()), "/vms", "no valid description")
    disk = t.disk(vms=[("a", skernel().replace("autostart;", ""))], files=SKERNEL)
    ends_with(t, "no VM that starts by itself", t.boot(disk=disk), "/vms", "autostart")
    ends_with(t, "a VM to run that is not there",
              t.boot(disk=t.disk(vms=GOOD, files=SKERNEL), append="lodge.run=nosuch"),
              "lodge.run=nosuch: no VM on the boot disk", "there are good")
    # Longer than a label can be.
    ends_with(t, "a VM to run with a name that none can have",
              t.boot(disk=t.disk(vms=GOOD, files=SKERNEL), append="lodge.run=" + "x" * 40),
              "lodge.run=" + "x" * 40)


@test
def boot_arguments(t):
    m = t.boot(disk=t.disk(vms=GOOD, files=SKERNEL), append="quiet lodge.rum=good lodge.run")
    m.wait()
    lines = errors(m)
    one_line(t, "an unknown one", lines, "boot argument lodge.rum=good: ", "use .*lodge.run=")
    one_line(t, "one without a value", lines, "boot argument lodge.run: ", "use .*lodge.run=")
    t.equal("those without lodge. are for others", len(lines), 2)
    the_rest_runs(t, m)


def directory_nowhere(t, disk, root):
    """The directory of descriptions begins beyond the disk @disk, whose root directory is at @root."""
    with open(disk, "rb") as f:
        f.seek(root)
        entry = f.read(4096).index(b"VMS        ")
    damage(disk, root + entry + 20, b"\xff\x0e")
    m = t.boot(disk=disk)
    t.equal("a directory that is not on the disk: status 1", m.wait(), 1)
    one_line(t, "a directory that is not on the disk", errors(m), "can.t be read", "damaged",
             "fsck.fat")


@test
def damaged_disks(t):
    disk = t.disk(vms=GOOD, files=SKERNEL)
    with open(disk, "r+b") as f:
        f.truncate(1 << 20)
    m = t.boot(disk=disk)
    t.equal("a disk that is cut short: status 1", m.wait(), 1)
    t.check("one line says so", len(errors(m)) == 1 and re.search("vda|/vms", errors(m)[0]),
            errors(m))
    # Where files and directories go on; the reserved sectors are left as they are.
    with open(disk, "rb") as f:
        boot = f.read(512)
    reserved, fats, per_fat = boot[14] | boot[15] << 8, boot[16], struct.unpack_from(
        "<I", boot, 36)[0]
    directory_nowhere(t, t.disk(vms=GOOD, files=SKERNEL), (reserved + fats * per_fat) * 512)
    whole = t.disk(vms=GOOD, files={**SKERNEL, "/big": bytes(1 << 20)})
    for what, at, size in (("a FAT full of garbage", reserved, fats * per_fat),
                           ("a root directory full of garbage", reserved + fats * per_fat, 1)):
        damage(whole, at * 512, bytes((7 * i + 3) & 255 for i in range(size * 512)))
        m = t.boot(disk=whole)
        t.equal(f"{what}: status 1", m.wait(), 1)
        t.check(f"{what}: a line or two, no more", 1 <= len(errors(m)) <= 2, errors(m))
        t.equal(f"{what}: no panic", m.count("panic|host trap"), 0)


@test
def machines(t):
    disk = t.disk(vms=GOOD, files=SKERNEL)
    option, advice = {"x86_64": ("virtio-blk-pci.disable-modern=on", "without disable-modern=on"),
                      }.get(ARCH, ("virtio-mmio.force-legacy=true", "force-legacy=false"))
    m = t.boot(disk=disk, extra=["-global", option])
    t.equal("a legacy disk: status 1", m.wait(), 1)
    one_line(t, "a legacy disk", errors(m), "legacy", advice)


@test_on("riscv64")
def machines_of_riscv64(t):
    disk = t.disk(vms=GOOD, files=SKERNEL)
    m = t.boot(disk=disk, cpu="h=false")
    t.equal("a CPU without H: a failing status", m.wait(), PANIC_STATUS)
    lines = re.findall(r"^lodge: (.*)$", m.text, re.M)
    one_line(t, "a CPU without H", lines, "no hypervisor extension", "-cpu rv64,h=true")
    t.equal("a CPU without H: nothing else is said", len(lines), 1)
    m = t.boot(disk=disk, append="lodge.stage2=Sv99x4")
    t.equal("a nested format that there is not: a failing status", m.wait(), PANIC_STATUS)
    t.check("it is named", m.find(r"^lodge: can't run here: lodge.stage2=Sv99x4: use Sv39x4, Sv48x4 or Sv57x4"))
    m = t.boot(disk=disk, append="lodge.mmu=Sv99")
    t.equal("a format of the host's that there is not: a failing status", m.wait(), PANIC_STATUS)
    t.check("that is named, too", m.find(r"^lodge: can't run here: lodge.mmu=Sv99: use Sv39, Sv48 or Sv57"))
