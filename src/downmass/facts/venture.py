"""What can fail and what it costs: failure modes (IEC 60812) and the money lines of a campaign."""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from downmass.base.errors import InputError
from downmass.base.fact import fact
from downmass.base.ident import Slug
from downmass.facts.quantity import LONGEST_D, Money, Number, Spread, refuse_no_currency, refuse_outside

Stage = Literal["launch", "process", "orbit", "return", "recovery", "laboratory"]


@fact
class FailureMode:
    """A way to fail, with its chance, its effect and what guards against it.

    Attributes
    ----------
    stage
        Where in the campaign it strikes; the forecast draws it there.
    chance_percent
        Chance per campaign [percent].
    effect
        ``loss``: the batch is lost; ``rework``: the process runs again; ``delay``: the campaign waits.
    loses
        What a loss takes: the batch alone, or the vehicle with it so that nothing lands.
    delay_d
        Days added where the effect is ``delay`` or ``rework``.
    severity, detection
        Ranks 1 to 10 (IEC 60812); occurrence follows from the chance.
    guards
        What is in place; ``leaves`` says what they do not cover.
    """

    id: Slug
    title: str
    stage: Stage
    chance_percent: Spread
    effect: Literal["loss", "rework", "delay"]
    loses: Literal["batch", "vehicle"] = field(default="batch", kw_only=True)
    severity: int
    detection: int
    guards: tuple[str, ...] = ()
    leaves: str = ""
    delay_d: Spread | None = None

    def __post_init__(self) -> None:
        refuse_outside(f"chance_percent of {self.id}", self.chance_percent, 0, 100)
        if self.delay_d is not None:
            refuse_outside(f"delay_d of {self.id}", self.delay_d, 0, LONGEST_D)


@fact
class MoneyLine:
    """One line of cost or income: an amount in the campaign's currency, major units.

    Attributes
    ----------
    when
        The activity at whose end it falls due, or ``opening``.
    per
        ``campaign``: a fixed sum; ``kg_product``: times the released product [kg];
        ``kg_up``: times the mass launched [kg]; ``week_in_orbit``: times weeks from launch to landing.
    """

    id: Slug
    title: str
    kind: Literal["cost", "income"]
    amount: Spread
    per: Literal["campaign", "kg_product", "kg_up", "week_in_orbit"]
    when: Slug


@fact
class Venture:
    """The business case of a campaign: lines, masses, yield and the cost of capital."""

    currency: str
    lines: tuple[MoneyLine, ...]
    launched_mass_kg: Spread
    product_kg: Spread
    yield_percent: Spread
    discount_percent_per_year: Spread
    batch_value: Money
    note: str = ""
    horizon_batches: Number | None = None

    def __post_init__(self) -> None:
        refuse_no_currency(self.currency)
        if self.batch_value.currency != self.currency:
            raise InputError(
                f"batch_value is in {self.batch_value.currency}, the venture in {self.currency}",
                "give every amount of a venture in one currency",
            )
        refuse_outside("launched_mass_kg", self.launched_mass_kg, 0)
        refuse_outside("product_kg", self.product_kg, 0)
        refuse_outside("yield_percent", self.yield_percent, 0, 100)
