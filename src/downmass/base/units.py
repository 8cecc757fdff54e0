"""Quantities written by people, turned into the unit a field name asks for; pint lives only here."""

from __future__ import annotations

import re
from decimal import Context, Decimal
from functools import cache
from typing import Any

from downmass.base.errors import UnitError

FIELD_UNITS = {
    "kg": "kilogram",
    "g": "gram",
    "mg": "milligram",
    "h": "hour",
    "d": "day",
    "s": "second",
    "min": "minute",
    "km": "kilometer",
    "m": "meter",
    "um": "micrometer",
    "C": "degC",
    "K": "kelvin",
    "deg": "degree",
    "kW": "kilowatt",
    "kWh": "kilowatt_hour",
    "m_s": "meter / second",
    "ug": "microstandard_gravity",
    "percent": "percent",
    "Pa_s": "pascal * second",
    "kg_m3": "kilogram / meter ** 3",
    "m2_s": "meter ** 2 / second",
    "m2_kg": "meter ** 2 / kilogram",
    "N_m": "newton / meter",
}
"""Unit suffix of a field name -> its unit in pint's words."""

_QUANTITY = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*([a-zA-Zµμ°%][\w µμ°%/*^.-]*?)\s*")

_PARSER_FAULTS = (ValueError, TypeError, ArithmeticError, SyntaxError, AttributeError, AssertionError)
"""What pint's parser lets through for text that is no unit."""

_DIGITS = Context(prec=20)
"""Where a conversion has no end it is cut, so that one that has an end stays exact."""


@cache
def _registry() -> Any:
    from pint import UnitRegistry

    return UnitRegistry(non_int_type=Decimal, autoconvert_offset_to_baseunit=True)


def parse_quantity(text: str, suffix: str) -> Decimal:
    """Read a quantity such as ``"27 h"`` and return its magnitude in the unit a suffix names.

    Parameters
    ----------
    text
        A number with a unit.
    suffix
        Unit suffix of the receiving field, one of :data:`FIELD_UNITS`.

    Raises
    ------
    UnitError
        If the unit is unknown, missing, or of another dimension.

    Examples
    --------
    >>> parse_quantity("1.5 days", "h")
    Decimal('36.0')
    """
    import pint

    wanted = FIELD_UNITS[suffix]
    told = _QUANTITY.fullmatch(text)
    if told is None:
        raise UnitError(f"{text!r} is no number with a unit", f'write e.g. "1.5 {wanted}"')
    try:
        quantity = _registry().Quantity(Decimal(told[1]), told[2])
        magnitude = _DIGITS.plus(Decimal(quantity.to(wanted).magnitude))
    except pint.UndefinedUnitError as fault:
        raise UnitError(f"{text!r}: {fault}", f"give it in {wanted} or any unit of the same kind") from None
    except (pint.PintError, *_PARSER_FAULTS) as fault:
        raise UnitError(
            f"{text!r} is no quantity in {wanted}: {fault}", f'write e.g. "1.5 {wanted}"'
        ) from None
    if not magnitude.is_finite():
        raise UnitError(f"{text!r} is not finite", f"give a finite number of {wanted}")
    return Decimal(format(magnitude.normalize(), "f"))
