"""Return windows of a year over ten sites: enumeration and refinement beside a 20 s scan with SGP4.

Both find every local minimum of the distance between the ground track and each site, in the same
run; the scan shares its positions over all sites. Printed: times, counts, and the ratio.
"""

from __future__ import annotations

import time
from datetime import timedelta
from decimal import Decimal

import numpy as np

from downmass.disciplines.orbit.elements import epoch_of, parse_elements, satrec_of
from downmass.disciplines.orbit.propagate import point_under, propagate_ecef, surface_point, to_micros
from downmass.disciplines.orbit.windows import find_pass_arrays
from downmass.facts.flight import ElementSet, Site

ELEMENTS = """SYNTHETIC 520 KM
1 99001U 26001A   26100.50000000  .00005000  00000+0  28000-3 0    13
2 99001  97.4500 190.0000 0002000 120.0000 240.0000 15.21000000    17
"""
PLACES = (
    ("uttr", 40.2, -113.0),
    ("koonibba", -31.8856, 133.4487),
    ("woomera", -30.9, 136.5),
    ("macapa", 0.0, -51.07),
    ("esrange", 67.9, 21.1),
    ("dzhezkazgan", 47.3, 69.5),
    ("white-sands", 32.9, -106.4),
    ("santa-maria", 36.9, -25.1),
    ("duqm", 19.6, 57.6),
    ("overberg", -34.6, 20.3),
)
DAYS, STEP_S, CORRIDOR_KM, CHUNK = 365, 20.0, 100.0, 100_000


def scan(elements: ElementSet, sites: list[Site]) -> int:
    """Count the passes of a year by looking at every step."""
    record, origin_us = satrec_of(elements), to_micros(epoch_of(elements))
    spots = surface_point(
        np.radians([float(site.latitude_deg) for site in sites]),
        np.radians([float(site.longitude_deg) for site in sites]),
    )
    count, total = 0, int(DAYS * 86400 / STEP_S)
    for first in range(0, total, CHUNK):
        seconds = np.arange(first - 1, min(first + CHUNK, total) + 1) * STEP_S
        ecef_km, _ = propagate_ecef(record, origin_us, seconds)
        under = point_under(ecef_km)
        squares = (under**2).sum(axis=1)[:, None] - 2.0 * under @ spots.T + (spots**2).sum(axis=1)
        middle = squares[1:-1]
        low = (middle < squares[:-2]) & (middle <= squares[2:])
        rows, columns = np.nonzero(low & (middle < (CORRIDOR_KM + 80.0) ** 2))
        before, here, after = (squares[rows + shift, columns] for shift in range(3))
        least = here - (before - after) ** 2 / (8.0 * (before - 2.0 * here + after))
        count += int((least <= CORRIDOR_KM**2).sum())
    return count


def main() -> None:
    """Print a table of both ways and their ratio."""
    elements = parse_elements(ELEMENTS, "bench")[0]
    sites = [
        Site(name, name, Decimal(str(lat)), Decimal(str(lon)), Decimal(str(CORRIDOR_KM)), "bench")
        for name, lat, lon in PLACES
    ]
    start = epoch_of(elements)
    fast_s: list[float] = []
    for _ in range(7):
        begun = time.perf_counter()
        found = find_pass_arrays(elements, sites, start, start + timedelta(days=DAYS))
        fast_s.append(time.perf_counter() - begun)
    begun = time.perf_counter()
    scanned = scan(elements, sites)
    scan_s = time.perf_counter() - begun
    best_s, count = min(fast_s), len(found.times_us)
    print(f"one orbit, {len(sites)} sites, {DAYS} d, corridor {CORRIDOR_KM:.0f} km to each side")
    print(f"{'way':<34}{'windows':>9}{'seconds':>11}{'ratio':>8}")
    print(f"{'scan, 20 s steps, SGP4':<34}{scanned:>9}{scan_s:>11.3f}{1.0:>8.0f}")
    print(f"{'enumerate, refine (best of 7)':<34}{count:>9}{best_s:>11.4f}{scan_s / best_s:>8.0f}")


if __name__ == "__main__":
    main()
