"""Ground control of a simulated flight: contacts, commands, signatures, and what people do when.

Like the executive it remembers nothing besides the record: what an act has put there is not done again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from downmass.base.errors import InputError
from downmass.disciplines.execution.standing import runnable
from downmass.facts import event as ev
from downmass.facts.campaign import Campaign
from downmass.facts.event import Event
from downmass.facts.party import Meaning
from downmass.facts.recipe import Phase
from downmass.operations.desk import Desk
from downmass.operations.draft import Draft
from downmass.operations.edge import Edge
from downmass.operations.flight.executive import last_move, phases_in_force
from downmass.operations.flight.script import Act, Script
from downmass.operations.flight.world import World
from downmass.operations.history import read_entry
from downmass.operations.syncing import Inbox, ground_bundle, receive

CORRELATED_WITHIN_S = Decimal("0.05")
"""How well a contact compares two clocks [s]: the light time is known, the software delay is not."""

GROUND_CLOCK_S = Decimal(1)
"""How far the instants that people on the ground write down may be wrong [s]."""


CITED = "process.cited"
"""Done only where there are earlier batches to cite."""

Told = Callable[[Act], Draft | None]
"""Gives the draft of an act from other campaigns, or none where the act says itself what it records."""


class Control:
    """What the ground does at each step of a flight."""

    def __init__(
        self, desk: Desk, ground: str, device: Edge, inbox: Inbox, world: World, told: Told | None = None
    ) -> None:
        self._desk = desk
        self._ground = ground
        self._device = device
        self._inbox = inbox
        self._world = world
        self._told = told

    @property
    def _script(self) -> Script:
        return self._world.script

    def step(self) -> None:
        """Do what is due now."""
        self._contact()
        for draft in [*self._commands()]:
            self._desk.record([draft])
        for draft in [*self._alarms(), *self._signatures()]:
            self._desk.record([draft])
        done = True
        while done:
            done = False
            for act, due in self.due_acts():
                if due <= self._world.now:
                    self._desk.record([self._act(act)])
                    done = True
                    break

    def due_acts(self) -> Iterator[tuple[Act, datetime]]:
        """Yield the acts that were not done and whose time is known, with that time."""
        campaign = self._desk.state()
        done = self._done(campaign)
        faults = {fault.id for fault in self._script.faults}
        for act in self._script.acts:
            if act.id in done or (act.only_with and act.only_with not in faults):
                continue
            if act.type == CITED and self._told is None:
                continue
            since = [self._since(campaign, name, done) for name in act.after]
            if any(moment is None for moment in since):
                continue
            slip = self._world.slip() if act.shifts else timedelta()
            stated = (act.at or self._script.begins) + slip
            due = max([*(moment for moment in since if moment), stated])
            yield act, due + timedelta(hours=float(act.delay_h))

    def next_due(self) -> Iterator[datetime]:
        """Yield the instants at which an act or a signature falls due."""
        for _, due in self.due_acts():
            yield due
        for _, _, _, due in self._wanted(self._desk.state()):
            yield due
        for _, due in self._unseen(self._desk.state()):
            yield due

    def did(self, act: str) -> bool:
        """Tell whether an act is done."""
        return act in self._done(self._desk.state())

    def finished(self) -> bool:
        """Tell whether every act that will happen is done, and what the device has to say is here.

        An act may wait for what is still on board: as long as a contact may bring it, nothing is over.
        """
        if any(True for _ in self.next_due()):
            return False
        have, mine, own = self._device.heads(), self._desk.heads(), self._device.writer
        return own not in have or mine.get(own) == have[own] or not self._world.hears_again()

    def _since(self, campaign: Campaign, name: str, done: Mapping[str, Event[Any]]) -> datetime | None:
        """Return when what an act waits for came about on the ground, or none while it has not."""
        kind, _, id = name.rpartition(":")
        if kind == "":
            return done[id].recorded_at if id in done else None
        if kind in ("phase", "held"):
            wanted = "complete" if kind == "phase" else "held"
            moves = [e for e in campaign.all(ev.PhaseMoved) if e.body.phase == id and e.body.state == wanted]
            return self._known_at(campaign, moves[-1].id) if moves else None
        if kind == "fault":
            over = [w.closes for fault, w in self._world.faults() if fault.id == id]
            return over[0] if over and over[0] <= self._world.now else None
        if kind == "read":
            died = [e for e in campaign.all(ev.WriterDied) if e.body.writer == id]
            return self._known_at(campaign, died[-1].id) if died else None
        raise InputError(
            f"an act waits for {name!r}", "use an act's id, phase:ID, held:ID, fault:ID or read:ID"
        )

    def _done(self, campaign: Campaign) -> dict[str, Event[Any]]:
        mark = f"{self._script.source}, act "
        return {
            event.source.removeprefix(mark): event
            for group in campaign.events.values()
            for event in group
            if event.source.startswith(mark)
        }

    def _known_at(self, campaign: Campaign, entry: str) -> datetime:
        """Return when the ground knew an entry: the last of its own notes before it."""
        own = {e.id: e.recorded_at for g in campaign.events.values() for e in g if e.writer == self._ground}
        place = campaign.arrival.index(entry)
        return next(own[id] for id in reversed(campaign.arrival[: place + 1]) if id in own)

    def _draft(self, body: Any, sign: tuple[tuple[str, Meaning], ...] = ()) -> Draft:
        return Draft(
            ev.TYPE_OF[type(body)], body, self._world.now, self._ground, "simulated", self._script.source,
            uncertainty_s=GROUND_CLOCK_S, sign=sign,
        )  # fmt: skip

    def _contact(self) -> None:
        """Exchange bundles with the device, and compare its clock."""
        contact = self._world.contact()
        on = self.did(self._script.device.after)
        if contact is None or not on or self._world.trouble("brown_out"):
            return
        station, window = contact
        self._exchange(station)
        campaign = self._desk.state()
        if all(e.body.when.opens != window.opens for e in campaign.all(ev.ContactHeld)):
            count = self._received(campaign, window.opens)
            compared = self._correlated(campaign)
            self._desk.record([self._draft(ev.ContactHeld(station, window, count, count)), *compared])

    def _received(self, campaign: Campaign, since: datetime) -> int:
        """Return how many entries of the device have come since a moment."""
        return sum(
            part.last - part.first + 1
            for e in campaign.all(ev.SyncReceived)
            for part in e.body.appended
            if e.recorded_at >= since and e.body.writer == self._device.writer
        )

    def _exchange(self, carrier: str) -> None:
        have, mine = self._device.heads(), self._desk.heads()
        first = have[self._ground].sequence if self._ground in have else 0
        if self._ground in mine and mine[self._ground].sequence > first:
            up = ground_bundle(self._desk, self._ground, self._world.now, None, {self._ground: first})
            self._device.receive(up)
        own = self._device.writer
        known = mine[own].sequence if own in mine else 0
        if own in have and have[own].sequence > known:
            bundle = self._device.bundle({own: known})
            receive(
                self._desk, self._ground, self._inbox, bundle, carrier, self._world.now,
                "simulated", self._script.source,
            )  # fmt: skip

    def _correlated(self, campaign: Campaign) -> Iterator[Draft]:
        """Yield the comparison of the device's clock with the ground's."""
        epochs = [epoch.number for epoch in campaign.epochs if epoch.writer == self._device.writer]
        if not epochs:
            return
        compared = ev.ClockCorrelated(
            self._device.writer, max(epochs), self._device.now(), self._world.now, CORRELATED_WITHIN_S,
            "time tag exchanged at a contact",
        )  # fmt: skip
        yield self._draft(compared)

    def _commands(self) -> Iterator[Draft]:
        """Yield the start of each phase the ground must command, once it may begin."""
        campaign = self._desk.state()
        sent = {e.body.phase for e in campaign.all(ev.CommandSent) if e.body.verb == "start"}
        for phase in phases_in_force(campaign):
            if phase.autonomy not in ("supervised", "telerobotic") or phase.id in sent:
                continue
            if phase in runnable(campaign, self._world.now) and self._flying(campaign):
                number = len(campaign.all(ev.CommandSent)) + 1
                by = self._script.roster.minds[phase.autonomy]
                yield self._draft(ev.CommandSent(f"cmd-{number}", phase.id, "start", by))

    def _flying(self, campaign: Campaign) -> bool:
        return any(e.body.writer == self._device.writer for e in campaign.all(ev.WriterBorn))

    def _alarms(self) -> Iterator[Draft]:
        for alarm, due in self._unseen(self._desk.state()):
            if due <= self._world.now:
                person = self._script.roster.alarms
                yield self._draft(ev.AlarmAcknowledged(alarm, person, "seen, and noted for the review"))

    def _unseen(self, campaign: Campaign) -> Iterator[tuple[str, datetime]]:
        """Yield the alarms on the ground's record that nobody acknowledged, and when somebody will."""
        seen = {e.body.alarm for e in campaign.all(ev.AlarmAcknowledged)}
        delay = timedelta(hours=float(self._script.roster.delay_h))
        for event in campaign.all(ev.AlarmRaised):
            if event.body.alarm not in seen:
                yield event.body.alarm, self._known_at(campaign, event.id) + delay

    def _signatures(self) -> Iterator[Draft]:
        for phase, part, person, due in self._wanted(self._desk.state()):
            if due <= self._world.now:
                meaning: Meaning = "responsibility" if part == "performed" else "review"
                body = read_entry(
                    {
                        "at": self._world.now, "type": "phase.signed", "origin": "simulated",
                        "source": self._script.source, "uncertainty_s": str(GROUND_CLOCK_S),
                        "sign": [{"person": person, "meaning": meaning}],
                        "body": {"phase": phase.id, "part": part},
                    },
                    "flight.toml roster", self._ground,
                )  # fmt: skip
                yield body

    def _wanted(self, campaign: Campaign) -> Iterator[tuple[Phase, str, str, datetime]]:
        """Yield the signatures that are missing from phases complete on the ground's record, and when due."""
        roster = self._script.roster
        signed = {(e.body.phase, e.body.part) for e in campaign.all(ev.PhaseSigned)}
        for phase in phases_in_force(campaign):
            last = last_move(campaign, phase.id)
            if last is None or last.body.state != "complete" or not phase.significant:
                continue
            since, delay = self._known_at(campaign, last.id), timedelta(hours=float(roster.delay_h))
            if phase.autonomy in roster.minds and (phase.id, "performed") not in signed:
                yield phase, "performed", roster.minds[phase.autonomy], since + delay
            if (phase.id, "checked") not in signed:
                yield phase, "checked", roster.checks, since + 2 * delay

    def _act(self, act: Act) -> Draft:
        campaign = self._desk.state()
        told = self._told(act) if self._told else None
        if told is not None:
            return told
        entry: dict[str, Any] = {
            "at": self._world.now,
            "type": act.type,
            "origin": "simulated",
            "source": f"{self._script.source}, act {act.id}",
            "uncertainty_s": str(act.uncertainty_s),
            "cause": [id for name in act.cause for id in self._entries(campaign, name)],
        }
        if act.writer:
            entry["writer"] = act.writer
        if act.sign:
            entry["sign"] = [{"person": s.person, "meaning": s.meaning} for s in act.sign]
        if act.body is None:
            entry["computed"] = True
        else:
            entry["body"] = self._filled(campaign, act.body)
        return read_entry(entry, f"flight.toml act {act.id}", self._ground)

    def _entries(self, campaign: Campaign, name: str) -> list[str]:
        """Return the ids of the entries an act follows from."""
        kind, _, id = name.rpartition(":")
        if kind == "":
            done = self._done(campaign)
            return [done[id].id] if id in done else []
        kinds: Mapping[str, tuple[type[Any], str]] = {
            "excursions": (ev.ExcursionDetected, "parameter"),
            "held": (ev.PhaseMoved, "phase"),
            "segments": (ev.SegmentSealed, "parameter"),
            "outside": (ev.SegmentSealed, "parameter"),
            "alarms": (ev.AlarmRaised, "phase"),
        }
        if kind not in kinds:
            raise InputError(
                f"an act follows from {name!r}", f"use an act's id, or {', '.join(kinds)} and an id"
            )
        body, key = kinds[kind]
        return [
            e.id
            for e in campaign.all(body)
            if getattr(e.body, key) == id
            and (kind != "held" or e.body.state in ("held", "suspended"))
            and (kind != "outside" or _outside(campaign, e.body))
        ]

    def _filled(self, campaign: Campaign, value: Any) -> Any:
        """Return a body with every ``$yield:PHASE`` replaced by what the phase gave."""
        if isinstance(value, Mapping):
            return {key: self._filled(campaign, inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._filled(campaign, inner) for inner in value]
        if isinstance(value, str) and value.startswith("$yield:"):
            phase = value.removeprefix("$yield:")
            given = [e.body.actual for e in campaign.all(ev.YieldReported) if e.body.phase == phase]
            if not given:
                raise InputError(f"nothing is on record of the yield of {phase}", "let the act wait for it")
            return str(given[-1])
        return value


def _outside(campaign: Campaign, segment: ev.SegmentSealed) -> bool:
    """Tell whether a segment left the limits of its parameter."""
    known = campaign.recipe.parameters if campaign.recipe else ()
    limits = next(parameter for parameter in known if parameter.id == segment.parameter)
    low, high = limits.low, limits.high
    return (low is not None and segment.least < low) or (high is not None and segment.most > high)
