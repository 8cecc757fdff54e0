"""Published tariffs and thresholds, each function after its source; prices are arguments."""

from __future__ import annotations

from collections.abc import Mapping
from math import exp, pi

from downmass.disciplines.economics.breakeven import Never

STANDARD_GRAVITY_M_S2 = 9.80665


def rideshare_price_usd(mass_kg: float, *, per_kg_usd: float = 7_000.0, included_kg: float = 50.0) -> float:
    """Return the list price of a rideshare payload to a sun-synchronous orbit [USD].

    Parameters
    ----------
    mass_kg
        Payload mass with its separation system [kg].
    per_kg_usd
        Tariff [USD/kg]: 5,000 (2019 to 2021), 6,000 (2022), 6,500 (mid-2025), 7,000 (2026-02).
    included_kg
        Mass paid for whether used or not [kg].

    References
    ----------
    spacex.com/rideshare as read by newspaceeconomy.ca, 2026-02-27.

    Examples
    --------
    >>> rideshare_price_usd(100)
    700000.0
    """
    return per_kg_usd * max(mass_kg, included_kg)


def iss_price_usd(
    prices: Mapping[str, float], *, mass_up_kg: float, mass_down_kg: float, crew_h: float
) -> float:
    """Return what NASA charges a commercial user of the ISS for cargo and crew time [USD].

    Parameters
    ----------
    prices
        ``upmass`` and ``downmass`` [USD/kg], ``crew_time`` [USD/h], of one price regime.

    References
    ----------
    NASA price lists of 2019-06 and 2021-02 (parabolicarc.com; theregister.com 2021-05).

    Examples
    --------
    >>> of_2021 = {"upmass": 20e3, "downmass": 40e3, "crew_time": 130e3}
    >>> iss_price_usd(of_2021, mass_up_kg=5, mass_down_kg=2, crew_h=4)
    700000.0
    """
    return prices["upmass"] * mass_up_kg + prices["downmass"] * mass_down_kg + prices["crew_time"] * crew_h


def metzger_2023(equipment: float, gear: float, delivery: float, overhead: float) -> float | Never:
    """Return the production mass ratio above which lunar propellant undercuts launched propellant.

    Parameters
    ----------
    equipment
        Cost of equipment per kilogram over the cost of launching a kilogram, x.
    gear
        Gear ratio on cost of bringing a kilogram to the lunar surface, G.
    delivery
        Delivery ratio of the destination, Gamma (LLO 0.9, EML1 1.3, GEO 1.4, GTO 2.1, LEO 6 or more).
    overhead
        Operations and finance per kilogram over the cost of launching one, w + xi.

    Returns
    -------
    float or Never
        kg of product per kg of equipment, phi; never where overhead alone costs more than launch.

    References
    ----------
    P. T. Metzger, Economics of in-space industry and competitiveness of lunar-derived rocket
    propellant, 2023, arXiv:2303.09011.

    Examples
    --------
    >>> round(metzger_2023(7, 6, 2.1, 0.10), 1)
    34.6
    """
    margin = 1.0 - overhead * delivery
    if margin <= 0:
        return Never(
            f"operations and finance alone cost {overhead * delivery:g} times what launching costs at a "
            f"delivery ratio of {delivery:g}"
        )
    return (equipment + gear) * delivery / margin


def payload_fraction(delta_v_m_s: float, isp_s: float, inert_percent: float) -> float:
    """Return the payload part of a single stage's initial mass, not above 1, negative if it cannot fly.

    Parameters
    ----------
    delta_v_m_s
        Change of velocity [m/s].
    isp_s
        Specific impulse [s].
    inert_percent
        Inert part of the stage, that is of propellant plus inert mass [percent].

    Examples
    --------
    >>> round(payload_fraction(2800, 450, 10), 3)
    0.478
    """
    burnt = 1.0 - exp(-delta_v_m_s / (isp_s * STANDARD_GRAVITY_M_S2))
    inert = burnt * inert_percent / (100.0 - inert_percent)
    return 1.0 - burnt - inert


def fibre_mass_kg_per_m(diameter_um: float, density_kg_m3: float) -> float:
    """Return the mass of a bare fibre per metre [kg/m]."""
    return pi / 4.0 * (diameter_um * 1e-6) ** 2 * density_kg_m3


def fibre_price_usd_per_kg(
    price_usd_per_m: float, *, diameter_um: float = 125.0, density_kg_m3: float = 4_330.0
) -> float:
    """Return the price of a fibre per kilogram of its glass [USD/kg]; the default is bare ZBLAN.

    Examples
    --------
    >>> round(fibre_price_usd_per_kg(100) / 1e6, 2)
    1.88
    """
    return price_usd_per_m / fibre_mass_kg_per_m(diameter_um, density_kg_m3)


def implied_marginal_usd(
    price_usd_per_kg: float, payload_kg: float, vehicle_usd: float, flights: int
) -> float:
    """Return the cost per flight beyond the vehicle that a projected launch price implies [USD].

    Parameters
    ----------
    price_usd_per_kg
        Projected price at that number of flights [USD/kg].
    payload_kg
        Payload of a full flight [kg].
    vehicle_usd
        Cost of the vehicle, spread over its flights [USD].
    flights
        Flights of one vehicle.

    Notes
    -----
    Projections that mix several values of it are inconsistent; see :func:`spread_of_marginals`.
    """
    return price_usd_per_kg * payload_kg - vehicle_usd / flights


def spread_of_marginals(
    prices_usd_per_kg: Mapping[int, float], payload_kg: float, vehicle_usd: float
) -> tuple[float, float]:
    """Return the least and greatest marginal cost a projected reuse curve implies [USD per flight].

    Parameters
    ----------
    prices_usd_per_kg
        Flights of one vehicle -> projected price [USD/kg].
    """
    implied = [
        implied_marginal_usd(price, payload_kg, vehicle_usd, flights)
        for flights, price in prices_usd_per_kg.items()
    ]
    return min(implied), max(implied)
