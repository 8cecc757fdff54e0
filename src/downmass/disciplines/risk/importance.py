"""How much each failure mode contributes to losses, from arrays of simulated futures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from downmass.base.errors import InputError

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


NOISE = 2.0
"""Standard errors within which a difference is not told from nothing (opinion)."""


def beyond_noise(value: float, error: float) -> float:
    """Return a difference, or 0 where it lies within two of its standard errors.

    Examples
    --------
    >>> beyond_noise(-0.004, 0.003), beyond_noise(0.3, 0.02)
    (0.0, 0.3)
    """
    return value if abs(value) > NOISE * error else 0.0


@dataclass(frozen=True, slots=True)
class Importance:
    """What one failure mode contributes.

    Attributes
    ----------
    chance
        Share of futures in which it struck, in [0, 1].
    fussell_vesely
        Share of the losses in which it struck, in [0, 1]; 0 where nothing was lost. A harmless mode
        has the share its chance gives it; no order is made from this.
    birnbaum
        Chance of loss where it struck less chance of loss where it did not; none where it always or
        never struck.
    birnbaum_error
        Standard error of that difference.
    value_share
        Share of the lost value that lies in futures in which it struck, in [0, 1].
    value_saved, value_saved_error
        Mean lost value that ruling it out would save, in the unit of the lost value, and its standard
        error.
    """

    mode: str
    chance: float
    fussell_vesely: float
    birnbaum: float | None
    birnbaum_error: float | None
    value_share: float
    value_saved: float
    value_saved_error: float

    @property
    def worth(self) -> float:
        """What ruling it out would save, 0 where that is not told from noise."""
        return beyond_noise(self.value_saved, self.value_saved_error)


def importance(
    occurred: Mapping[str, Bools],
    lost: Bools,
    lost_value: Floats | None = None,
    ruled_out: Mapping[str, Floats] | None = None,
) -> tuple[Importance, ...]:
    """Return the importance of each failure mode, the one most worth ruling out first.

    Parameters
    ----------
    occurred
        Failure mode -> whether it struck in each future, shape (n,).
    lost
        Whether the batch was lost in each future, shape (n,).
    lost_value
        Value lost in each future, in any unit, not negative, shape (n,); delays may count in it.
        Without it every loss counts 1.
    ruled_out
        Failure mode -> value lost in the same futures, under the same chance, with the mode ruled out,
        shape (n,). Without it what a mode costs is judged by the futures in which it did not strike.

    Raises
    ------
    InputError
        If the arrays differ in length, are empty, or a lost value is negative or not finite.

    Notes
    -----
    Exact in the limit of many futures for modes that are independent and each enough to lose the
    batch (an OR tree): Fussell-Vesely is then p_i / P(loss), Birnbaum the product of the other
    survival chances. For a mode that strikes in a loss it did not bring about, Fussell-Vesely is an
    upper estimate. Birnbaum as a difference of conditional chances needs independent modes, and so
    does the value saved where ``ruled_out`` is not given.

    References
    ----------
    .. [1] Birnbaum, On the importance of different components in a multicomponent system (1969).
    .. [2] Fussell, IEEE Trans. Reliability R-24 (1975) 169, doi:10.1109/TR.1975.5215142.

    Examples
    --------
    >>> struck = {"valve": np.array([True, True, False, False])}
    >>> importance(struck, np.array([True, False, False, False]))[0].birnbaum
    0.5
    """
    n = len(lost)
    value = lost.astype(np.float64) if lost_value is None else np.asarray(lost_value, dtype=np.float64)
    without = ruled_out or {}
    arrays = (value, *occurred.values(), *without.values())
    if n == 0 or any(len(array) != n for array in arrays):
        raise InputError("the arrays of futures are empty or differ in length", "give one value per future")
    values = np.concatenate([value, *without.values()])
    if not bool(np.all(np.isfinite(values))) or bool(np.any(values < 0)):
        raise InputError("a lost value is negative or not finite", "give what is lost as zero or more")
    found = [_importance(mode, struck, lost, value, without.get(mode)) for mode, struck in occurred.items()]
    return tuple(sorted(found, key=lambda item: (-item.worth, item.mode)))


def _importance(mode: str, struck: Bools, lost: Bools, value: Floats, spared: Floats | None) -> Importance:
    n, hits, losses, total = len(lost), int(struck.sum()), int(lost.sum()), float(value.sum())
    birnbaum = error = None
    if 0 < hits < n:
        with_it, without = float(lost[struck].mean()), float(lost[~struck].mean())
        birnbaum = with_it - without
        variance = with_it * (1.0 - with_it) / hits + without * (1.0 - without) / (n - hits)
        error = float(np.sqrt(variance))
    saved, saved_error = _saved(struck, value) if spared is None else _paired(value - spared)
    return Importance(
        mode=mode,
        chance=hits / n,
        fussell_vesely=int((struck & lost).sum()) / losses if losses else 0.0,
        birnbaum=birnbaum,
        birnbaum_error=error,
        value_share=float(value[struck].sum()) / total if total > 0 else 0.0,
        value_saved=saved,
        value_saved_error=saved_error,
    )


def _saved(struck: Bools, value: Floats) -> tuple[float, float]:
    """Return the mean less the mean where a mode did not strike, and its standard error."""
    n, hits = len(value), int(struck.sum())
    if hits == 0:
        return 0.0, 0.0
    if hits == n:
        return _paired(value)
    share, with_it, without = hits / n, value[struck], value[~struck]
    error = share * float(np.sqrt(with_it.var() / hits + without.var() / (n - hits)))
    return share * float(with_it.mean() - without.mean()), error


def _paired(difference: Floats) -> tuple[float, float]:
    return float(difference.mean()), float(difference.std() / np.sqrt(len(difference)))
