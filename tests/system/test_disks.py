# SPDX-License-Identifier: Apache-2.0
"""Boot disks as people have them: partitioned, with other systems' files, with large blocks."""
import shutil
import subprocess

from harness import test
from harness.guest import SKERNEL, skernel
from harness.place import ARCH

ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
MIB = 1 << 20


def plain(t, **options):
    """A disk without partitions that has a VM."""
    return t.disk(vms=[("good", skernel())], files=SKERNEL, **options)


def partitioned(t, script, parts, size=72):
    """A disk that sfdisk partitions as @script says, with the images of @parts: {MiB: path}."""
    image = f"{t.tmp}/partitioned-{len(script)}.img"
    with open(image, "wb") as f:
        f.truncate(size * MIB)
    subprocess.run(["sfdisk", "-q", image], input=script, text=True, check=True, env=ENVIRONMENT,
                   stdout=subprocess.DEVNULL)
    with open(image, "r+b") as f:
        for start, path in parts.items():
            f.seek(start * MIB)
            with open(path, "rb") as part:
                shutil.copyfileobj(part, f)
    return image


def runs_well(t, what, m):
    """The VM of the disk runs, and nothing is said to be wrong."""
    m.expect("vm good: powered off")
    t.equal(f"{what}: the machine ends well", m.wait(), 0)
    t.equal(f"{what}: nothing is said to be wrong", m.count("lodge: error"), 0)


@test
def a_gpt_whose_first_partition_is_not_formatted(t):
    script = ("label: gpt\nstart=1MiB, size=1MiB\n"
              "start=2MiB, size=40MiB, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B\n")
    runs_well(t, "GPT", t.boot(disk=partitioned(t, script, {2: plain(t)})))


@test
def an_mbr_with_a_logical_partition_of_linux_type(t):
    script = ("label: dos\nstart=1MiB, size=60MiB, type=5\n"
              "start=2MiB, size=40MiB, type=83\n")
    runs_well(t, "MBR", t.boot(disk=partitioned(t, script, {2: plain(t)})))


@test
def what_is_in_partitions_is_told(t):
    script = "label: dos\nstart=1MiB, size=4MiB, type=83\nstart=5MiB, size=4MiB, type=c\n"
    image = partitioned(t, script, {})
    subprocess.run(["mke2fs", "-q", "-E", f"offset={MIB}", image, "4096"], check=True,
                   env=ENVIRONMENT)
    m = t.boot(disk=image)
    t.equal("status 1", m.wait(), 1)
    t.check("one line has both partitions", m.find(
        r"lodge: error: no FAT file system with the directory /vms on any disk "
        r"\(vda partition 1 \(MBR type 0x83\): ext2, ext3 or ext4, "
        r"vda partition 2 \(MBR type 0x0c\): nothing but zeroes\): make a boot disk with "
        r"scripts/mkdisk"), m.text)


@test
def a_second_disk_that_has_the_descriptions(t):
    other = f"{t.tmp}/other.img"
    with open(other, "wb") as f:
        f.truncate(MIB)
    device = "virtio-blk-pci" if ARCH == "x86_64" else "virtio-blk-device"
    # Which of two is the first depends on the board: each is that once.
    for first, second in ((other, plain(t)), (plain(t), other)):
        m = t.boot(disk=first, extra=["-drive", f"file={second},if=none,format=raw,id=d1",
                                      "-device", f"{device},drive=d1"])
        runs_well(t, "two disks", m)


@test
def hidden_files_and_names_with_a_dot_are_no_descriptions(t):
    disk = plain(t)
    junk = f"{t.tmp}/junk"
    with open(junk, "wb") as f:
        f.write(bytes([0, 5, 22, 7, 0, 2]) + bytes(4090))
    for name, hide in (("._good.dtb", False), ("notes.dtb", True)):
        subprocess.run(["mcopy", "-i", disk, junk, f"::/vms/{name}"], check=True)
        if hide:
            subprocess.run(["mattrib", "-i", disk, "+h", f"::/vms/{name}"], check=True)
    runs_well(t, "hidden files", t.boot(disk=disk))


@test
def a_dot_in_a_path(t):
    vm = skernel().replace('"/sbin/skernel"', '"/./sbin/././skernel"')
    runs_well(t, "a path", t.boot(disk=t.disk(vms=[("good", vm)], files=SKERNEL)))


@test
def a_disk_with_blocks_of_4096_bytes(t):
    image = f"{t.tmp}/large.img"
    plain_image = plain(t)
    subprocess.run(["mkfs.fat", "-C", "-S", "4096", image, str(64 << 10)], check=True,
                   env=ENVIRONMENT, stdout=subprocess.DEVNULL)
    for path in ("/vms/good.dtb", "/sbin/skernel"):
        subprocess.run(["mcopy", "-n", "-i", plain_image, f"::{path}", t.tmp], check=True)
        subprocess.run(["mmd", "-i", image, f"::{path.rsplit('/', 1)[0]}"], check=True)
        subprocess.run(["mcopy", "-i", image, f"{t.tmp}/{path.rsplit('/', 1)[1]}", f"::{path}"],
                       check=True)
    runs_well(t, "large blocks", t.boot(disk=image, extra=[
        "-global", "virtio-blk-device.logical_block_size=4096",
        "-global", "virtio-blk-device.physical_block_size=4096"]))
