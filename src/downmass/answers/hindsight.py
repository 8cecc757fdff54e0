"""Where what really happened fell in what had been forecast, whichever way that turned out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from downmass.answers.answer import Answer, Histogram, Mark, Plot
from downmass.answers.case import Case
from downmass.answers.standing import outlook_of
from downmass.answers.telling import LANDING
from downmass.base.instant import format_instant
from downmass.disciplines.forecast.summary import rank_of
from downmass.facts import event as ev


@dataclass(frozen=True, slots=True)
class Hindsight:
    """A forecast of the landing held against the landing.

    Attributes
    ----------
    low, high
        The central 90 percent of the forecast.
    rank_percent
        Percentile at which the landing fell [percent].
    """

    as_of: datetime
    low: datetime
    high: datetime
    rank_percent: float

    @property
    def inside(self) -> bool:
        """Whether the landing fell into the central 90 percent."""
        return 5.0 <= self.rank_percent <= 95.0


def hindsight(case: Case, landed: datetime) -> Hindsight | None:
    """Hold the forecast of a case against the landing; none where the case knew of it, or had no forecast."""
    outlook = outlook_of(case)
    if outlook is None or case.campaign.last(ev.Landed) is not None or not outlook.summary.landing:
        return None
    rank = rank_of(outlook.futures, outlook.futures.landing, landed)
    if rank is None:
        return None
    return Hindsight(case.as_of, outlook.summary.landing[5], outlook.summary.landing[95], rank)


def marked(answer: Answer, landed: datetime, judged: Hindsight | None) -> Answer:
    """Return an answer whose histogram of the landing shows where the landing fell."""
    if judged is None:
        return answer
    mark = Mark("actual landing", format_instant(landed), "public", judged.rank_percent / 100)

    def with_mark(plot: Plot) -> Plot:
        if isinstance(plot, Histogram) and plot.title == LANDING:
            return replace(plot, marks=(*plot.marks, mark))
        return plot

    return replace(answer, plots=tuple(with_mark(plot) for plot in answer.plots))
