"""The drawing board: SVG elements as text, scales, ticks and labels that do not overlap.

Colour, line and fill come from ``plots.css`` by class, so one drawing serves screen, dark mode and
paper; every state also differs in shape, hatching or words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import escape
from math import ceil, floor, log10

from downmass.base.instant import parse_instant

WIDTH = 720
TEXT = 12
"""Size of the text in a drawing [px]."""

_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_HOUR = 3600.0
_DAY = 86400.0
_EVEN_STEPS = tuple(_HOUR * hours for hours in (1, 3, 6, 12)) + tuple(_DAY * d for d in (1, 2, 5, 7, 14))
_MONTH_STEPS = (1, 2, 3, 6, 12, 24, 60, 120, 600)


def text_of(value: str) -> str:
    """Return a text safe inside SVG and HTML: escaped, without characters XML cannot hold."""
    return escape(_FORBIDDEN.sub("\ufffd", value), quote=True)


def tag(name: str, *children: str, **attributes: str | float) -> str:
    """Return an element; children are markup already, attributes are escaped here.

    Examples
    --------
    >>> tag("line", x1=0, x2=10.04, class_="axis")
    '<line x1="0" x2="10" class="axis"/>'
    """
    parts = []
    for key, value in attributes.items():
        text = value if isinstance(value, str) else f"{value:.1f}".rstrip("0").rstrip(".")
        parts.append(f' {key.rstrip("_").replace("_", "-")}="{text_of(text)}"')
    opening = f"<{name}{''.join(parts)}"
    return f"{opening}>{''.join(children)}</{name}>" if children else f"{opening}/>"


def words(text: str, x: float, y: float, kind: str = "", anchor: str = "start") -> str:
    """Return a line of text at a point."""
    return tag("text", text_of(text), x=x, y=y, class_=kind or "label", text_anchor=anchor)


def drawing(title: str, description: str, height: float, *parts: str) -> str:
    """Return a whole drawing, 720 wide, with a title and a description for those who cannot see it."""
    head = tag("title", text_of(title)) + tag("desc", text_of(description))
    return tag(
        "svg",
        head,
        *parts,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {WIDTH} {ceil(height)}",
        width=WIDTH,
        height=ceil(height),
        class_="plot",
        role="img",
        aria_label=title,
    )


def width_of(text: str, size: float = TEXT) -> float:
    """Return about how wide a text will be drawn [px]; system fonts differ by a tenth."""
    return 0.56 * size * len(text)


def shorten(text: str, room: float, size: float = TEXT) -> str:
    """Return the text cut to a width [px], with an ellipsis where something was cut."""
    fits = int(room / (0.56 * size))
    return text if len(text) <= fits else text[: max(fits - 1, 1)].rstrip() + "…"


@dataclass(frozen=True, slots=True)
class Scale:
    """A linear scale from a domain to pixels; an empty domain is widened to one unit."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        span = (self.high - self.low) or 1.0
        return self.start + (value - self.low) / span * (self.end - self.start)

    def holds(self, value: float) -> bool:
        """Say whether a value lies inside the domain."""
        return self.low <= value <= self.high


def number_ticks(low: float, high: float, most: int = 6) -> list[tuple[float, str]]:
    """Return round numbers across a domain with their labels."""
    span = (high - low) or 1.0
    raw = span / most
    power = 10 ** floor(log10(raw))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= raw * 0.999)
    decimals = max(0, -floor(log10(step)))
    first, last = ceil(low / step - 1e-9), floor(high / step + 1e-9)
    return [(index * step, f"{index * step:,.{decimals}f}") for index in range(first, last + 1)]


def time_ticks(low: float, high: float, most: int = 6) -> list[tuple[float, str]]:
    """Return calendar instants across a domain of POSIX seconds with ISO labels."""
    span = max(high - low, _HOUR)
    for step in _EVEN_STEPS:
        if span / step <= most:
            form = "%m-%d %H:%M" if step < _DAY else "%Y-%m-%d"
            first = ceil(low / step)
            return [
                (index * step, datetime.fromtimestamp(index * step, UTC).strftime(form))
                for index in range(first, floor(high / step) + 1)
            ]
    months = next((m for m in _MONTH_STEPS if span / (m * 30.44 * _DAY) <= most), _MONTH_STEPS[-1])
    return _month_ticks(low, high, months)


def _month_ticks(low: float, high: float, months: int) -> list[tuple[float, str]]:
    start = datetime.fromtimestamp(low, UTC)
    count = start.year * 12 + start.month - 1
    count -= count % months
    ticks: list[tuple[float, str]] = []
    while True:
        moment = datetime(count // 12, count % 12 + 1, 1, tzinfo=UTC)
        if moment.timestamp() > high:
            return ticks
        if moment.timestamp() >= low:
            form = "%Y" if months >= 12 else "%Y-%m"
            ticks.append((moment.timestamp(), moment.strftime(form)))
        count += months


def time_axis(scale: Scale, top: float, bottom: float) -> str:
    """Return a calendar axis under a plot, with light lines up to its top."""
    most = max(2, min(7, int((scale.end - scale.start) / 96)))
    return _axis(scale, time_ticks(scale.low, scale.high, most), top, bottom)


def number_axis(scale: Scale, top: float, bottom: float) -> str:
    """Return a number axis under a plot, with light lines up to its top."""
    return _axis(scale, number_ticks(scale.low, scale.high), top, bottom)


def _axis(scale: Scale, ticks: list[tuple[float, str]], top: float, bottom: float) -> str:
    parts = [tag("line", x1=scale.start, x2=scale.end, y1=bottom, y2=bottom, class_="axis")]
    for value, label in ticks:
        x = scale(value)
        parts.append(tag("line", x1=x, x2=x, y1=top, y2=bottom, class_="grid"))
        half = width_of(label) / 2
        parts.append(words(label, max(half, min(x, WIDTH - half)), bottom + 17, "tick", "middle"))
    return "".join(parts)


def level_axis(scale: Scale, left: float, right: float, most: int = 5) -> str:
    """Return a number axis at the left of a plot, its labels right-aligned, with light lines across."""
    parts = []
    for value, label in number_ticks(scale.low, scale.high, most):
        y = scale(value)
        parts.append(tag("line", x1=left, x2=right, y1=y, y2=y, class_="grid"))
        parts.append(words(label, left - 8, y + 4, "tick", "end"))
    return "".join(parts)


def rows_for(labels: Sequence[tuple[float, str]], right: float = WIDTH) -> list[tuple[int, bool]]:
    """Place labels beside their upright lines without overlap.

    Parameters
    ----------
    labels
        Position [px] and text of each label.
    right
        Where a label must turn to the left of its line [px].

    Returns
    -------
    list of (row, turned)
        Row from 0 at the plot upwards, and whether the text stands left of its line.
    """
    taken: list[list[tuple[float, float]]] = []
    placed: list[tuple[int, bool]] = [(0, False)] * len(labels)
    for index in sorted(range(len(labels)), key=lambda i: labels[i][0]):
        x, text = labels[index]
        turned = x + 6 + width_of(text) > right
        span = (x - 6 - width_of(text), x + 6) if turned else (x - 6, x + 6 + width_of(text))
        row = 0
        while row < len(taken) and any(span[0] < b and a < span[1] for a, b in taken[row]):
            row += 1
        if row == len(taken):
            taken.append([])
        taken[row].append(span)
        placed[index] = (row, turned)
    return placed


def seconds(text: str) -> float:
    """Return the POSIX seconds of an ISO instant."""
    return parse_instant(text).timestamp()


def day_of(moment: float) -> str:
    """Return the date of POSIX seconds."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=moment)).strftime("%Y-%m-%d")
