#!/usr/bin/env python3
"""Draws how the cost of a plan grows with jobs and with nodes.

Runs plan_bench for every size, several times each, and writes two files side by side: the picture, and the figures
that it shows. Prints them as a table for docs/performance.md. Needs nothing but Python's standard library.

    cmake --preset bench && ninja -C build/bench plan_bench
    python3 bench/plot_growth.py            # measures and draws; a minute on a quiet machine
    python3 bench/plot_growth.py --redraw   # draws the figures that are there already

Times are milliseconds of CPU time of one core. Of the runs of one size the point is the median, the bar the range.
"""

import argparse
import csv
import math
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

ROOT = Path(__file__).resolve().parent.parent
FIGURES = ROOT / "docs/pictures/plan-growth.csv"
PICTURE = ROOT / "docs/pictures/plan-growth.svg"

JOBS_MOST = 100_000
NODES_MOST = 10_000
# What is measured: how many jobs wait, on how many nodes of 8 cards, planned by which policy.
SIZES = (
    [(jobs, NODES_MOST, "conservative") for jobs in (1_000, 3_000, 10_000, 30_000, JOBS_MOST)]
    + [(jobs, NODES_MOST, "aged") for jobs in (1_000, 3_000, 10_000, 30_000, JOBS_MOST)]
    + [(jobs, 1_250, "conservative") for jobs in (1_000, 3_000, 6_000, 10_000, 30_000, JOBS_MOST)]
    + [(JOBS_MOST, nodes, policy) for nodes in (1_000, 3_000) for policy in ("conservative", "aged")]
)


# --- measuring ---


@dataclass(frozen=True)
class Figure:
    """One size: the whole plan, and what a plan costs after an end; all runs."""

    jobs: int
    nodes: int
    policy: str
    whole_ms: tuple[float, ...]
    end_ms: tuple[float, ...]


def measure(bench: Path, runs: int) -> list[Figure]:
    figures = []
    for jobs, nodes, policy in sorted(set(SIZES)):
        rows = []
        for _ in range(runs):
            ran = subprocess.run([bench, str(jobs), str(nodes), policy], capture_output=True, text=True, check=False)
            if ran.returncode != 0:
                sys.exit(f"{bench} {jobs} {nodes} {policy}: {ran.stderr.strip()}")
            rows += csv.DictReader(ran.stdout.splitlines())
        figure = Figure(jobs, nodes, policy, *(tuple(float(row[k]) for row in rows) for k in ("whole_ms", "end_ms")))
        print(f"{jobs:>7} jobs, {nodes:>6} nodes, {policy}: {spread(figure.whole_ms)} ms", file=sys.stderr)
        figures.append(figure)
    return figures


def save(figures: list[Figure], path: Path) -> None:
    with path.open("w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(("jobs", "nodes", "policy", "whole_ms", "end_ms"))
        for one in figures:
            out.writerow((one.jobs, one.nodes, one.policy, *(" ".join(map(str, v)) for v in (one.whole_ms, one.end_ms))))


def load(path: Path) -> list[Figure]:
    with path.open(newline="") as file:
        return [
            Figure(
                int(row["jobs"]), int(row["nodes"]), row["policy"],
                *(tuple(float(v) for v in row[k].split()) for k in ("whole_ms", "end_ms")),
            )
            for row in csv.DictReader(file)
        ]  # fmt: skip


def spread(values: tuple[float, ...]) -> str:
    """`394 – 496`; one number where they round to the same."""
    low, high = (f"{v:.1f}" if v < 10 else f"{v:.0f}" for v in (min(values), max(values)))
    return low if low == high else f"{low} – {high}"


def table(figures: list[Figure]) -> str:
    lines = ["| waiting jobs | nodes x 8 | policy | whole plan, ms | after an end, ms |", "| --- | --- | --- | --- | --- |"]
    for one in sorted(figures, key=lambda f: (f.policy != "conservative", -f.nodes, f.jobs)):
        lines.append(
            f"| {one.jobs:,} | {one.nodes:,} | *{one.policy}* | {spread(one.whole_ms)} | {spread(one.end_ms)} |"
        )
    return "\n".join(lines)


# --- drawing ---

# Lines differ in colour, dash and mark: none of them speaks alone. The colours are Okabe and Ito's, which people who
# see colours differently can tell apart; text and lines stand on a white panel, whatever is behind the picture.
INK, FAINT, GRID, TARGET = "#1b1f24", "#57606a", "#dfe3e8", "#b3261e"


@dataclass(frozen=True)
class Style:
    colour: str
    mark: str
    dash: str


STYLES = {
    ("conservative", NODES_MOST): Style("#0072b2", "circle", ""),
    ("conservative", 1_250): Style("#a35200", "square", "7 3"),
    ("aged", NODES_MOST): Style("#00755a", "triangle", "2 3"),
}
WIDTH, HEIGHT = 960, 520
TOP, BOTTOM = 96, 440
LOW_MS, HIGH_MS = 1.0, 3_000.0


@dataclass(frozen=True)
class Panel:
    """A plot with both axes logarithmic."""

    left: float
    right: float
    low: float
    high: float
    ticks: tuple[int, ...]

    def x(self, value: float) -> float:
        return self.left + (self.right - self.left) * math.log(value / self.low) / math.log(self.high / self.low)

    @staticmethod
    def y(ms: float) -> float:
        ms = min(max(ms, LOW_MS), HIGH_MS)
        return BOTTOM - (BOTTOM - TOP) * math.log(ms / LOW_MS) / math.log(HIGH_MS / LOW_MS)


JOBS = Panel(78, 540, 800, 125_000, (1_000, 3_000, 10_000, 30_000, 100_000))
NODES = Panel(640, 930, 800, 12_500, (1_000, 3_000, 10_000))


def text(x: float, y: float, words: str, size: int = 13, anchor: str = "start", colour: str = INK, more: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" fill="{colour}"{more}>{escape(words)}</text>'


def stroke(x1: float, y1: float, x2: float, y2: float, colour: str, width: float = 1, dash: str = "") -> str:
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" stroke-width="{width}"{dashes}/>'


def mark(x: float, y: float, style: Style) -> str:
    if style.mark == "circle":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" fill="{style.colour}"/>'
    if style.mark == "square":
        return f'<rect x="{x - 4:.1f}" y="{y - 4:.1f}" width="8" height="8" fill="{style.colour}"/>'
    return f'<path d="M{x:.1f} {y - 5.5:.1f} l5.5 10 h-11 z" fill="{style.colour}"/>'


def duration(ms: float) -> str:
    return f"{ms / 1000:g} s" if ms >= 1_000 else f"{ms:g} ms"


def axes(panel: Panel, what: str, y_labels: bool) -> list[str]:
    out = []
    for ms in (1, 3, 10, 30, 100, 300, 1_000, 3_000):
        out.append(stroke(panel.left, panel.y(ms), panel.right, panel.y(ms), GRID))
        if y_labels:
            out.append(text(panel.left - 8, panel.y(ms) + 4, duration(ms), 12, "end", FAINT))
    for tick in panel.ticks:
        out.append(stroke(panel.x(tick), TOP, panel.x(tick), BOTTOM, GRID))
        out.append(text(panel.x(tick), BOTTOM + 18, f"{tick:,}", 12, "middle", FAINT))
    out.append(stroke(panel.left, BOTTOM, panel.right, BOTTOM, INK))
    out.append(stroke(panel.left, TOP, panel.left, BOTTOM, INK))
    out.append(text((panel.left + panel.right) / 2, BOTTOM + 40, what, 13, "middle"))
    return out


def target(panel: Panel, ms: float, words: str) -> list[str]:
    y = panel.y(ms)
    return [
        stroke(panel.left, y, panel.right, y, TARGET, 1.5, "10 4"),
        text(panel.left + 6, y - 5, words, 12, "start", TARGET),
    ]


def series(panel: Panel, points: list[tuple[int, tuple[float, ...]]], style: Style) -> list[str]:
    points = sorted(points)
    middle = [(panel.x(at), panel.y(statistics.median(ms))) for at, ms in points]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in middle)
    dashes = f' stroke-dasharray="{style.dash}"' if style.dash else ""
    out = [f'<polyline points="{path}" fill="none" stroke="{style.colour}" stroke-width="2"{dashes}/>']
    for (x, y), (_, ms) in zip(middle, points):
        out.append(stroke(x, panel.y(min(ms)), x, panel.y(max(ms)), style.colour, 1.5))
        out.append(mark(x, y, style))
    return out


def draw(figures: list[Figure]) -> str:
    title = "One plan of the whole queue: how it grows"
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        'role="img" font-family="system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif">',
        f"<title>{title}</title>",
        "<desc>CPU time of one core against waiting jobs, and against nodes; both axes logarithmic. The figures are in "
        "the table of docs/performance.md and in plan-growth.csv.</desc>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" rx="8" fill="#ffffff" stroke="{GRID}"/>',
        text(20, 32, title, 18, more=' font-weight="600"'),
        text(20, 54, "CPU time of one core, both axes logarithmic; points: median of all runs, bars: their range", 13, colour=FAINT),
    ]
    out += axes(JOBS, "waiting jobs", True)
    out += axes(NODES, f"nodes with 8 cards each; {JOBS_MOST:,} jobs wait", True)
    out += target(JOBS, 1_000, f"target 1 s: {JOBS_MOST:,} jobs on {NODES_MOST:,} nodes")
    out += target(JOBS, 300, "target 0.3 s: 6,000 jobs on 1,250 nodes")
    out += target(NODES, 1_000, "target 1 s")
    place = 20.0
    for (policy, nodes), style in STYLES.items():
        of_jobs = [(f.jobs, f.whole_ms) for f in figures if (f.policy, f.nodes) == (policy, nodes)]
        out += series(JOBS, of_jobs, style)
        if nodes == NODES_MOST:
            ladder = NODES.ticks
            of_nodes = [(f.nodes, f.whole_ms) for f in figures if (f.policy, f.jobs) == (policy, JOBS_MOST) and f.nodes in ladder]
            out += series(NODES, of_nodes, style)
        dashes = f' stroke-dasharray="{style.dash}"' if style.dash else ""
        out.append(f'<path d="M{place:.0f} 76 h34" stroke="{style.colour}" stroke-width="2"{dashes}/>')
        out.append(mark(place + 17, 76, style))
        out.append(text(place + 42, 80, f"{policy}, {nodes:,} nodes (right: any number)" if nodes == NODES_MOST else f"{policy}, {nodes:,} nodes", 13))
        place += 364 if nodes == NODES_MOST else 232
    out.append(text(20, HEIGHT - 14, "conservative: a promise for everyone. aged: everyone is examined, the first has a promise.", 12, colour=FAINT))
    return "\n".join(out) + "\n</svg>\n"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--bench", type=Path, default=ROOT / "build/bench/bin/plan_bench", help="the program that measures")
    options.add_argument("--runs", type=int, default=5, help="of each size; default 5")
    options.add_argument("--redraw", action="store_true", help="measure nothing")
    given = options.parse_args()
    if given.runs < 1:
        options.error("--runs is 1 at least")
    if given.redraw:
        figures = load(FIGURES)
    else:
        if not given.bench.exists():
            sys.exit(f"{given.bench} is not there: cmake --preset bench && ninja -C build/bench plan_bench")
        figures = measure(given.bench, given.runs)
        PICTURE.parent.mkdir(parents=True, exist_ok=True)
        save(figures, FIGURES)
    PICTURE.write_text(draw(figures))
    print(table(figures))


if __name__ == "__main__":
    main()
