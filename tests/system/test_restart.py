# SPDX-License-Identifier: Apache-2.0
"""VMs that start again and again: none waits for another, its pause or its loading."""
import struct

from harness import test
from harness.guest import SKERNEL, describe, skernel
from harness.place import built

FILES = {"/tests/grow": "tests/guests/grow", **SKERNEL}
ICOUNT = ["-icount", "shift=0,sleep=off", "-seed", "1"]


def restart(text):
    """The same, but made anew when it ends."""
    return text.replace('"poweroff-host"', '"restart"')


def lasting(name, ms):
    """A VM that ends after so many milliseconds."""
    return describe(name, "/tests/grow", 8, chosen=f'bootargs = "{ms}";')


@test
def a_pause_is_for_one(t):
    """One ends at once, the other after a little more than a second, which is not too soon."""
    m = t.boot(disk=t.disk(vms=[("10-hasty", restart(skernel("hasty"))),
                                ("20-steady", restart(lasting("steady", 1200)))], files=FILES))
    pauses = [m.expect(r"lodge: vm hasty: starts again in (\d+) ms").group(1)
              for _ in range(6)]
    t.equal("its pauses double", pauses, ["100", "200", "400", "800", "1600", "3200"])
    before = m.count(r"^lodge: vm steady: powered off")
    m.expect(r"lodge: vm hasty: powered off")
    t.check("another is started again meanwhile",
            m.count(r"^lodge: vm steady: powered off") > before)
    t.check("at once", not m.find(r"^lodge: vm steady: starts again"))


@test
def a_limit_ends_it(t):
    """One that crashes and one that ends by itself, each as often as it may; another goes on."""
    def limit(text, n):
        return restart(text).replace("autostart;", f"autostart; restart-limit = <{n}>;")

    crash = describe("crash", "/tests/crash")
    m = t.boot(disk=t.disk(vms=[("10-crash", limit(crash, 2)), ("20-hasty", limit(skernel("hasty"), 3)),
                                ("30-good", lasting("good", 3000))],
                           files={"/tests/crash": "tests/guests/contain-wild-pc", **FILES}))
    t.equal("the machine's status tells", m.wait(), 1)
    t.equal("it is started again so often", m.count(r"^lodge: vm crash: starts again in \d+ ms"), 2)
    t.equal("and the other", m.count(r"^lodge: vm hasty: powered off"), 4)
    said = 'started again {} times in a row, as often as "restart-limit" allows; it stays {}$'
    t.check("it stays crashed", m.find(r"^lodge: (warning: )?vm crash: " + said.format(2, "crashed")))
    t.check("it stays stopped", m.find(r"^lodge: (warning: )?vm hasty: " + said.format(3, "stopped")))
    t.check("the third ends as it would", m.find(r"^lodge: vm good: powered off"))


@test
def autostart_does_not_hold_up_others(t):
    """While the last waits for its turn beside one that stays."""
    m = t.boot(disk=t.disk(vms=[("10-hasty", restart(skernel("hasty"))),
                                ("20-long", lasting("long", 3000)),
                                ("30-last", skernel("last"))], files=FILES))
    m.expect(r"still runs; starting last beside it")
    t.check("one that has ended is started again",
            m.count(r"^lodge: vm hasty: powered off") >= 2)


def with_zeroes(path, mib):
    """An ELF file in which the segment with the most zeroes has so many MiB of them."""
    with open(built(path), "rb") as f:
        elf = bytearray(f.read())
    table, = struct.unpack_from("<Q", elf, 32)
    size, count = struct.unpack_from("<HH", elf, 54)
    at = max((table + i * size + 40 for i in range(count)),
             key=lambda at: struct.unpack_from("<Q", elf, at))
    struct.pack_into("<Q", elf, at, mib << 20)
    return bytes(elf)


@test
def loading_is_for_one(t):
    """While one is loaded, which takes a hundred milliseconds or so, another ends."""
    files = {"/tests/zeroes": with_zeroes("tests/guests/contain-reset-bss", 1024), **FILES}
    large = describe("large", "/tests/zeroes", mib=1100, chosen='bootargs = "off";')
    m = t.boot(disk=t.disk(vms=[("10-steady", restart(lasting("steady", 1010))),
                                ("20-large", large)], files=files), mem="1536M", extra=ICOUNT)
    m.expect(r"lodge: vm steady: still runs; starting large beside it")
    m.expect(r"lodge: vm steady: powered off", never="lodge: vm large: ")
    m.expect(r"# runs", never="lodge: vm large: ")
    t.check("the other is started again meanwhile", True)
    m.expect(r"lodge: vm large: powered off")
