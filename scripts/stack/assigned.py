# SPDX-License-Identifier: Apache-2.0
"""Which members the source sets to something else than a function by its name.

They may hold what any other member or variable of their type holds. In doubt a member is one of
them: then more functions are assumed to be reached than are.
"""
import re

# A macro or builtin that may write to its first argument.
WRITER = re.compile(r"\b(?!READ_ONCE\b)(?:[A-Z][A-Z0-9_]*|\w*(?:store|xchg|exchange|swap)\w*)\s*\(\s*$")


def chain_start(text, at):
    """Where the expression begins whose last member is at @at: "p" of p->ops->fn."""
    while at and (text[at - 1].isalnum() or text[at - 1] in "_.[]" or
                  text[at - 2:at] == "->" or (text[at - 1] == "-" and text[at] == ">")):
        at -= 1
    return at


def other_mentions(text, members, functions):
    """Those of @members that @text sets, or may set, to something else than @functions by name."""
    found = set()
    for match in re.finditer(r"(?:->|\.)(\w+)((?:\[[^\]]*\])*)", text):
        name, behind = match.group(1), text[match.end():match.end() + 400]
        if name not in members:
            continue
        front = text[:chain_start(text, match.start())][-80:].rstrip()
        if re.match(r"\s*=(?!=)", behind):
            value = re.match(r"\s*=\s*&?(\w+)\s*[;,}]", behind)
            if not value or value.group(1) not in functions | {"NULL", "0"}:
                found.add(name)
        elif front.endswith("&") and not front.endswith("&&"):
            found.add(name)	# who is given its address may set it
        elif WRITER.search(front) and re.match(r"\s*,", behind):
            found.add(name)
    return found


def braces(text, at):
    """What is between the brace at @at and its end."""
    depth = 0
    for end in range(at, len(text)):
        depth += {"{": 1, "}": -1}.get(text[end], 0)
        if not depth:
            return text[at + 1:end]
    return ""


def items(text):
    """The initialisers in @text, without braces round it."""
    depth, first = 0, 0
    for at, c in enumerate(text):
        depth += {"{": 1, "(": 1, "}": -1, ")": -1}.get(c, 0)
        if c == "," and not depth:
            yield text[first:at].strip()
            first = at + 1
    yield text[first:].strip()


def has_others_by_position(text, functions):
    """Whether an initialiser has, by position, what is neither a function nor a number."""
    for item in items(text):
        if item.startswith("{"):
            if has_others_by_position(braces(item, 0), functions):
                return True
        elif item and item[0] not in ".[" and item not in functions | {"NULL"} and \
                not item[0].isdigit():
            return True
    return False


def positional(text, structs, functions):
    """
    The @structs that code initialises by position, by more than @functions and numbers. What is
    static or global is no code: its relocations tell.
    """
    found = set()
    for match in re.finditer(r"^[ \t]+(?!static\b)[^\n]*?\bstruct\s+(\w+)(?:\s+\w+(?:\[[^\]]*\])?\s*=\s*|\s*\)\s*)\{",
                             text, re.M):
        if match.group(1) in structs and \
                has_others_by_position(braces(text, match.end() - 1), functions):
            found.add(match.group(1))
    return found
