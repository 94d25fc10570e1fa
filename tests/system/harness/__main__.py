# SPDX-License-Identifier: Apache-2.0
"""python3 -m harness FILE [WORD]: the tests of one file, or those with WORD in their name."""
import importlib.util
import sys

from . import main

spec = importlib.util.spec_from_file_location("tests", sys.argv[1])
spec.loader.exec_module(importlib.util.module_from_spec(spec))
sys.exit(main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else ""))
