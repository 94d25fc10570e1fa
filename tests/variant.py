# SPDX-License-Identifier: Apache-2.0
"""Builds of the default configuration with some options more."""
import os
import subprocess

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def build(out, arch, options, goals, env=None):
    """Builds @goals in the directory @out, for @arch, with each of @options (as "CONFIG_X")
    set to y, in the environment @env. It keeps what is there."""
    def make(*args):
        subprocess.run(["make", "-s", "-j2", "-C", TOP, f"O={out}", *args], check=True, env=env,
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)

    os.makedirs(out, exist_ok=True)
    config = os.path.join(out, ".config")
    if not os.path.exists(config):
        make(f"{arch}_defconfig")
        with open(config, "r+", encoding="utf-8") as f:
            text = f.read()
            for option in options:
                text = text.replace(f"# {option} is not set\n", "") + f"{option}=y\n"
            f.seek(0)
            f.write(text)
            f.truncate()
    make(*goals)
    with open(config, encoding="utf-8") as f:
        missing = set(f"{option}=y" for option in options) - set(f.read().splitlines())
    if missing:
        raise ValueError(f"{config} has not {', '.join(sorted(missing))}")
