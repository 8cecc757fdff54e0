"""What each party may gain or lose: the settlement of thousands of futures at once."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from downmass.base.errors import InputError
from downmass.base.instant import Window
from downmass.disciplines.contracts import clocks
from downmass.disciplines.contracts.outcome import (
    Damage,
    Happening,
    Loss,
    Outcome,
    Stage,
    damage_of_loss,
)
from downmass.disciplines.contracts.settle import band_of, settle
from downmass.facts.contract import Cause, Contract, Delay, Evidence, LiquidatedDamages
from downmass.facts.quantity import Money

Instants = NDArray[np.datetime64]
"""Instants in UTC, one per future; NaT where it never happens."""

Counts = NDArray[np.int64]

_NEVER = np.iinfo(np.int64).min
_DATE = "datetime64[us]"
SIMULATED = "simulated"
"""Entry id behind the amounts of a future, which no entry records."""


@dataclass(frozen=True, slots=True)
class DelayFutures:
    """A delay of one cause in every future; NaT, or an end not after its beginning, means none."""

    cause: Cause
    opens: Instants
    closes: Instants


@dataclass(frozen=True, slots=True)
class Futures:
    """Simulated outcomes of a contract, one per array element.

    Attributes
    ----------
    as_of
        The horizon of the simulation: running clocks stop here.
    reached
        Kind of happening -> instants.
    graded_percent
        Graded fraction of the released batch [percent]; NaN where nobody graded it.
    lost_at, lost_stage, lost_cause
        Instants of total loss (NaT: none), and where and why, one stage and cause per future.
    batch_value, owner
        What the batch is worth and to whom, for policies to answer; both or neither.
    """

    as_of: datetime
    reached: Mapping[Evidence, Instants]
    delays: tuple[DelayFutures, ...] = ()
    graded_percent: NDArray[np.float64] | None = None
    lost_at: Instants | None = None
    lost_stage: Sequence[Stage] = ()
    lost_cause: Sequence[Cause] = ()
    batch_value: Money | None = None
    owner: str = ""

    def __post_init__(self) -> None:
        sizes = {len(array) for array in self.reached.values()}
        sizes |= {len(array) for delay in self.delays for array in (delay.opens, delay.closes)}
        sizes |= {len(self.graded_percent)} if self.graded_percent is not None else set()
        if self.lost_at is not None:
            sizes |= {len(self.lost_at), len(self.lost_stage), len(self.lost_cause)}
        if len(sizes) != 1:
            raise InputError(
                f"the futures have arrays of {sorted(sizes)} elements",
                "give every array one element per future",
            )

    def __len__(self) -> int:
        return len(next(iter(self.reached.values())))


@dataclass(frozen=True, slots=True)
class Exposure:
    """What every future pays, per party and per clause.

    Attributes
    ----------
    net
        Party -> net amount per future [minor units]; sums to zero in each future.
    by_clause
        Clause -> amount it moves per future [minor units].
    settlements
        How many different settlements the futures have.
    """

    currency: str
    net: Mapping[str, Counts]
    by_clause: Mapping[str, Counts] = field(default_factory=dict)
    settlements: int = 0


def expose(contract: Contract, futures: Futures) -> Exposure:
    """Settle a contract in every future and return what each party nets.

    Notes
    -----
    Futures that reach the same milestones with the same number of started weeks, the same quality
    band and the same loss settle alike, so each different settlement is made once, by
    :func:`~downmass.disciplines.contracts.settle.settle` itself; the amounts agree to the minor unit.
    """
    keys = _keys(contract, futures)
    _, first, which = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    which = which.reshape(-1)
    settled = [settle(contract, outcome_of(futures, int(row))) for row in first]
    parties = dict.fromkeys(party for settlement in settled for party in settlement.balances)
    net = {
        party: np.array([s.balances.get(party, 0) for s in settled], dtype=np.int64)[which]
        for party in parties
    }
    clauses = dict.fromkeys(posting.clause for settlement in settled for posting in settlement.postings)
    by_clause = {
        clause: np.array(
            [sum(p.amount.minor for p in s.postings if p.clause == clause) for s in settled], dtype=np.int64
        )[which]
        for clause in clauses
    }
    return Exposure(contract.price.currency, MappingProxyType(net), MappingProxyType(by_clause), len(settled))


def outcome_of(futures: Futures, row: int) -> Outcome:
    """Return one future as an outcome that can be settled on its own."""
    reached: dict[Evidence, Happening] = {}
    for kind, instants in futures.reached.items():
        at = _instant(instants[row])
        if at is not None:
            reached[kind] = Happening(at, SIMULATED)
    delays = []
    for delay in futures.delays:
        opens, closes = _instant(delay.opens[row]), _instant(delay.closes[row])
        if opens is not None and closes is not None and closes > opens:
            delays.append(Delay(delay.cause, Window(opens, closes), (SIMULATED,)))
    lost_at = _instant(futures.lost_at[row]) if futures.lost_at is not None else None
    lost = Loss(futures.lost_stage[row], futures.lost_cause[row], lost_at, SIMULATED) if lost_at else None
    harms: tuple[Damage, ...] = ()
    if lost and futures.batch_value and futures.owner:
        harms = (damage_of_loss(lost, futures.owner, futures.batch_value),)
    return Outcome(
        as_of=futures.as_of,
        reached=MappingProxyType(reached),
        delays=tuple(delays),
        graded_percent=_graded(futures, row),
        lost=lost,
        harms=harms,
    )


def _keys(contract: Contract, futures: Futures) -> Counts:
    """Return, per future, everything a settlement depends on, as integers."""
    as_of = int(np.datetime64(futures.as_of.astimezone(UTC).replace(tzinfo=None), "us").astype(np.int64))
    never = np.full(len(futures), _NEVER)
    lost = _micros(futures.lost_at) if futures.lost_at is not None else never
    release = _micros(futures.reached["release"]) if "release" in futures.reached else never
    is_lost = (lost != _NEVER) & (lost <= as_of)
    after_release = is_lost & (release != _NEVER) & (release <= lost)
    end = np.where(is_lost & ~after_release, lost, as_of)
    reached = {}
    for kind, instants in futures.reached.items():
        micros = _micros(instants)
        reached[kind] = np.where(micros <= end, micros, _NEVER)
    columns = [at != _NEVER for at in reached.values()]
    columns += [_stage_codes(futures, is_lost), after_release, _band_codes(contract, futures)]
    milestones = {milestone.id: milestone for milestone in contract.milestones}
    for clause in contract.damages:
        milestone = milestones[clause.milestone]
        if milestone.due is None:
            continue
        due = int(np.datetime64(milestone.due.astimezone(UTC).replace(tzinfo=None), "us").astype(np.int64))
        at = reached.get(milestone.evidence)
        until = end if at is None else np.where(at != _NEVER, at, end)
        excused = _union(futures, clause.excused, until)
        shared = _union(futures, (*clause.excused, *clause.shared), until) - excused
        late = np.maximum(until - due, 0)
        weeks = [
            clocks.started_weeks(clause, clocks.counted_us(clause, *spans))
            for spans in zip(late.tolist(), excused.tolist(), shared.tolist(), strict=True)
        ]
        columns.append(np.minimum(weeks, _weeks_to_cap(clause)))
    if contract.storage_fee:
        columns.append(-(-_union(futures, ("customer",), end) // clocks.WEEK_US))
    return np.column_stack([column.astype(np.int64) for column in columns])


def _weeks_to_cap(clause: LiquidatedDamages) -> int:
    """Return the started weeks beyond which damages do not grow."""
    if not clause.rate_percent_per_week:
        return 0
    return math.ceil(Fraction(clause.cap_percent) / Fraction(clause.rate_percent_per_week))


def _union(futures: Futures, causes: Sequence[Cause], until: Counts) -> Counts:
    """Return the length of the union of the delays of some causes, per future [us]."""
    spans = [delay for delay in futures.delays if delay.cause in causes]
    if not spans:
        return np.zeros(len(futures), dtype=np.int64)
    opens = np.stack([_micros(delay.opens) for delay in spans])
    closes = np.minimum(np.stack([_micros(delay.closes) for delay in spans]), until)
    none = (opens == _NEVER) | (closes == _NEVER) | (closes <= opens)
    opens, closes = np.where(none, 0, opens), np.where(none, 0, closes)
    order = np.argsort(opens, axis=0, kind="stable")
    opens, closes = np.take_along_axis(opens, order, 0), np.take_along_axis(closes, order, 0)
    total = np.zeros(len(futures), dtype=np.int64)
    covered = np.full(len(futures), np.iinfo(np.int64).min)
    for start, stop in zip(opens, closes, strict=True):
        begin = np.maximum(start, covered)
        total += np.maximum(stop - begin, 0)
        covered = np.maximum(covered, stop)
    return total


def _stage_codes(futures: Futures, is_lost: NDArray[np.bool_]) -> Counts:
    codes: dict[tuple[Stage, Cause], int] = {}
    found = np.zeros(len(futures), dtype=np.int64)
    for row in np.flatnonzero(is_lost).tolist():
        key = (futures.lost_stage[row], futures.lost_cause[row])
        found[row] = codes.setdefault(key, len(codes) + 1)
    return found


def _band_codes(contract: Contract, futures: Futures) -> Counts:
    codes = np.zeros(len(futures), dtype=np.int64)
    if not contract.bands or futures.graded_percent is None:
        return codes
    ids = {band.id: index + 2 for index, band in enumerate(contract.bands)}
    for row in range(len(futures)):
        graded = _graded(futures, row)
        if graded is not None:
            band = band_of(contract.bands, graded)
            codes[row] = ids[band.id] if band else 1
    return codes


def _graded(futures: Futures, row: int) -> Decimal | None:
    if futures.graded_percent is None or np.isnan(futures.graded_percent[row]):
        return None
    return Decimal(str(float(futures.graded_percent[row])))


def _micros(instants: Instants) -> Counts:
    return instants.astype(_DATE).astype(np.int64)


def _instant(value: np.datetime64) -> datetime | None:
    if np.isnat(value):
        return None
    instant: datetime = value.astype(_DATE).item()
    return instant.replace(tzinfo=UTC)
