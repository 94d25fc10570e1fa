# SPDX-License-Identifier: Apache-2.0
"""Lodge with lives of VMs on demand, as boot arguments name them."""
import variant

from .place import ARCH, built


def life_image(name="life", more=("CONFIG_DEBUG_LOCKS",)):
    """It, in a directory of its own."""
    out = built(f"tests/{name}")
    variant.build(out, ARCH, ["CONFIG_LIFE_TEST", *more], ["lodge.elf", "lodge.bin"])
    return f"{out}/lodge.elf"
