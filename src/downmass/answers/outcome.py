"""What became of the contract, read from the record: happenings, delays by cause, loss."""

from __future__ import annotations

from datetime import datetime

from downmass.base.instant import Window
from downmass.disciplines.contracts.outcome import Claim, Happening, Loss, Outcome, Settlement, damage_of_loss
from downmass.disciplines.contracts.settle import settle
from downmass.facts import event as ev
from downmass.facts.campaign import Campaign
from downmass.facts.contract import Cause, Contract, Delay, Evidence
from downmass.facts.event import Event
from downmass.facts.plan import Gate, PlanBasis
from downmass.facts.procedure import phases_of

GATE_CAUSE: dict[str, Cause] = {
    "licence": "regulatory",
    "range": "range",
    "waiver": "third_party",
    "weather": "weather",
}
"""Which cause a late gate of a kind is counted against."""


def happenings(campaign: Campaign) -> dict[Evidence, Happening]:
    """Return the happenings a contract may pay for, each with the entry that records it."""
    found: dict[Evidence, Happening] = {}
    kinds: tuple[tuple[Evidence, type[object]], ...] = (
        ("signing", ev.ContractSigned),
        ("lift_off", ev.Launched),
        ("landing", ev.Landed),
        ("recovery", ev.Recovered),
    )
    for evidence, kind in kinds:
        first = next(iter(campaign.all(kind)), None)
        if first is not None:
            found[evidence] = Happening(first.occurred_at, first.id)
    released = [e for e in campaign.all(ev.DispositionDecided) if e.body.decision == "released"]
    if released:
        found["release"] = Happening(released[-1].occurred_at, released[-1].id)
    done = process_done(campaign)
    if done is not None:
        found["process_done"] = Happening(done.occurred_at, done.id)
    for event in campaign.all(ev.MilestoneReached):
        found.setdefault(event.body.evidence, Happening(event.occurred_at, event.id))
    return found


def process_done(campaign: Campaign) -> Event[ev.PhaseMoved] | None:
    """Return the entry that completed the last phase of the recipe, or none while phases are open."""
    if campaign.recipe is None:
        return None
    due = {phase.id for phase in phases_of(campaign.recipe)}
    last: Event[ev.PhaseMoved] | None = None
    for event in campaign.all(ev.PhaseMoved):
        if event.body.state == "complete":
            due.discard(event.body.phase)
            last = event
    return last if not due else None


def delays(campaign: Campaign, as_of: datetime) -> tuple[Delay, ...]:
    """Return the spans in which a gate held the campaign up: from when all else was ready until granted."""
    if campaign.basis is None:
        return ()
    found = []
    for gate in campaign.basis.gates:
        since = _ready(campaign, campaign.basis, gate)
        until, entries = _opened(campaign, gate, as_of)
        if since is not None and until > since:
            found.append(Delay(GATE_CAUSE[gate.kind], Window(since, until), entries))
    return tuple(found)


def _ready(campaign: Campaign, basis: PlanBasis, gate: Gate) -> datetime | None:
    """Return from when on a gate is what is waited for; none while the product is not made yet."""
    if not any(a.milepost == "return" and gate.id in a.gates for a in basis.activities):
        return gate.planned
    done = process_done(campaign)
    return max(gate.planned, basis.return_planned, done.occurred_at) if done else None


def _opened(campaign: Campaign, gate: Gate, as_of: datetime) -> tuple[datetime, tuple[str, ...]]:
    state = campaign.gates.get(gate.id)
    if state is None:
        return gate.planned, ()
    entries = tuple(event.id for event in state.history)
    return (state.history[-1].occurred_at if state.status == "granted" else as_of), entries


def outcome_of(campaign: Campaign, contract: Contract, as_of: datetime) -> Outcome:
    """Return what became of a contract as of a moment, every part with its entry."""
    graded = campaign.last(ev.DispositionDecided)
    lost = campaign.last(ev.Lost)
    loss = Loss(lost.body.stage, lost.body.cause, lost.occurred_at, lost.id) if lost else None
    value = campaign.venture.batch_value if campaign.venture else contract.price
    return Outcome(
        as_of=as_of,
        reached=happenings(campaign),
        delays=delays(campaign, as_of),
        graded_percent=graded.body.graded_percent if graded else None,
        lost=loss,
        harms=(damage_of_loss(loss, contract.customer, value),) if loss else (),
        claims=tuple(
            Claim(
                e.body.claim,
                e.body.clause,
                e.body.claimant,
                e.body.against,
                e.body.amount,
                e.body.reason,
                e.id,
            )
            for e in campaign.all(ev.ClaimRaised)
        ),
    )


def settlement_of(campaign: Campaign, as_of: datetime, contract: Contract | None = None) -> Settlement | None:
    """Settle the contract in force, or another one on the same record, as of a moment."""
    terms = contract or campaign.contract
    return settle(terms, outcome_of(campaign, terms, as_of)) if terms else None
