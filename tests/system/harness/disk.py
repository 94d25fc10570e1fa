# SPDX-License-Identifier: Apache-2.0
"""Boot disks for tests."""
import os
import shutil
import subprocess

from .place import built, source


def put(root, path, content):
    """One file of the disk: bytes, text with a newline in it, or the path of a file."""
    to = os.path.join(root, path.lstrip("/"))
    os.makedirs(os.path.dirname(to), exist_ok=True)
    if isinstance(content, str) and "\n" not in content:
        shutil.copyfile(built(content), to)
        return
    with open(to, "wb") as f:
        f.write(content.encode() if isinstance(content, str) else content)


def compile_dts(vm, to):
    """A description, text or a path in the source tree, to a .dtb."""
    text = {"input": vm} if "\n" in vm else {"stdin": subprocess.DEVNULL}
    name = "-" if "\n" in vm else source(vm)
    subprocess.run(["dtc", "-q", "-I", "dts", "-O", "dtb", "-o", to, name], check=True,
                   text=True, **text)


def make_disk(image, vms=(), files=None, base=False, size=34):
    """Makes a FAT32 image.

    @vms: descriptions: sources as text, paths of .dts in the source tree, or pairs of a
          name on the disk and one of these
    @files: path on the disk -> bytes, text with a newline in it, or a path in the output
            directory
    @base: with the files of the default boot disk, its descriptions excepted
    @size: MiB; 0 for what is needed
    """
    root = image + ".root"
    shutil.rmtree(root, ignore_errors=True)
    os.makedirs(os.path.join(root, "vms"))
    for n, vm in enumerate(vms):
        name, vm = vm if isinstance(vm, tuple) else (None, vm)
        if not name:
            name = f"vm{n}" if "\n" in vm else os.path.splitext(os.path.basename(vm))[0]
        compile_dts(vm, os.path.join(root, "vms", name + ".dtb"))
    for path, content in (files or {}).items():
        put(root, path, content)
    roots = [built("boot"), root] if base else [root]
    options = (["-x", "vms"] if base else []) + (["-s", str(size)] if size and not base else [])
    subprocess.run([source("scripts/mkdisk")] + options + [image] + roots, check=True)
    shutil.rmtree(root)
    return image
