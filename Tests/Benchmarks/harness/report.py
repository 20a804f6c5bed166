"""The results as tables: in the terminal after a run, and in docs/performance.md between its
markers.
"""

import os
import platform
import re
import time

from .results import MORE, Result

REACHED, MISSED = "reached", "missed"
BEGIN, END = "<!-- results: begin -->", "<!-- results: end -->"


def times(ratio):
    return "-" if ratio is None else f"{ratio:.2f} x"


def rows(result):
    """Header and rows: a row for each server and figure, or for each size with all figures."""
    if result.sizes:
        yield from size_rows(result)
        return
    yield ["figure", "server", "min", "median", "max", "to the reference", "to the best peer"]
    for figure in result.figures:
        best = result.best_peer(figure)
        order = sorted(
            (name for name in result.samples if result.values(name, figure.key)),
            key=lambda name: result.median(name, figure.key),
            reverse=figure.better == MORE,
        )
        unit = f", {figure.unit}" if figure.unit else ""
        for place, name in enumerate(order):
            values = result.values(name, figure.key)
            yield [
                f"{figure.title}{unit}" if place == 0 else "",
                name,
                figure.show(min(values)),
                figure.show(result.median(name, figure.key)),
                figure.show(max(values)),
                times(result.ratio(name, result.reference, figure.key)),
                times(result.ratio(name, best, figure.key) if best else None),
            ]


def size_rows(result):
    yield [
        "size",
        *(
            f"{figure.title}{', ' + figure.unit if figure.unit else ''}"
            for figure in result.figures
        ),
    ]
    for name in result.samples:
        yield [name, *(figure.show(result.median(name, figure.key)) for figure in result.figures)]


def verdict_lines(result):
    if result.ours not in result.samples:
        return
    for bound, figure, reached, enough in result.verdicts():
        if reached is None:
            shown = "not measured"
        else:
            shown = f"{reached:.2f} x" if bound.relative else figure.show(reached)
        yield f"{REACHED if enough else MISSED}: {figure.title} {bound.text()}: {shown}"


def text(result):
    table = list(rows(result))
    widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
    names = 1 if result.sizes else 2
    lines = [f"== {result.name}: {result.title}"]
    for row in table:
        cells = [
            cell.ljust(width) if column < names else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths))
        ]
        lines.append("  ".join(cells).rstrip())
    lines += [f"   {line}" for line in verdict_lines(result)]
    lines += [f"   {note}" for note in result.notes]
    return "\n".join(lines)


def markdown(result):
    lines = [f"### {result.title[:1].upper()}{result.title[1:]}", ""]
    table = list(rows(result))
    lines.append("| " + " | ".join(table[0]) + " |")
    names = 1 if result.sizes else 2
    lines.append("|" + "---|" * names + "---:|" * (len(table[0]) - names))
    for row in table[1:]:
        ours = row[1] == result.ours
        bold = [f"**{cell}**" if ours and cell not in ("", "-") else cell for cell in row]
        lines.append("| " + " | ".join([row[0], *bold[1:]]) + " |")
    lines.append("")
    lines += [f"- {line}" for line in verdict_lines(result)]
    lines += [f"- {note}" for note in result.notes]
    return "\n".join(lines).rstrip() + "\n"


def machine():
    model = "unknown processor"
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as file:
        found = re.search(r"^model name\s*:\s*(.*)$", file.read(), re.MULTILINE)
        if found:
            model = found.group(1)
    return {
        "taken": time.strftime("%Y-%m-%d", time.gmtime()),
        "machine": f"{os.cpu_count()} cores of {model}, Linux {platform.release().split('-')[0]}",
    }


def write_between_markers(path, body):
    """Replaces what stands between the markers of a page."""
    page = path.read_text()
    if BEGIN not in page or END not in page:
        raise ValueError(f"{path} has no results markers")
    head, rest = page.split(BEGIN, 1)
    tail = rest.split(END, 1)[1]
    path.write_text(f"{head}{BEGIN}\n{body}{END}{tail}")


def page_body(stored):
    """All stored results as one text, each job with its table."""
    parts = []
    for entry in stored.values():
        result = Result.from_json(entry["result"])
        rounds = "1 round" if entry["rounds"] == 1 else f"{entry['rounds']} rounds"
        parts.append(markdown(result))
        taken = f"{entry['taken']}, {entry['machine']}"
        parts.append(f"\n{rounds}, samples of {entry['seconds']:g} s, {taken}.\n\n")
    return "".join(parts)
