"""The state of a campaign: a fold of its events, total and deterministic."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Literal, TypeVar, cast

from downmass.base.errors import InputError
from downmass.base.instant import Instant
from downmass.facts import event as ev
from downmass.facts.clock import Epoch, Retimed, read_clock, retime
from downmass.facts.codec import DECISIVE, body_from_json
from downmass.facts.contract import Contract
from downmass.facts.event import Event, Unknown
from downmass.facts.finding import Finding
from downmass.facts.flight import Site
from downmass.facts.party import Party, Person, Role
from downmass.facts.plan import PlanBasis, Schedule
from downmass.facts.procedure import phases_of
from downmass.facts.quantity import Spread
from downmass.facts.recipe import MasterRecipe, Product
from downmass.facts.venture import FailureMode, Venture

B = TypeVar("B")

Stage = Literal[
    "empty", "ordered", "launched", "processed", "landed", "recovered", "tested",
    "released", "rejected", "lost", "settled", "closed",
]  # fmt: skip

GateStatus = Literal["waiting", "granted", "refused", "withdrawn"]


@dataclass(frozen=True, slots=True)
class GateState:
    """Where a licence, range slot or waiver stands; asked for again after a refusal, it waits."""

    gate: str
    status: GateStatus
    history: tuple[Event[Any], ...]


@dataclass(frozen=True, slots=True)
class Campaign:
    """Everything known of a campaign at a moment, folded from its entries.

    Attributes
    ----------
    events
        Body type -> events of that type in order of arrival, corrections applied.
    arrival
        Ids of all entries, in order of arrival.
    roles
        Person -> roles in force: assigned and not withdrawn since.
    unknown
        Events of types or versions this program does not know; kept and reported.
    holders
        Item -> party that holds it, after the last recorded transfer or accepted offer, in order of moving.
    findings
        Faults of the record that the fold itself saw.
    retimed
        Entry id -> how its instant is read, where that is not as its writer stated it.
    epochs
        Runs of the clocks of devices, with what they were compared with.
    """

    id: str
    title: str
    stage: Stage
    size: int
    recorded_until: Instant | None
    opened: ev.CampaignOpened | None
    product: Product | None
    parties: Mapping[str, Party]
    people: Mapping[str, Person]
    roles: Mapping[str, frozenset[Role]]
    recipe: MasterRecipe | None
    contract: Contract | None
    basis: PlanBasis | None
    sites: tuple[Site, ...]
    modes: tuple[FailureMode, ...]
    venture: Venture | None
    plan: Schedule | None
    gates: Mapping[str, GateState]
    holders: Mapping[str, str]
    events: Mapping[type[Any], tuple[Event[Any], ...]]
    arrival: tuple[str, ...]
    unknown: tuple[Event[Unknown], ...]
    corrected: Mapping[str, str]
    findings: tuple[Finding, ...]
    retimed: Mapping[str, Retimed]
    epochs: tuple[Epoch, ...]

    def all(self, body: type[B]) -> tuple[Event[B], ...]:
        """Return the events with this body type, in order of arrival."""
        return cast("tuple[Event[B], ...]", self.events.get(body, ()))

    def read_at(self, writer: str, stated: Instant) -> Instant:
        """Return what an instant was that a writer states by its clock now; as stated where it has none."""
        own = [epoch for epoch in self.epochs if epoch.writer == writer]
        return read_clock(own[-1], stated).at if own else stated

    def last(self, body: type[B]) -> Event[B] | None:
        """Return the latest event with this body type, or none."""
        found = self.all(body)
        return found[-1] if found else None


def fold(events: Iterable[Event[Any]]) -> Campaign:
    """Fold events, in order of arrival, into the state of their campaign.

    Total: any sequence of events gives a state; what does not fit becomes a finding. Instants by the
    clocks of devices are read as ``facts.clock`` says; a corrected body is read as it was put.
    """
    told = retime(tuple(events))
    grouped: defaultdict[type[Any], list[Event[Any]]] = defaultdict(list)
    next_sequence: dict[str, int] = {}
    findings: list[Finding] = list(told.findings)
    arrival: list[str] = []
    for event in told.events:
        arrival.append(event.id)
        expected = next_sequence.get(event.writer, 0)
        if event.sequence != expected:
            findings.append(_gap(event, expected))
        next_sequence[event.writer] = event.sequence + 1
        grouped[event.body.__class__].append(event)
    corrected = _correct(grouped, findings)
    state = _state(grouped, arrival, told.events[-1] if told.events else None, corrected, findings)
    return replace(
        state,
        retimed=MappingProxyType(dict(told.retimed)),
        epochs=told.epochs,
        recorded_until=_recorded_until(told.events),
    )


def _recorded_until(events: Sequence[Event[Any]]) -> Instant | None:
    """Return when the last entry was recorded; by the log's own clock where devices' logs arrive in it."""
    synced = any(isinstance(event.body, ev.SyncReceived) for event in events)
    last = next((e for e in reversed(events) if not synced or e.writer == events[0].writer), None)
    return last.recorded_at if last else None


def _gap(event: Event[Any], expected: int) -> Finding:
    if event.sequence < expected:
        text = f"writer {event.writer} counts back to {event.sequence}; {expected} was next"
    else:
        missing = event.sequence - expected
        text = f"{missing} entries of writer {event.writer} have not arrived, from {expected} on"
    return Finding(event.id, text, "warning", (event.id,))


def _correct(grouped: dict[type[Any], list[Event[Any]]], findings: list[Finding]) -> dict[str, str]:
    """Apply corrections in order; a correction that does not fit stays a finding."""
    corrected: dict[str, str] = {}
    corrections = grouped.get(ev.EntryCorrected, ())
    if not corrections:
        return corrected
    places = {event.id: (body, index) for body, group in grouped.items() for index, event in enumerate(group)}
    for correction in corrections:
        target = correction.body.target
        if target not in places:
            findings.append(
                Finding(correction.id, f"corrects {target!r}, which is not in the record", "warning")
            )
            continue
        body_type, index = places[target]
        old = grouped[body_type][index]
        if old.type in DECISIVE:
            text = f"{target} decides whose signatures count and cannot be corrected"
            findings.append(Finding(correction.id, text, "warning"))
            continue
        try:
            body = body_from_json(old.type, old.version, correction.body.replacement)
        except InputError as fault:
            findings.append(
                Finding(correction.id, f"the correction of {target} does not fit: {fault}", "warning")
            )
            continue
        grouped[body_type][index] = replace(old, body=body)
        corrected[target] = correction.id
    return corrected


def _state(
    grouped: Mapping[type[Any], list[Event[Any]]],
    arrival: list[str],
    last: Event[Any] | None,
    corrected: Mapping[str, str],
    findings: list[Finding],
) -> Campaign:
    def bodies(kind: type[B]) -> list[B]:
        return [event.body for event in grouped.get(kind, ())]

    def latest(kind: type[B]) -> B | None:
        found = grouped.get(kind)
        return found[-1].body if found else None

    opened = latest(ev.CampaignOpened)
    recipe = latest(ev.RecipeAdopted)
    contract = latest(ev.ContractSigned)
    modes = latest(ev.FailureModesListed)
    venture = latest(ev.VentureStated)
    plan = latest(ev.PlanAdopted)
    sites = latest(ev.SitesDesignated)
    unknown = tuple(grouped.get(Unknown, ()))
    findings.extend(
        Finding(
            event.id, f"entry type {event.type} version {event.version} is newer than this program", "note"
        )
        for event in unknown
    )
    return Campaign(
        id=last.campaign if last else "",
        title=opened.title if opened else "",
        stage=_stage(grouped),
        size=len(arrival),
        recorded_until=None,
        opened=opened,
        product=opened.product if opened else None,
        parties=MappingProxyType({body.party.id: body.party for body in bodies(ev.PartyJoined)}),
        people=MappingProxyType({body.person.id: body.person for body in bodies(ev.RoleAssigned)}),
        roles=MappingProxyType(_roles(grouped, arrival)),
        recipe=recipe.recipe if recipe else None,
        contract=contract.contract if contract else None,
        basis=_basis(grouped, findings),
        sites=sites.sites if sites else (),
        modes=modes.modes if modes else (),
        venture=venture.venture if venture else None,
        plan=plan.schedule if plan else None,
        gates=MappingProxyType(_gates(grouped)),
        holders=MappingProxyType(_holders(grouped)),
        events=MappingProxyType({body: tuple(group) for body, group in grouped.items()}),
        arrival=tuple(arrival),
        unknown=unknown,
        corrected=MappingProxyType(dict(corrected)),
        findings=tuple(findings),
        retimed=MappingProxyType({}),
        epochs=(),
    )


def _roles(
    grouped: Mapping[type[Any], list[Event[Any]]], arrival: Sequence[str]
) -> dict[str, frozenset[Role]]:
    """Return the roles in force, person by person; the order of arrival decides."""
    assigned, withdrawn = grouped.get(ev.RoleAssigned, []), grouped.get(ev.RoleWithdrawn, [])
    turns = [*assigned, *withdrawn]
    if withdrawn:
        place = {id: index for index, id in enumerate(arrival)}
        turns.sort(key=lambda event: place[event.id])
    held: defaultdict[str, frozenset[Role]] = defaultdict(frozenset)
    for event in turns:
        if isinstance(event.body, ev.RoleWithdrawn):
            held[event.body.person] -= {event.body.role}
        else:
            held[event.body.person.id] |= {event.body.role}
    return dict(held)


def _holders(grouped: Mapping[type[Any], list[Event[Any]]]) -> dict[str, str]:
    """Return who holds each item: offers move nothing until they are accepted."""
    offers = {event.body.offer: event.body for event in reversed(grouped.get(ev.CustodyOffered, []))}
    moves = [(event.occurred_at, event.body) for event in grouped.get(ev.CustodyTransferred, ())]
    moves += [
        (event.occurred_at, offers[event.body.offer])
        for event in grouped.get(ev.CustodyAccepted, ())
        if event.body.offer in offers
    ]
    if len(moves) > len(grouped.get(ev.CustodyTransferred, ())):
        moves.sort(key=lambda move: move[0])
    held: dict[str, str] = {}
    for _, body in moves:
        held.pop(body.item, None)
        held[body.item] = body.receiver
    return held


def _basis(grouped: Mapping[type[Any], list[Event[Any]]], findings: list[Finding]) -> PlanBasis | None:
    """Return the plan basis in force, later estimates put in place of the ones they revise."""
    stated = grouped.get(ev.PlanBasisStated)
    if not stated:
        return None
    basis: PlanBasis = stated[-1].body.basis
    for revision in grouped.get(ev.EstimateRevised, ()):
        try:
            basis = _revised(basis, revision.body.target, revision.body.spread)
        except InputError as fault:
            findings.append(Finding(revision.id, str(fault), "warning"))
    return basis


def _revised(basis: PlanBasis, target: str, spread: Spread) -> PlanBasis:
    """Return a plan basis with one spread replaced.

    Raises
    ------
    InputError
        If the basis does not name the target, or the spread cannot be one of it.
    """
    if target in ("launch_slip_d", "return_slip_d", "return_spacing_d"):
        slips: dict[str, Any] = {target: spread}
        return replace(basis, **slips)
    if any(gate.id == target for gate in basis.gates):
        gates = tuple(replace(g, delay_d=spread) if g.id == target else g for g in basis.gates)
        return replace(basis, gates=gates)
    if any(activity.id == target for activity in basis.activities):
        activities = tuple(replace(a, duration_d=spread) if a.id == target else a for a in basis.activities)
        return replace(basis, activities=activities)
    raise InputError(f"revises {target!r}, which the plan basis does not name", "name what the plan names")


def _gates(grouped: Mapping[type[Any], list[Event[Any]]]) -> dict[str, GateState]:
    history: defaultdict[str, list[Event[Any]]] = defaultdict(list)
    merged = [*grouped.get(ev.GateApplied, ()), *grouped.get(ev.GateDecided, ())]
    for event in sorted(merged, key=lambda e: (e.occurred_at, e.recorded_at, e.id)):
        history[event.body.gate].append(event)
    states = {}
    for gate, events in history.items():
        latest = events[-1].body
        status: GateStatus = latest.decision if isinstance(latest, ev.GateDecided) else "waiting"
        states[gate] = GateState(gate, status, tuple(events))
    return states


def _stage(grouped: Mapping[type[Any], list[Event[Any]]]) -> Stage:
    if not grouped:
        return "empty"
    if grouped.get(ev.CampaignClosed):
        return "closed"
    if grouped.get(ev.Settled):
        return "settled"
    if grouped.get(ev.Lost):
        return "lost"
    decisions = [event.body.decision for event in grouped.get(ev.DispositionDecided, ())]
    if decisions and decisions[-1] in ("released", "rejected"):
        return cast("Stage", decisions[-1])
    reached: tuple[tuple[type[Any], Stage], ...] = (
        (ev.ResultReported, "tested"),
        (ev.Recovered, "recovered"),
        (ev.Landed, "landed"),
    )
    for kind, stage in reached:
        if grouped.get(kind):
            return stage
    if _processed(grouped):
        return "processed"
    return "launched" if grouped.get(ev.Launched) else "ordered"


def _processed(grouped: Mapping[type[Any], list[Event[Any]]]) -> bool:
    """Tell whether every phase that moved, and every phase of the recipe, is complete."""
    states = {event.body.phase: event.body.state for event in grouped.get(ev.PhaseMoved, ())}
    due = set(states)
    for adopted in grouped.get(ev.RecipeAdopted, ())[-1:]:
        due |= {phase.id for phase in phases_of(adopted.body.recipe)}
    return bool(states) and all(states.get(phase) == "complete" for phase in due)
