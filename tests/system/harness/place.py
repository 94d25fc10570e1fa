# SPDX-License-Identifier: Apache-2.0
"""Where things are: set by tests/system/run."""
import os

SRC = os.environ.get("LODGE_SRC") or os.path.abspath(os.path.join(
    os.path.dirname(__file__), "../../.."))
OUT = os.environ.get("LODGE_OUT") or os.path.join(SRC, "build")
ARCH = os.environ.get("LODGE_ARCH", "riscv64")


def source(path):
    """A path in the source tree, or an absolute one."""
    return os.path.join(SRC, path)


def built(path):
    """A path in the output directory, or an absolute one."""
    return os.path.join(OUT, path)


def enabled(option):
    """Whether what is tried was built with CONFIG_@option."""
    with open(built(".config"), encoding="utf-8") as f:
        return f"CONFIG_{option}=y\n" in f


def number(option):
    """The value of CONFIG_@option in what is tried."""
    with open(built(".config"), encoding="utf-8") as f:
        return next(int(line.split("=")[1], 0) for line in f
                    if line.startswith(f"CONFIG_{option}="))


def dts(name):
    """The description guests/NAME.dts, or the architecture's own one."""
    own = source(f"guests/arch/{ARCH}/{name}.dts")
    return own if os.path.exists(own) else source(f"guests/{name}.dts")
