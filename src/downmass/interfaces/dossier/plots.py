"""The five plots of an answer drawn as SVG: pure functions from plot to markup.

Notes
-----
Plots with one title from several moments share one time axis when drawn with the domain that
:func:`shared_domain` returns, so that they can be read against each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

from downmass.answers.answer import Bar, Bars, Dots, Gantt, Histogram, Mark, Plot, Track
from downmass.base.instant import parse_instant
from downmass.interfaces.dossier.reading import number_words, value_words
from downmass.interfaces.dossier.svg import (
    WIDTH,
    Scale,
    day_of,
    drawing,
    level_axis,
    number_axis,
    rows_for,
    seconds,
    shorten,
    tag,
    text_of,
    time_axis,
    width_of,
    words,
)

Coast = Sequence[Sequence[Sequence[float]]]
"""Polylines of (longitude, latitude) [deg]."""

Domain = tuple[float, float]

_ROW = 24
_MARK_ROW = 17
_EDGE = 8
_DAY = 86400.0
_DRAWN_SHARE = 0.92
"""Share of the futures a histogram draws before it ends; what lies beyond is said in words [1]."""
_SHAPES = ("circle", "square", "triangle", "diamond", "cross", "ring")
_STATES = ("done", "planned", "late", "window")
_ORDER = ("window", "planned", "late", "done")
"""What is drawn first lies underneath."""


def draw(plot: Plot, coast: Coast = (), domain: Domain | None = None) -> str:
    """Return a plot as one SVG element, 720 wide.

    Parameters
    ----------
    plot
        Any plot of an answer.
    coast
        Coastline under a ground track; without it only the graticule is drawn.
    domain
        Least and greatest of the horizontal axis (POSIX seconds for instants); the plot's own if none.
    """
    if isinstance(plot, Histogram):
        return _histogram(plot, domain or own_domain(plot))
    if isinstance(plot, Gantt):
        return _gantt(plot, domain or own_domain(plot))
    if isinstance(plot, Dots):
        return _dots(plot, domain or own_domain(plot))
    if isinstance(plot, Bars):
        return _bars(plot)
    return _track(plot, coast)


def own_domain(plot: Histogram | Gantt | Dots) -> Domain:
    """Return the horizontal extent of a plot, its marks included, a little widened."""
    if isinstance(plot, Histogram):
        places = [_place(edge, plot.unit) for edge in plot.edges]
        places = [place for place in places if place <= _reach(plot)]
        places += [_place(mark.at, plot.unit) for mark in plot.marks]
    elif isinstance(plot, Gantt):
        places = [seconds(at) for bar in plot.bars for at in (bar.opens, bar.closes)]
        places += [seconds(mark.at) for mark in plot.marks]
    else:
        places = [seconds(at) for at, _, _ in plot.dots] + [seconds(mark.at) for mark in plot.marks]
    if not places:
        return 0.0, _DAY
    low, high = min(places), max(places)
    margin = (high - low) * 0.02 or (_DAY if _is_time(plot) else abs(high) * 0.1 or 1.0)
    return low - margin, high + margin


def beyond(plot: Histogram, domain: Domain) -> str:
    """Return in words how many futures lie to the right of what is drawn; empty if none."""
    total = sum(plot.counts) + plot.later
    edges = [_place(edge, plot.unit) for edge in plot.edges]
    later = plot.later
    later += sum(count for left, count in zip(edges, plot.counts, strict=False) if left >= domain[1])
    if not later or not total:
        return ""
    return f"{max(1, round(100 * later / total))} % of the futures lie further right than is drawn"


def _reach(plot: Histogram) -> float:
    """Return the edge up to which a histogram is drawn, so that a thin tail does not hide its body."""
    total, seen = sum(plot.counts) + plot.later, 0
    edges = [_place(edge, plot.unit) for edge in plot.edges]
    for right, count in zip(edges[1:], plot.counts, strict=False):
        seen += count
        if seen >= _DRAWN_SHARE * total:
            return right
    return edges[-1] if edges else 0.0


def shared_domain(plots: Sequence[Plot]) -> Domain | None:
    """Return one horizontal extent for plots that have such an axis of one kind, else none."""
    drawn = [plot for plot in plots if isinstance(plot, Histogram | Gantt | Dots)]
    if not drawn or len({_is_time(plot) for plot in drawn}) > 1:
        return None
    extents = [own_domain(plot) for plot in drawn]
    return min(low for low, _ in extents), max(high for _, high in extents)


def share_below(plot: Histogram, at: str) -> float | None:
    """Return the share of the futures that lie before a place [1], or none if there are no futures."""
    total = sum(plot.counts) + plot.later
    if not total:
        return None
    place = _place(at, plot.unit)
    edges = [_place(edge, plot.unit) for edge in plot.edges]
    below = 0.0
    for (left, right), count in zip(pairwise(edges), plot.counts, strict=False):
        inside = (place - left) / (right - left) if right > left else float(place >= left)
        below += count * min(1.0, max(0.0, inside))
    return below / total


def caption(plot: Plot, as_of: datetime | None = None) -> str:
    """Return where each mark falls in the futures of a histogram; nothing for other plots.

    Marks that had already happened by ``as_of`` are left out: no future lies before a known fact.
    """
    if not isinstance(plot, Histogram) or not plot.marks or not sum(plot.counts):
        return ""
    said = []
    for mark in plot.marks:
        share = mark.share if mark.share is not None else share_below(plot, mark.at)
        if share is None or mark.label.lower().startswith("as of"):
            continue
        if as_of is not None and plot.unit == "UTC" and parse_instant(mark.at) <= as_of:
            continue
        where = f"{100 * share:.0f} % of the futures lie before it"
        if share <= 0:
            where = "every future lies after it"
        elif share >= 1:
            where = "every future lies before it"
        at = "" if value_words(mark.at)[:10] in mark.label else f" ({value_words(mark.at)})"
        said.append(f"{mark.label[:1].upper()}{mark.label[1:]}{at}: {where}.")
    return " ".join(said)


def _is_time(plot: Histogram | Gantt | Dots) -> bool:
    return not isinstance(plot, Histogram) or plot.unit == "UTC"


def _place(text: str, unit: str) -> float:
    return seconds(text) if unit == "UTC" else float(text)


def _marks(placed: Sequence[tuple[float, Mark]], top: float, bottom: float) -> str:
    """Return upright lines with labels stacked above ``top``."""
    rows = rows_for([(x, mark.label) for x, mark in placed])
    lines, labels = [], []
    for (x, mark), (row, turned) in zip(placed, rows, strict=True):
        y = top - 6 - row * _MARK_ROW
        kind = "mark model" if mark.origin == "model" else "mark fact"
        lines.append(tag("line", x1=x, x2=x, y1=y - 11, y2=bottom, class_=kind))
        label = shorten(mark.label, WIDTH)
        labels.append(words(label, x - 5 if turned else x + 5, y, kind, "end" if turned else "start"))
    return "".join(lines + labels)


def _mark_room(placed: Sequence[tuple[float, Mark]]) -> float:
    rows = rows_for([(x, mark.label) for x, mark in placed])
    return 10 + _MARK_ROW * (1 + max((row for row, _ in rows), default=-1))


def _histogram(plot: Histogram, domain: Domain) -> str:
    scale = Scale(*domain, _EDGE, WIDTH - _EDGE)
    placed = [(scale(_place(mark.at, plot.unit)), mark) for mark in plot.marks]
    top = _mark_room(placed)
    bottom = top + 130
    edges = [_place(edge, plot.unit) for edge in plot.edges]
    heights = [
        count / (right - left) if right > left else 0.0
        for (left, right), count in zip(pairwise(edges), plot.counts, strict=False)
    ]
    most = max(heights, default=0.0) or 1.0
    axis = time_axis if plot.unit == "UTC" else number_axis
    parts = [axis(scale, top, bottom)]
    for (left, right), height in zip(pairwise(edges), heights, strict=False):
        if height and left < domain[1] and right > domain[0]:
            x, tall = scale(left), 122 * height / most
            wide = max(min(scale(right), WIDTH - _EDGE) - x - 0.8, 0.8)
            parts.append(tag("rect", x=x, y=bottom - tall, width=wide, height=tall, class_="futures"))
    parts.append(_marks(placed, top, bottom))
    tail = beyond(plot, domain)
    if tail:
        parts.append(words(f"{tail} →", WIDTH - _EDGE, bottom + 34, "tick", "end"))
    if plot.unit != "UTC":
        parts.append(words(plot.unit, _EDGE, bottom + 34, "tick"))
    return drawing(
        plot.title, _told_histogram(plot), bottom + (40 if tail or plot.unit != "UTC" else 26), *parts
    )


def _told_histogram(plot: Histogram) -> str:
    if not plot.counts or not sum(plot.counts):
        return "No futures."
    span = f"from {value_words(plot.edges[0])} to {value_words(plot.edges[-1])}"
    return f"{sum(plot.counts):,} futures {span}. {caption(plot)}"


def _gantt(plot: Gantt, domain: Domain) -> str:
    names = list(dict.fromkeys(bar.row for bar in plot.bars))
    column = min(220.0, 16 + max((width_of(name) for name in names), default=0.0))
    scale = Scale(*domain, column, WIDTH - _EDGE)
    placed = [(scale(seconds(mark.at)), mark) for mark in plot.marks]
    top = _mark_room(placed)
    bottom = top + _ROW * len(names) + 6
    parts = [time_axis(scale, top, bottom)]
    for index, name in enumerate(names):
        y = top + 6 + _ROW * index
        parts.append(words(shorten(name, column - 12), column - 10, y + 13, "row", "end"))
    for bar in sorted(plot.bars, key=lambda bar: _ORDER.index(bar.state)):
        parts.append(_bar(bar, scale, top + 6 + _ROW * names.index(bar.row), _room(bar, plot.bars, scale)))
    parts.append(_marks(placed, top, bottom))
    states = [state for state in _STATES if any(bar.state == state for bar in plot.bars)]
    parts.append(_state_key(states, column, bottom + 40))
    told = "; ".join(
        f"{bar.row}: {bar.state} {value_words(bar.opens)} to {value_words(bar.closes)}" for bar in plot.bars
    )
    return drawing(plot.title, told, bottom + 54, *parts)


def _bar(bar: Bar, scale: Scale, y: float, room: float) -> str:
    left, right = scale(seconds(bar.opens)), scale(seconds(bar.closes))
    wide = max(right - left, 2.0)
    tall, down = {"window": (5.0, 11.0), "late": (8.0, 4.0)}.get(bar.state, (16.0, 0.0))
    told = f"{bar.row}, {bar.state}: {value_words(bar.opens)} to {value_words(bar.closes)} {bar.label}"
    title = tag("title", text_of(told.strip()))
    rect = tag("rect", title, x=left, y=y + down, width=wide, height=tall, rx=2.0, class_=f"bar {bar.state}")
    if bar.state == "late":
        rect += _hatching(left, left + wide, y + down, tall)
    if not bar.label:
        return rect
    if width_of(bar.label) <= room - 10:
        return rect + words(bar.label, left + wide + 5, y + 12, "note")
    if bar.state == "window":
        return rect + words(shorten(bar.label, WIDTH - left), min(right, WIDTH - 4.0), y + 8, "note", "end")
    if bar.state == "done" and width_of(bar.label) + 12 <= wide:
        return rect + words(bar.label, left + 6, y + 12, "inside")
    return rect


def _room(bar: Bar, bars: Sequence[Bar], scale: Scale) -> float:
    """Return the free width to the right of a bar up to the next on its row [px]."""
    closes = seconds(bar.closes)
    later = [seconds(other.opens) for other in bars if other.row == bar.row and other is not bar]
    after = [scale(opens) for opens in later if opens >= closes - 1]
    return min(after, default=float(WIDTH)) - max(scale(closes), scale(seconds(bar.opens)) + 2)


def _hatching(left: float, right: float, y: float, tall: float) -> str:
    """Return slanted strokes, so that lateness shows without colour."""
    parts, x = [], left
    while x < right:
        end = min(x + tall / 2, right)
        parts.append(tag("line", x1=x, y1=y + tall, x2=end, y2=y + tall - (end - x) * 2, class_="hatch"))
        x += 6
    return "".join(parts)


def _state_key(states: Sequence[str], x: float, y: float) -> str:
    parts = []
    for state in states:
        tall, down = {"window": (5.0, 4.0), "late": (8.0, 2.0)}.get(state, (12.0, 0.0))
        parts.append(
            tag("rect", x=x, y=y - 10 + down, width=22.0, height=tall, rx=2.0, class_=f"bar {state}")
        )
        if state == "late":
            parts.append(_hatching(x, x + 22, y - 10 + down, tall))
        parts.append(words(state, x + 28, y, "tick"))
        x += 46 + width_of(state)
    return "".join(parts)


def _bars(plot: Bars) -> str:
    column = min(300.0, 16 + max((width_of(name) for name, _ in plot.rows), default=0.0))
    short = plot.unit if len(plot.unit) <= 3 else ""
    figures = [f"{number_words(f'{amount:.4g}')} {short}".strip() for _, amount in plot.rows]
    right = WIDTH - 14 - max((width_of(figure) for figure in figures), default=0.0)
    low = min((amount for _, amount in plot.rows if amount < 0), default=0.0)
    high = max((amount for _, amount in plot.rows if amount > 0), default=0.0)
    scale = Scale(low, high or (0.0 if low else 1.0), column, right)
    zero = scale(0.0)
    parts = []
    for index, ((name, amount), figure) in enumerate(zip(plot.rows, figures, strict=True)):
        y = 6.0 + _ROW * index
        x, end = sorted((zero, scale(amount)))
        kind = "bar done" if amount >= 0 else "bar late"
        parts.append(words(shorten(name, column - 12), column - 10, y + 13, "row", "end"))
        parts.append(tag("rect", x=x, y=y, width=max(end - x, 1.0), height=16.0, rx=2.0, class_=kind))
        parts.append(words(figure, WIDTH - 4, y + 13, "figure", "end"))
    bottom = 6.0 + _ROW * len(plot.rows)
    parts.append(tag("line", x1=zero, x2=zero, y1=2.0, y2=bottom, class_="axis"))
    if not short:
        parts.append(words(plot.unit, WIDTH - 4, bottom + 14, "tick", "end"))
    told = "; ".join(
        f"{name}: {figure} {plot.unit if not short else ''}".strip()
        for (name, _), figure in zip(plot.rows, figures, strict=True)
    )
    return drawing(plot.title, told, bottom + (6 if short else 22), *parts)


def _dots(plot: Dots, domain: Domain) -> str:
    groups = list(dict.fromkeys(group for _, _, group in plot.dots))
    levels = [level for _, level, _ in plot.dots] or [0.0]
    low, high = min([*levels, 0.0]), max([*levels, 0.0])
    pad = (high - low) * 0.06 or 1.0
    low, high = (low - pad if low < 0 else low), high + pad
    left = 14 + max(width_of(f"{number_words(f'{bound:.0f}')}") for bound in (low, high))
    scale = Scale(*domain, left, WIDTH - _EDGE)
    placed = [(scale(seconds(mark.at)), mark) for mark in plot.marks]
    top = _mark_room(placed) + 16
    bottom = top + 200
    up = Scale(low, high, bottom, top)
    parts = [time_axis(scale, top, bottom), level_axis(up, left, WIDTH - _EDGE)]
    parts.append(words(plot.unit, 0, top - 8, "tick"))
    for at, level, group in plot.dots:
        index = groups.index(group) % len(_SHAPES)
        told = f"{group}: {value_words(at)}, {number_words(f'{level:.1f}')} {plot.unit}".strip(": ")
        parts.append(_dot(scale(seconds(at)), up(level), index, told))
    parts.append(_marks(placed, top - 16, bottom))
    x = left
    for index, group in enumerate(groups):
        if group:
            parts.append(
                _dot(x + 5, bottom + 38, index % len(_SHAPES), group)
                + words(group, x + 15, bottom + 42, "tick")
            )
            x += 36 + width_of(group)
    told = f"{len(plot.dots)} points from {day_of(domain[0])} to {day_of(domain[1])}, {plot.unit}."
    return drawing(plot.title, told, bottom + 54, *parts)


def _dot(x: float, y: float, index: int, told: str) -> str:
    shape, kind = _SHAPES[index], f"dot group-{index}"
    title = tag("title", text_of(told))
    if shape in ("circle", "ring"):
        return tag("circle", title, cx=x, cy=y, r=4.0, class_=kind)
    if shape == "square":
        return tag("rect", title, x=x - 3.6, y=y - 3.6, width=7.2, height=7.2, class_=kind)
    outline = {
        "triangle": ((0, -4.8), (4.6, 3.6), (-4.6, 3.6)),
        "diamond": ((0, -5.2), (4.6, 0), (0, 5.2), (-4.6, 0)),
        "cross": ((-4, -4), (0, 0), (4, -4), (0, 0), (4, 4), (0, 0), (-4, 4), (0, 0)),
    }[shape]
    return tag("polygon", title, points=_points([(x + dx, y + dy) for dx, dy in outline]), class_=kind)


def _points(pairs: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in pairs)


def _on_map(longitude: float, latitude: float) -> tuple[float, float]:
    return (longitude + 180) * WIDTH / 360, (90 - latitude) * WIDTH / 360


def _track(plot: Track, coast: Coast) -> str:
    height = WIDTH / 2
    parts = [tag("rect", x=0.0, y=0.0, width=WIDTH, height=height, class_="sea")]
    for step in range(-150, 180, 30):
        x, _ = _on_map(step, 0)
        parts.append(tag("line", x1=x, x2=x, y1=0.0, y2=height, class_="grid"))
    for step in range(-60, 90, 30):
        _, y = _on_map(0, step)
        parts.append(tag("line", x1=0.0, x2=WIDTH, y1=y, y2=y, class_="axis" if step == 0 else "grid"))
    parts.extend(_polyline([(point[0], point[1]) for point in line], "coast") for line in coast)
    for index, line in enumerate(plot.lines):
        parts.extend(_polyline(piece, f"track track-{index % 6}") for piece in _pieces(line))
    for name, longitude, latitude in plot.sites:
        x, y = _on_map(longitude, latitude)
        turned = x + 12 + width_of(name) > WIDTH
        parts.append(tag("circle", cx=x, cy=y, r=4.0, class_="site"))
        parts.append(words(name, x - 8 if turned else x + 8, y - 6, "site", "end" if turned else "start"))
    sites = "; ".join(f"{name} at {lat:.1f} deg N, {lon:.1f} deg E" for name, lon, lat in plot.sites)
    told = f"{len(plot.lines)} ground tracks on an equirectangular map. Sites: {sites or 'none'}."
    return drawing(plot.title, told, height, *parts)


def _polyline(points: Sequence[tuple[float, float]], kind: str) -> str:
    return tag("polyline", points=_points([_on_map(*point) for point in points]), class_=kind)


def _pieces(line: Sequence[tuple[float, float]]) -> list[list[tuple[float, float]]]:
    """Cut a track where it leaves the map at 180 degrees and comes in at the other side."""
    pieces: list[list[tuple[float, float]]] = [[]]
    for longitude, latitude in line:
        wrapped = (longitude + 180) % 360 - 180
        if pieces[-1] and abs(wrapped - pieces[-1][-1][0]) > 180:
            before = pieces[-1][-1]
            side = 180.0 if before[0] > 0 else -180.0
            reach = wrapped + 2 * side - before[0]
            part = (side - before[0]) / reach if reach else 0.0
            middle = before[1] + part * (latitude - before[1])
            pieces[-1].append((side, middle))
            pieces.append([(-side, middle)])
        pieces[-1].append((wrapped, latitude))
    return [piece for piece in pieces if len(piece) > 1]
