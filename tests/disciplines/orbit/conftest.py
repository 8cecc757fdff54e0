"""One synthetic orbit and a few sites."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from downmass.disciplines.orbit.elements import checksum, parse_elements
from downmass.facts.flight import ElementSet, Site

SetMaker = Callable[..., ElementSet]
SiteMaker = Callable[..., Site]


@pytest.fixture
def sun_synchronous() -> ElementSet:
    """A synthetic set like ForgeStar-1's: near 500 km, 97.45 deg, epoch 2026-04-10 12:00 UTC."""
    return parse_elements(
        "SSO\n"
        "1 99001U 26001A   26100.50000000  .00005000  00000+0  28000-3 0    13\n"
        "2 99001  97.4500 190.0000 0002000 120.0000 240.0000 15.21000000    17\n",
        "synthetic",
    )[0]


@pytest.fixture
def make_set() -> SetMaker:
    """Builds an element set with valid checksums from what it is told."""

    def make(
        revs_a_day: float = 15.21,
        inclination_deg: float = 97.45,
        eccentricity: float = 0.0002,
        node_deg: float = 190.0,
        perigee_deg: float = 120.0,
        anomaly_deg: float = 240.0,
        bstar: str = " 28000-3",
    ) -> ElementSet:
        line1 = f"1 99001U 26001A   26100.50000000  .00005000  00000+0 {bstar} 0    1"
        line2 = (
            f"2 99001 {inclination_deg:8.4f} {node_deg:8.4f} {round(eccentricity * 1e7):07d} "
            f"{perigee_deg:8.4f} {anomaly_deg:8.4f} {revs_a_day:11.8f}    1"
        )
        text = "\n".join(line + str(checksum(line)) for line in (line1, line2))
        return parse_elements(text, "synthetic")[0]

    return make


@pytest.fixture
def make_site() -> SiteMaker:
    """Builds a site from latitude, longitude [deg] and corridor [km]."""

    def make(latitude: float, longitude: float, corridor_km: float = 100.0, name: str = "site") -> Site:
        return Site(
            name,
            name,
            Decimal(str(round(latitude, 6))),
            Decimal(str(round(longitude, 6))),
            Decimal(str(corridor_km)),
            "test",
        )

    return make
