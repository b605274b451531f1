"""What is made of measurements: ratios, means, tables, and the picture.

Lives here: means, Markdown tables, and the bars of the picture as SVG.
Not here: measuring (run.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from math import exp, floor, log, log10

__all__ = ["geometric_mean", "markdown", "number", "picture", "ratios"]


def geometric_mean(values: Iterable[float]) -> float:
    """Of at least one positive number."""
    logs = [log(value) for value in values]
    return exp(sum(logs) / len(logs))


def ratios(times: Mapping[str, float], base: str) -> dict[str, float]:
    """How many times as long as *base* each took."""
    return {name: seconds / times[base] for name, seconds in times.items()} if base in times else {}


def markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table. All columns but the first are numbers."""
    lines = ["| " + " | ".join(head) + " |", "|---" + "|--:" * (len(head) - 1) + "|"]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines)


def number(value: float | None) -> str:
    """Three digits that count, and no more; a dash for nothing."""
    if value is None:
        return "–"
    if value >= 1000:
        return f"{value:,.0f}".replace(",", " ")
    if value <= 0:
        return "0"
    return f"{value:.{max(0, 2 - floor(log10(value)))}f}"


_WIDTH, _ROW, _LEFT, _RIGHT, _TOP = 760, 30, 170, 90, 54


def picture(title: str, values: Mapping[str, float], marked: frozenset[str]) -> str:
    """Horizontal bars on a logarithmic scale, the shortest first; those in *marked* stand out. An SVG document."""
    ordered = sorted(values.items(), key=lambda item: item[1])
    low, high = min(1.0, ordered[0][1]), ordered[-1][1]
    span = log10(high / low) or 1.0
    room = _WIDTH - _LEFT - _RIGHT
    height = _TOP + _ROW * len(ordered) + 16

    def x(value: float) -> float:
        return _LEFT + 6 + (room - 6) * log10(value / low) / span

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" font-family="system-ui, sans-serif">',
        "<style>text{fill:#24292f}.r{fill:#9aa7b4}.m{fill:#2f6feb}.g{stroke:#d0d7de}.n{fill:#6e7781}"
        "@media (prefers-color-scheme: dark){"
        "text{fill:#e6edf3}.r{fill:#57606a}.m{fill:#6ea8fe}.g{stroke:#30363d}.n{fill:#8b949e}}"
        "</style>",
        f'<text x="12" y="24" font-size="16" font-weight="600">{escape(title)}</text>',
        '<text class="n" x="12" y="42" font-size="12">shorter is faster; the scale is logarithmic</text>',
    ]
    power = 10 ** int(log10(low))
    while power <= high:
        parts.append(f'<line class="g" x1="{x(power):.1f}" x2="{x(power):.1f}" y1="{_TOP - 4}" y2="{height - 14}"/>')
        parts.append(f'<text class="n" x="{x(power):.1f}" y="{height - 3}" font-size="10" text-anchor="middle">{power}×</text>')
        power *= 10
    for row, (name, value) in enumerate(ordered):
        y = _TOP + _ROW * row
        kind = "m" if name in marked else "r"
        parts.append(f'<text x="{_LEFT - 8}" y="{y + 17}" font-size="13" text-anchor="end">{escape(name)}</text>')
        parts.append(f'<rect class="{kind}" x="{_LEFT}" y="{y + 3}" width="{x(value) - _LEFT:.1f}" height="20" rx="3"/>')
        parts.append(f'<text x="{x(value) + 6:.1f}" y="{y + 18}" font-size="12">{number(value)}×</text>')
    return "\n".join([*parts, "</svg>", ""])
