# SPDX-License-Identifier: Apache-2.0
"""Kernels in the forms that people have them in."""
import gzip
import struct

from harness import test
from harness.guest import describe
from harness.place import built


def zboot(payload, method):
    """An EFI program that unpacks a kernel, as far as a loader looks at it."""
    head = struct.pack("<4s4sIIQ32sI", b"MZ\0\0", b"zimg", 0x1000, len(payload), 0,
                       method.encode(), 0x818223cd)
    return head.ljust(0x1000, b"\xee") + payload + bytes(0x200)


@test
def compressed_kernels(t):
    """gzip, by itself and in an EFI program."""
    with open(built("guests/pgkernel"), "rb") as f:
        packed = gzip.compress(f.read(), mtime=0)
    files = {"/g/kernel.gz": packed, "/g/vmlinuz.efi": zboot(packed, "gzip")}
    vms = [("10-gz", describe("gz", "/g/kernel.gz")),
           ("20-zboot", describe("zboot", "/g/vmlinuz.efi"))]
    m = t.boot(disk=t.disk(vms=vms, files=files), smp=1)
    t.equal("the machine ends well", m.wait(), 0)
    for name in "gz", "zboot":
        t.check(f"{name} runs and powers off",
                m.find(rf"^lodge: vm {name}: powered off \(type shutdown, reason none\)"))
