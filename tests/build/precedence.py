#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""precedence.py: reads preprocessed assembly and prints each expression that GNU as would
evaluate otherwise than C does, as "FILE:LINE: EXPRESSION"; status 1 if there is one.

The assembler has three levels for the binary operators of arithmetic ("Using as", 6.2.4,
Infix Operators), C has six: 1 << 8 * 0 is 256 for one and 1 for the other.
"""
import re
import sys

# How tightly an operator binds; all are left-associative.
AS = {"*": 4, "/": 4, "%": 4, "<<": 4, ">>": 4, "|": 3, "&": 3, "^": 3, "+": 2, "-": 2,
      "==": 2, "!=": 2, "<": 2, ">": 2, "<=": 2, ">=": 2, "&&": 1, "||": 0}
C = {"*": 9, "/": 9, "%": 9, "+": 8, "-": 8, "<<": 7, ">>": 7, "<": 6, ">": 6, "<=": 6,
     ">=": 6, "==": 5, "!=": 5, "&": 4, "^": 3, "|": 2, "&&": 1, "||": 0}

TOKEN = re.compile(r"""\s*("(?:\\.|[^"])*"|[\w.$\\@%:]+|<<|>>|<=|>=|==|!=|&&|\|\||\S)""")
OPERAND = re.compile(r"[\w.$\\@:]*[\w.$\\@]$|%[a-z]\w*$")


def atom(tokens, at):
    """The end of the operand that begins at @at, or None: signs, then a word or parentheses."""
    while at < len(tokens) and tokens[at] in ("-", "~", "!", "+", "#", "$"):
        at += 1
    if at < len(tokens) and tokens[at] == "(":
        depth = 0
        for end in range(at, len(tokens)):
            depth += (tokens[end] == "(") - (tokens[end] == ")")
            if not depth:
                return end + 1
        return None
    return at + 1 if at < len(tokens) and OPERAND.match(tokens[at]) else None


def tree(operators, table):
    """The order in which @operators are applied: nested pairs of the places of operands."""
    values, waiting = [0], []

    def apply():
        right = values.pop()
        values.append((values.pop(), waiting.pop(), right))

    for place, op in enumerate(operators):
        while waiting and table[operators[waiting[-1]]] >= table[op]:
            apply()
        waiting.append(place)
        values.append(place + 1)
    while waiting:
        apply()
    return values[0]


def faults(tokens):
    """Expressions in @tokens of which as and C make different trees."""
    at = 0
    while at < len(tokens):
        end, operators = atom(tokens, at), []
        while end and end < len(tokens) and tokens[end] in C:
            after = atom(tokens, end + 1)
            if not after:
                break
            operators.append(tokens[end])
            end = after
        if operators and tree(operators, AS) != tree(operators, C):
            yield " ".join(tokens[at:end])
        # What is in parentheses is looked at next.
        at += 1 if not operators or "(" in tokens[at:end] else end - at


def main():
    """Standard input to standard output."""
    bad, name, number = False, "-", 0
    for line in sys.stdin:
        number += 1
        mark = re.match(r'# (\d+) "([^"]*)"', line)
        if mark:
            name, number = mark.group(2), int(mark.group(1)) - 1
            continue
        for statement in line.split(";"):
            for what in faults(TOKEN.findall(statement)):
                print(f"{name}:{number}: {what}")
                bad = True
    return bad


sys.exit(main())
