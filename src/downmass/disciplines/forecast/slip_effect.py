"""What a slip of the return does to a campaign, told on the same futures."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from downmass.base.errors import InputError
from downmass.disciplines.forecast.belief import Floats
from downmass.disciplines.forecast.policy import Policy, land_first
from downmass.disciplines.forecast.simulate import simulate
from downmass.disciplines.forecast.situation import Futures, Situation
from downmass.disciplines.forecast.summary import PERCENTS, chance_by, chance_expired


@dataclass(frozen=True, slots=True, eq=False)
class SlipEffect:
    """Two sets of futures under the same chance: as it stands, and with the return held back.

    Attributes
    ----------
    base, slipped
        The futures.
    later_landing_d, later_release_d
        Percent -> how much later [d], over the futures that come in both; empty where none does.
    chance_expired
        Chance before and after that the product is older than its shelf life when the laboratory
        begins, among the futures that land; whatever else became of the batch.
    chance_lost, chance_on_time
        Chance before and after.
    """

    base: Futures
    slipped: Futures
    later_landing_d: dict[int, float]
    later_release_d: dict[int, float]
    chance_expired: tuple[float, float]
    chance_lost: tuple[float, float]
    chance_on_time: tuple[float, float]


def slip_effect(
    situation: Situation,
    n: int,
    seed: int,
    days: float | None = None,
    until: datetime | None = None,
    policy: Policy = land_first,
) -> SlipEffect:
    """Return what happens if the return slips by some days, or waits until a moment.

    Parameters
    ----------
    days
        Days the return slips beyond whatever else holds it [d].
    until
        Moment before which there is no return.

    Raises
    ------
    InputError
        If neither or both are given, or the return is already under way.
    """
    if (days is None) == (until is None):
        raise InputError("say how far the return slips", "give either days or until")
    begun = [a.id for a in situation.basis.activities if a.milepost == "return" and a.id in situation.done]
    if begun:
        raise InputError(
            f"the return has begun ({begun[0]}); it cannot slip any more", "ask of an earlier moment"
        )
    if days is not None:
        held = replace(situation, hold_return_by_d=situation.hold_return_by_d + days)
    else:
        assert until is not None
        held = replace(situation, hold_return_until_d=situation.day(until))
    base, slipped = simulate(situation, n, seed, policy), simulate(held, n, seed, policy)
    due, life = situation.day(situation.basis.due), situation.shelf_life_d
    return SlipEffect(
        base=base,
        slipped=slipped,
        later_landing_d=_later(base.landing, slipped.landing),
        later_release_d=_later(base.release, slipped.release),
        chance_expired=(chance_expired(base, life), chance_expired(slipped, life)),
        chance_lost=(float(np.mean(base.lost)), float(np.mean(slipped.lost))),
        chance_on_time=(chance_by(base.release, due), chance_by(slipped.release, due)),
    )


def last_safe_return(futures: Futures, shelf_life_d: float, chance: float = 0.95) -> datetime | None:
    """Return the latest landing after which the product still reaches the laboratory in time.

    Parameters
    ----------
    futures
        Futures of the campaign; their ages tell how long landing to laboratory takes.
    shelf_life_d
        Days the product keeps [d].
    chance
        Chance with which the shelf life is to be kept, in (0, 1).

    Returns
    -------
    datetime or None
        None where the plan has no landing or no laboratory.

    Notes
    -----
    In each future the last safe landing is the landing plus what is left of the shelf life when the
    laboratory begins; the answer is the day that is safe in a share ``chance`` of them. It takes the
    time from landing to laboratory as independent of the day of landing.
    """
    if not 0.0 < chance < 1.0:
        raise InputError(f"a chance of {chance:g} cannot be kept", "give it between 0 and 1, e.g. 0.95")
    last = futures.landing + shelf_life_d - futures.age_d
    finite = last[np.isfinite(last)]
    if len(finite) == 0:
        return None
    return futures.instant(float(np.quantile(finite, 1.0 - chance)))


def _later(before: Floats, after: Floats) -> dict[int, float]:
    both = np.isfinite(before) & np.isfinite(after)
    if not bool(both.any()):
        return {}
    values = np.quantile((after - before)[both], np.array(PERCENTS) / 100.0)
    return {percent: float(value) for percent, value in zip(PERCENTS, values, strict=True)}
