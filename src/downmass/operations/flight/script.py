"""``flight.toml`` read into a flight script: the world a simulated flight meets, and who acts in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from downmass.base.errors import DownmassError, InputError
from downmass.base.fact import fact
from downmass.base.ident import Slug
from downmass.facts.event import BODIES
from downmass.facts.party import Meaning
from downmass.facts.quantity import Basis, Date, NotNegative, Number, Positive
from downmass.operations.draft import with_units
from downmass.operations.promise import load_document

FaultKind = Literal[
    "contact_lost", "clock_jump", "furnace_trip", "brown_out", "stuck_valve", "crew_late", "return_slip",
    "thermal_excursion",
]  # fmt: skip
"""What may go wrong in a simulated flight."""


@fact
class Device:
    """The computer that runs the control recipe, and the clock it runs by.

    Attributes
    ----------
    seal_min, sample_s
        Longest span of a sealed segment while a phase runs, and time between measurements.
    silence_limit_h
        How long a supervised phase goes on without a contact before the device suspends it.
    after
        Act that switches it on.
    phases_from
        Moment before which no phase begins, where the sequence on board says so.
    """

    writer: Slug
    after: Slug
    software: str
    silence_limit_h: Positive
    clock_error_s: Number
    clock_drift_ppm: Number
    clock_uncertainty_s: NotNegative
    drift_bound_ppm: NotNegative
    seal_min: Positive
    sample_s: Positive
    phases_from: Date | None = None


@fact
class Logger:
    """A logger that travels with the product and is read out when it is back."""

    writer: Slug
    software: str
    parameter: Slug
    begins: Slug
    ends: Slug
    seal_h: Positive
    sample_s: Positive
    clock_error_s: Number
    clock_drift_ppm: Number
    clock_uncertainty_s: NotNegative
    drift_bound_ppm: NotNegative


@fact
class Contacts:
    """Contacts over a station: the first, how often, how long, until when."""

    station: str
    first: Date
    every_min: Positive
    minutes: Positive
    until: Date


@fact
class Sun:
    """Light and shadow of an orbit: a period, and how long of it is dark."""

    first_light: Date
    period_min: Positive
    dark_min: NotNegative


@fact
class Follows:
    """A value a parameter goes to once a phase has begun, in the parameter's unit."""

    phase: Slug
    value: Number


@fact
class PlantParameter:
    """How a parameter answers: what it rests at, how it follows its setpoint, how it scatters.

    Attributes
    ----------
    lag_min
        Time constant of a first-order lag behind the ramped setpoint.
    noise
        Standard deviation of a single measurement, in the parameter's unit.
    heated
        Whether it falls back to rest when the heater trips or power is lost.
    valve
        Whether it falls back to rest while the valve is stuck.
    same_as
        Another parameter that is the same quantity, read here under this name.
    follows
        What it goes to of itself as phases begin, where no phase drives it.
    """

    parameter: Slug
    rest: Number
    lag_min: Positive
    noise: NotNegative
    basis: Basis
    source: str
    heated: bool = True
    valve: bool = False
    same_as: str = ""
    follows: tuple[Follows, ...] = ()


@fact
class CheckModel:
    """What an in-process check reads: a mean and a standard deviation, in the check's unit."""

    check: Slug
    instrument: str
    mean: Number
    spread: NotNegative
    digits: int = 1


@fact
class YieldModel:
    """What a phase gives as a lot, of what it could have given."""

    phase: Slug
    lot: Slug
    theoretical: Positive
    share_percent: Positive
    spread_percent: NotNegative
    lost_percent_per_held_h: NotNegative
    unit: str


@fact
class Fault:
    """Something that goes wrong: at an instant, or some time after a phase began.

    Attributes
    ----------
    amount
        Seconds of a clock jump, days of a return slip, degrees of a thermal excursion; else unused.
    """

    id: Slug
    kind: FaultKind
    text: str
    at: Date | None = None
    phase: str = ""
    after_h: NotNegative = Decimal(0)
    lasts_h: NotNegative = Decimal(0)
    amount: Number = Decimal(0)

    def __post_init__(self) -> None:
        if (self.at is None) == (not self.phase):
            raise InputError(
                f"fault {self.id} has neither or both of `at` and `phase`", "give one of the two"
            )


@fact
class Signer:
    """A person who signs, and with which meaning."""

    person: Slug
    meaning: Meaning


@fact
class Act:
    """Something a person or organisation does, once what it waits for has come about.

    Attributes
    ----------
    after
        What it waits for: ids of acts, ``phase:ID`` (complete on the ground's record),
        ``held:ID`` (held on the ground's record), ``fault:ID`` (over), ``read:WRITER`` (logger read out).
    at, delay_h
        Not before this instant, and this long after the last thing it waited for.
    only_with
        Fault without which it does not happen.
    crew, shifts
        Whether a late crew delays it; whether a slip of the return delays it.
    """

    id: Slug
    type: str
    after: tuple[str, ...] = ()
    at: Date | None = None
    delay_h: NotNegative = Decimal(0)
    only_with: str = ""
    crew: bool = False
    shifts: bool = False
    writer: str = ""
    uncertainty_s: NotNegative = Decimal(0)
    body: Mapping[str, Any] | None = None
    sign: tuple[Signer, ...] = ()
    cause: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.type not in BODIES:
            raise InputError(f"act {self.id}: {self.type!r} is no entry type", "see docs/reference/events.md")


@fact
class Roster:
    """Who minds the phases: one person for each way a phase may be minded, and one who checks.

    Attributes
    ----------
    minds
        Autonomy of a phase -> who commands it and signs for it; nobody for autonomous ones.
    checks, alarms
        Who signs that a phase was checked, and who acknowledges alarms.
    delay_h
        How long after a phase is on the ground's record it is signed for, and again until it is checked.
    crew_from_h, crew_until_h
        Hours of the UTC day in which the crew works.
    """

    minds: Mapping[str, Slug]
    checks: Slug
    alarms: Slug
    delay_h: NotNegative
    crew_from_h: NotNegative = Decimal(0)
    crew_until_h: NotNegative = Decimal(24)


@fact
class Script:
    """A simulated flight from its first moment to its last."""

    begins: Date
    ends: Date
    source: str
    device: Device
    roster: Roster
    contacts: tuple[Contacts, ...]
    plant: tuple[PlantParameter, ...]
    acts: tuple[Act, ...]
    supply_kW: NotNegative = Decimal(1000)
    sun: Sun | None = None
    logger: Logger | None = None
    checks: tuple[CheckModel, ...] = ()
    yields: tuple[YieldModel, ...] = ()
    faults: tuple[Fault, ...] = ()

    def __post_init__(self) -> None:
        for kind, ids in (("act", [a.id for a in self.acts]), ("fault", [f.id for f in self.faults])):
            twice = sorted({id for id in ids if ids.count(id) > 1})
            if twice:
                raise InputError(f"two {kind}s have the id {twice[0]!r}", "give each its own id")
        known = {act.id for act in self.acts} | {fault.id for fault in self.faults}
        for act in self.acts:
            for name in act.after:
                if ":" not in name and name not in known:
                    raise InputError(f"act {act.id} waits for {name!r}, which is no act", "name an act")

    def with_faults(self, faults: tuple[Fault, ...]) -> Script:
        """Return the script with other faults; acts that need a fault that is not there do not happen."""
        return replace(self, faults=faults)


def read_script(text: str, name: str = "flight.toml") -> Script:
    """Return the flight script of a document.

    Raises
    ------
    InputError
        If a section is missing or does not fit; the message names file and field.
    """
    document = load_document(text, name)
    fields = {key: value for key, value in document.items() if key != "format"}
    script: Script = _read(Script, fields, name)
    return script


def read_faults(text: str, name: str = "faults.toml") -> tuple[Fault, ...]:
    """Return the faults of a fault script: ``[[faults]]`` tables.

    Raises
    ------
    InputError
        If a fault does not fit; the message names file and field.
    """
    document = load_document(text, name)
    strange = sorted(set(document) - {"format", "faults"})
    if strange:
        raise InputError(f"{name}: no section is called {strange[0]!r}", "use [[faults]]")
    faults: tuple[Fault, ...] = _read(tuple[Fault, ...], document.get("faults", []), name)
    return faults


def _read(kind: Any, fields: Any, name: str) -> Any:
    try:
        return TypeAdapter(kind).validate_python(with_units(fields))
    except ValidationError as fault:
        told = []
        for error in fault.errors():
            inner = error.get("ctx", {}).get("error")
            where = ".".join(str(part) for part in error["loc"])
            told.append(f"{where}: {inner if isinstance(inner, DownmassError) else error['msg']}")
        raise InputError(f"{name}: {'; '.join(told)}", "mend the fields named") from None
    except DownmassError as fault:
        raise InputError(f"{name}: {fault}", fault.remedy) from None


def windows(contacts: Contacts) -> list[tuple[datetime, datetime]]:
    """Return every contact as its start and end, in order."""
    found, opens = [], contacts.first
    while opens < contacts.until:
        found.append((opens, opens + timedelta(minutes=float(contacts.minutes))))
        opens += timedelta(minutes=float(contacts.every_min))
    return found
