"""Extracts the code of a Swift text: blanks comments and literals, and keeps the lines."""

import re

LITERAL = re.compile(r'(#*)("""|")')


def code_of(text):
    """The text without comments and string literals, but with the code interpolated in them."""
    kept = []
    scan(text, 0, kept, is_interpolated=False)
    return "".join(kept)


def scan(text, index, kept, is_interpolated):
    """Keeps code up to the end, or to the bracket that ends an interpolation; returns the rest."""
    depth = 0
    while index < len(text):
        start = index
        if text.startswith("//", index):
            index = text.find("\n", index)
            index = len(text) if index < 0 else index
        elif text.startswith("/*", index):
            index = end_of_comment(text, index)
            kept.append("\n" * text.count("\n", start, index) or " ")
        elif literal := LITERAL.match(text, index):
            index = scan_literal(text, literal, kept)
        else:
            depth += {"(": 1, ")": -1}.get(text[index], 0)
            index += 1
            if is_interpolated and depth < 0:
                return index
            kept.append(text[start])
    return index


def end_of_comment(text, start):
    """Where a block comment ends; they nest."""
    depth = 0
    for mark in re.compile(r"/\*|\*/").finditer(text, start):
        depth += 1 if mark.group() == "/*" else -1
        if depth == 0:
            return mark.end()
    return len(text)


def scan_literal(text, opening, kept):
    """Where a string literal ends, whatever its number of quotes and number signs."""
    hashes, quotes = opening.groups()
    marks = re.compile(r"\\" + hashes + r".|" + quotes + hashes, re.DOTALL)
    index = opening.end()
    while mark := marks.search(text, index):
        kept.append("\n" * text.count("\n", index, mark.end()) or " ")
        index = mark.end()
        if mark.group().startswith('"'):
            return index
        if mark.group().endswith("("):
            index = scan(text, index, kept, is_interpolated=True)
            kept.append(" ")
    kept.append("\n" * text.count("\n", index))
    return len(text)
