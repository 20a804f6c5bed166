"""Plots of the stored results as SVG: bars with the range of the rounds, readable on a light and
on a dark page.
"""

import html

from .results import MORE, Result

STYLE = """<style>
text { font: 13px system-ui, sans-serif; fill: #24292f; }
.title { font-size: 15px; font-weight: 600; }
.note, .value { fill: #57606a; }
.bar { fill: #8c959f; } .ours { fill: #1f6feb; } .reference { fill: #bf8700; }
.range { stroke: #24292f; stroke-width: 1.2; }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3; } .note, .value { fill: #9da7b1; }
  .bar { fill: #6e7681; } .ours { fill: #58a6ff; } .reference { fill: #d29922; }
  .range { stroke: #e6edf3; }
}
</style>"""
WIDTH, LEFT, RIGHT, ROW, TOP = 720, 200, 110, 26, 58

# File, job, figure, title.
PLOTS = [
    (
        "local",
        "local",
        "cost",
        "Local answer (alias and A), 1 000 registries: server CPU seconds per million",
    ),
    (
        "local-large",
        "local-large",
        "cost",
        "Local answer, 100 000 registries: server CPU seconds per million",
    ),
    ("hit", "hit", "cost", "Cache hit: server CPU seconds per million"),
    ("miss", "miss", "cost", "Cache miss, every name new: server CPU seconds per million"),
    (
        "throughput",
        "local",
        "rate",
        "Local answer, 1 000 registries: answers per second from one core",
    ),
    ("tcp", "tcp", "rate", "TCP, 8 connections, pipelined: answers per second from one core"),
    ("latency", "steady", "p99", "99th percentile at 20 000 queries per second, microseconds"),
    ("instructions", "callgrind", "instructions", "User instructions per local answer"),
]


def write(stored, directory):
    for file, job, key, title in PLOTS:
        if job in stored:
            result = Result.from_json(stored[job]["result"])
            (directory / f"{file}.svg").write_text(bars(result, key, title))
    if "growth" in stored:
        result = Result.from_json(stored["growth"]["result"])
        title = "Server CPU of a local answer or hit, times that of the C reference"
        (directory / "growth.svg").write_text(bars(result, "ratio", title, ordered=False))


def bars(result, key, title, ordered=True):
    figure = next(figure for figure in result.figures if figure.key == key)
    names = [name for name in result.samples if result.values(name, key)]
    if ordered:
        names.sort(key=lambda name: result.median(name, key), reverse=figure.better == MORE)
    largest = max((max(result.values(name, key)) for name in names), default=1) or 1
    scale = (WIDTH - LEFT - RIGHT) / largest
    height = TOP + ROW * len(names) + 12
    better = "more is better" if figure.better == MORE else "less is better"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" '
        f'height="{height}" role="img" aria-label="{html.escape(title)}">',
        STYLE,
        f'<text class="title" x="12" y="22">{html.escape(title)}</text>',
        f'<text class="note" x="12" y="41">median of the rounds, and their range; {better}</text>',
    ]
    for place, name in enumerate(names):
        parts.append(bar(result, figure, name, TOP + ROW * place, scale))
    return "\n".join([*parts, "</svg>"]) + "\n"


def bar(result, figure, name, top, scale):
    values = result.values(name, figure.key)
    median = result.median(name, figure.key)
    kind = "reference" if name.startswith("C ") else "bar"
    if name.startswith(result.ours) or result.sizes:
        kind = "ours"
    low, high = LEFT + min(values) * scale, LEFT + max(values) * scale
    middle = top + ROW / 2 - 1
    return (
        f'<text x="{LEFT - 8}" y="{middle + 4:.0f}" text-anchor="end">{html.escape(name)}</text>'
        f'<rect class="{kind}" x="{LEFT}" y="{top + 3}" width="{max(median * scale, 1):.1f}" '
        f'height="{ROW - 8}" rx="2"/>'
        f'<line class="range" x1="{low:.1f}" x2="{high:.1f}" y1="{middle:.1f}" y2="{middle:.1f}"/>'
        f'<text class="value" x="{max(high, LEFT + median * scale) + 8:.0f}" y="{middle + 4:.0f}">'
        f"{figure.show(median)}</text>"
    )
