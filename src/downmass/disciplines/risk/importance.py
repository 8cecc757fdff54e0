"""How much each failure mode contributes to losses, from arrays of simulated futures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from downmass.base.errors import InputError

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Importance:
    """What one failure mode contributes.

    Attributes
    ----------
    chance
        Share of futures in which it struck, in [0, 1].
    fussell_vesely
        Share of the losses in which it struck, in [0, 1]; 0 where nothing was lost.
    birnbaum
        Chance of loss where it struck less chance of loss where it did not; none where it always or
        never struck.
    birnbaum_error
        Standard error of that difference.
    value_share
        Share of the lost value that lies in futures in which it struck, in [0, 1].
    value_saved
        Mean lost value less the mean where it did not strike: what ruling it out would save, in the
        unit of the lost value.
    """

    mode: str
    chance: float
    fussell_vesely: float
    birnbaum: float | None
    birnbaum_error: float | None
    value_share: float
    value_saved: float


def importance(
    occurred: Mapping[str, Bools], lost: Bools, lost_value: Floats | None = None
) -> tuple[Importance, ...]:
    """Return the importance of each failure mode, the largest share of lost value first.

    Parameters
    ----------
    occurred
        Failure mode -> whether it struck in each future, shape (n,).
    lost
        Whether the batch was lost in each future, shape (n,).
    lost_value
        Value lost in each future, in any unit, not negative, shape (n,); delays may count in it.
        Without it every loss counts 1.

    Raises
    ------
    InputError
        If the arrays differ in length, are empty, or a lost value is negative or not finite.

    Notes
    -----
    Exact in the limit of many futures for modes that are independent and each enough to lose the
    batch (an OR tree): Fussell-Vesely is then p_i / P(loss), Birnbaum the product of the other
    survival chances. For a mode that strikes in a loss it did not bring about, Fussell-Vesely is an
    upper estimate. Birnbaum as a difference of conditional chances needs independent modes.

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
    if n == 0 or len(value) != n or any(len(struck) != n for struck in occurred.values()):
        raise InputError("the arrays of futures are empty or differ in length", "give one value per future")
    if not bool(np.all(np.isfinite(value))) or bool(np.any(value < 0)):
        raise InputError("a lost value is negative or not finite", "give what is lost as zero or more")
    found = [_importance(mode, struck, lost, value) for mode, struck in occurred.items()]
    return tuple(sorted(found, key=lambda item: (-item.value_share, -item.fussell_vesely, item.mode)))


def _importance(mode: str, struck: Bools, lost: Bools, value: Floats) -> Importance:
    n, hits, losses, total = len(lost), int(struck.sum()), int(lost.sum()), float(value.sum())
    birnbaum = error = None
    if 0 < hits < n:
        with_it, without = float(lost[struck].mean()), float(lost[~struck].mean())
        birnbaum = with_it - without
        variance = with_it * (1.0 - with_it) / hits + without * (1.0 - without) / (n - hits)
        error = float(np.sqrt(variance))
    spared = float(value[~struck].mean()) if hits < n else 0.0
    return Importance(
        mode=mode,
        chance=hits / n,
        fussell_vesely=int((struck & lost).sum()) / losses if losses else 0.0,
        birnbaum=birnbaum,
        birnbaum_error=error,
        value_share=float(value[struck].sum()) / total if total > 0 else 0.0,
        value_saved=total / n - spared,
    )
