"""Who writes to the log, by which key and clock, and what is still on its way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from downmass.base.errors import InputError
from downmass.base.fact import fact
from downmass.base.ident import Slug
from downmass.facts.quantity import Count, Date, NotNegative


@fact
class WriterEnrolled:
    """A device or organisation may write to the campaign's log with this Ed25519 key (base64)."""

    writer: Slug
    party: Slug
    kind: Literal["ground", "capsule", "station", "laboratory", "customer", "regulator"]
    public_key: str


@fact
class EntryCorrected:
    """An earlier entry was wrong; its body is replaced for every reading from here on."""

    target: str
    reason: str
    replacement: Mapping[str, Any]


@fact
class KeyRevoked:
    """A key counts no more: entries and signatures made with it after this entry are refused."""

    holder: Slug
    public_key: str
    reason: str


@fact
class WriterBorn:
    """A device begins a session: its birth certificate (Sparkplug B), with what it announces.

    Attributes
    ----------
    boot
        Which session of the device this is, from 1.
    epoch
        Which run of its clock, from 0; a restart or a step of the clock begins a new one.
    entries
        Entries the device had written before this one.
    clock_uncertainty_s, drift_ppm
        How far its clock may be wrong now, and how fast that grows unless it is correlated.
    """

    writer: Slug
    boot: Count
    epoch: Count
    entries: Count
    clock_uncertainty_s: NotNegative
    drift_ppm: NotNegative
    software: str


@fact
class WriterDied:
    """A device ends a session in order: its death certificate, with the count to be expected."""

    writer: Slug
    boot: Count
    entries: Count
    reason: str = ""


@fact
class ClockStepped:
    """A device saw its clock jump against its monotone counter; a new epoch of the clock begins."""

    writer: Slug
    epoch: Count
    before: Date
    after: Date
    clock_uncertainty_s: NotNegative


@fact
class ClockCorrelated:
    """A device's clock was compared with a better one, by the exchange of signals at a contact.

    Attributes
    ----------
    epoch
        Run of the device's clock the comparison holds for.
    device_time, true_time
        What the device's clock showed at an instant, and what the instant was.
    uncertainty_s
        How far the comparison itself may be wrong.
    """

    writer: Slug
    epoch: Count
    device_time: Date
    true_time: Date
    uncertainty_s: NotNegative
    method: str


@fact
class Stretch:
    """Entries of a writer from one counter to another, both included."""

    first: Count
    last: Count

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise InputError(f"entries {self.first} to {self.last} are in no order", "give first <= last")


@fact
class SyncReceived:
    """A bundle of a writer's entries arrived over some carrier.

    Attributes
    ----------
    announced
        How many entries the writer said it had written when it made the bundle.
    appended, held, known
        What was added to the log, what waits for earlier entries to arrive, and what had arrived before.
    """

    writer: Slug
    bundle_sha256: str
    carrier: str
    announced: Count
    appended: tuple[Stretch, ...] = ()
    held: tuple[Stretch, ...] = ()
    known: tuple[Stretch, ...] = ()


@fact
class SyncQuarantined:
    """A bundle was put aside, and why: unknown device, revoked key, damage."""

    writer: str
    bundle_sha256: str
    carrier: str
    reason: str
