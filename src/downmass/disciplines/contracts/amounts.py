"""Integer money: exact shares, percentages and how an amount is written for a reader."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from downmass.base.errors import InputError
from downmass.facts.quantity import Money

# ISO 4217 exponents other than 2, of the currencies a space contract is likely to name.
_EXPONENTS = {"JPY": 0, "KRW": 0, "CLP": 0, "ISK": 0, "BHD": 3, "KWD": 3, "OMR": 3, "TND": 3}


def split(total_minor: int, shares_percent: Sequence[Decimal]) -> tuple[int, ...]:
    """Split an amount by shares so that the parts sum to it exactly (largest remainder).

    Parameters
    ----------
    total_minor
        Amount to split [minor units], zero or more.
    shares_percent
        Shares [percent] that sum to 100.

    Returns
    -------
    tuple of int
        One part per share [minor units]. Units left over by rounding down go to the largest
        remainders; among equal remainders the earlier share is served first.

    Raises
    ------
    InputError
        If the shares do not sum to 100 or the amount is negative.

    Examples
    --------
    >>> from decimal import Decimal
    >>> split(100, [Decimal("33.3"), Decimal("33.3"), Decimal("33.4")])
    (33, 33, 34)
    """
    if sum(shares_percent) != 100:
        raise InputError(
            f"the shares sum to {sum(shares_percent)} percent", "make the shares sum to 100 percent"
        )
    if total_minor < 0:
        raise InputError(f"{total_minor} minor units cannot be split", "give an amount of zero or more")
    exact = [Fraction(share) * total_minor / 100 for share in shares_percent]
    parts = [int(part) for part in exact]
    by_remainder = sorted(range(len(parts)), key=lambda i: (parts[i] - exact[i], i))
    for index in by_remainder[: total_minor - sum(parts)]:
        parts[index] += 1
    return tuple(parts)


def percent_of(amount_minor: int, percent: Decimal | Fraction) -> int:
    """Return a percentage of an amount [minor units], halves rounded up.

    Examples
    --------
    >>> from decimal import Decimal
    >>> percent_of(1050, Decimal(5))
    53
    """
    exact = Fraction(percent) * amount_minor / 100
    return (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)


def write_money(money: Money) -> str:
    """Write an amount in major units for a reader.

    Examples
    --------
    >>> write_money(Money(120000000, "USD"))
    '1,200,000.00 USD'
    >>> write_money(Money(-5, "USD"))
    '-0.05 USD'
    """
    exponent = _EXPONENTS.get(money.currency, 2)
    sign = "-" if money.minor < 0 else ""
    major, minor = divmod(abs(money.minor), 10**exponent)
    fraction = f".{minor:0{exponent}d}" if exponent else ""
    return f"{sign}{major:,}{fraction} {money.currency}"


def write_percent(percent: Decimal | Fraction) -> str:
    """Write a percentage without trailing zeros.

    Examples
    --------
    >>> from decimal import Decimal
    >>> write_percent(Decimal("10.00"))
    '10'
    """
    exact = Fraction(percent)
    text = f"{exact.numerator / exact.denominator:.6f}".rstrip("0").rstrip(".")
    return text or "0"
