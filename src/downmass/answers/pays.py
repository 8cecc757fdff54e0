"""Who pays when something goes wrong?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import numpy as np

from downmass.answers.answer import Answer, Bars, Evidence, Table, Value
from downmass.answers.case import Case
from downmass.answers.grounds import forecast_grounds
from downmass.answers.outcome import GATE_CAUSE, happenings, settlement_of
from downmass.answers.standing import Outlook, outlook_of
from downmass.answers.telling import entry, finished, major, money, quantiles, without_basis
from downmass.base.errors import NotFoundError
from downmass.disciplines.contracts import exposure
from downmass.disciplines.contracts.law import (
    LICENCE_BEFORE_LAUNCH_FROM,
    licence_before_launch,
    returned_goods,
)
from downmass.disciplines.contracts.outcome import Settlement, Stage
from downmass.disciplines.contracts.templates import instantiate, parse_templates, terms
from downmass.disciplines.forecast.belief import Floats
from downmass.disciplines.forecast.situation import Futures
from downmass.facts import event as ev
from downmass.facts.contract import Contract
from downmass.facts.contract import Evidence as Happens
from downmass.facts.finding import Finding
from downmass.facts.plan import Gate
from downmass.facts.quantity import Assumption

FAR = timedelta(days=20 * 365)
"""By then every clock of a simulated future has stopped."""


def pays(case: Case) -> Answer:
    """Answer with the settlement: of the record where it is complete, else over the futures."""
    contract = case.campaign.contract
    settlement = settlement_of(case.campaign, case.as_of)
    if contract is None or settlement is None:
        return without_basis(case, "pays", "no contract is on record", "add [contract] to campaign.toml")
    outlook = outlook_of(case)
    over = "release" in happenings(case.campaign) or case.campaign.last(ev.Lost) is not None
    spread = None if over or outlook is None else exposed(case, outlook, outlook.futures)
    return finished(
        case,
        "pays",
        _headline(case, contract, settlement, spread),
        values=_values(case, settlement, spread),
        tables=tuple(_tables(case, contract, settlement)),
        findings=[*settlement.findings, *_law(case)],
        evidence=_evidence(case),
        assumptions=_assumptions(case, contract),
        plots=(
            Bars(
                "Net of each party as of now",
                f"{settlement.currency} M",
                tuple((_name(case, p), round(v / 1e8, 3)) for p, v in settlement.balances.items()),
            ),
        ),
    )


def _headline(
    case: Case, contract: Contract, settlement: Settlement, spread: exposure.Exposure | None
) -> str:
    damages = sum(p.amount.minor for p in settlement.postings if p.clause in {d.id for d in contract.damages})
    currency = settlement.currency
    paid = settlement.balances.get(contract.customer, 0)
    lates = {reading.clause: reading for reading in settlement.clocks}
    weeks = max((reading.weeks for reading in lates.values()), default=0)
    if spread is not None:
        net = spread.net[contract.provider] / 100
        low, mid, high = (float(v) for v in np.quantile(net, (0.1, 0.5, 0.9)))
        return (
            f"As the contract stands the customer has paid {major(-paid / 100, currency)} net; over the "
            f"futures the provider nets {major(mid, currency)}, between {major(low, currency)} and "
            f"{major(high, currency)} in 8 of 10."
        )
    capped = any(
        clause.id in lates and lates[clause.id].weeks * clause.rate_percent_per_week > clause.cap_percent
        for clause in contract.damages
    )
    at_cap = ", at the cap" if capped else ""
    late = (
        f", {major(damages / 100, currency)} less for {weeks} started weeks of lateness{at_cap}"
        if damages
        else ""
    )
    return (
        f"The customer pays {major(-paid / 100, currency)} net{late}; the postings sum to "
        f"{sum(settlement.balances.values())} over {len(settlement.balances)} parties."
    )


def _name(case: Case, party: str) -> str:
    known = case.campaign.parties.get(party)
    return known.name if known else party


def _values(case: Case, settlement: Settlement, spread: exposure.Exposure | None) -> Iterator[Value]:
    for party, net in settlement.balances.items():
        yield Value(f"net of {_name(case, party)} as of now", settlement.currency, exact=f"{net / 100:.2f}")
    yield Value(
        "sum over the parties", settlement.currency, exact=f"{sum(settlement.balances.values()) / 100:.2f}"
    )
    if spread is not None:
        for party, values in spread.net.items():
            yield quantiles(f"net of {_name(case, party)} over the futures", spread.currency, values / 100, 2)


def _tables(case: Case, contract: Contract, settlement: Settlement) -> Iterator[Table]:
    yield from _postings(f"Settlement as of now: {contract.title}", settlement)
    rows = []
    for name, other, result in other_templates(case, contract):
        nets = "; ".join(f"{_name(case, p)} {v / 100:+,.2f}" for p, v in result.balances.items() if v)
        rows.append(
            (name, other.title, nets or "nothing moves", f"{sum(result.balances.values()) / 100:.2f}")
        )
    if rows:
        yield Table(
            "The same record under each contract template",
            ("template", "terms", "net by party", "sum"),
            tuple(rows),
        )
    for name, _, result in other_templates(case, contract):
        if name != contract.template:
            yield from _postings(f"Settlement under {name}", result)
    invoices = tuple(
        (e.body.invoice, e.body.milestone, _name(case, e.body.debtor), money(e.body.amount), e.id)
        for e in case.campaign.all(ev.InvoiceIssued)
    )
    if invoices:
        yield Table("Invoices", ("invoice", "milestone", "debtor", "amount", "entry"), invoices)
    raised = [(c.id, _name(case, c.claimant), money(c.amount), c.reason) for c in settlement.open_claims]
    if raised:
        yield Table(
            "Claims the contract leaves open", ("claim", "claimant", "amount", "reason"), tuple(raised)
        )
    left = [(u.milestone, money(u.amount), u.why) for u in settlement.unearned]
    left += [(r.subject, money(r.amount), f"{r.why} ({r.clause})") for r in settlement.refused]
    if left:
        yield Table("Not owed", ("what", "amount", "why"), tuple(left))


def _postings(title: str, settlement: Settlement) -> Iterator[Table]:
    yield Table(
        title,
        ("from", "to", "amount", "clause", "entries"),
        tuple(
            (p.debtor, p.creditor, money(p.amount), p.clause, ", ".join(p.evidence))
            for p in settlement.postings
        ),
    )
    yield Table(
        f"{title}: the arithmetic", ("clause", "why"), tuple((p.clause, p.why) for p in settlement.postings)
    )


def other_templates(case: Case, contract: Contract) -> Iterator[tuple[str, Contract, Settlement]]:
    """Settle the same record under every template of the catalogue, between the same parties."""
    due: dict[str, datetime] = {m.evidence: m.due for m in contract.milestones if m.due is not None}
    insurer = next((policy.insurer for policy in contract.policies), None)
    for name, template in parse_templates(case.knowledge.templates).items():
        other = instantiate(
            case.knowledge.templates,
            name,
            id=f"{contract.id}.{name}",
            title=template.title,
            provider=contract.provider,
            customer=contract.customer,
            price=contract.price,
            due=due,
            insurer=insurer,
        )
        result = settlement_of(case.campaign, case.as_of, other)
        if result is not None:
            yield name, other, result


def exposed(case: Case, outlook: Outlook, futures: Futures) -> exposure.Exposure:
    """Settle the contract in force in each of a set of futures.

    Raises
    ------
    NotFoundError
        If there is no contract.
    """
    contract = case.campaign.contract
    if contract is None:
        raise NotFoundError("no contract is on record", "add [contract] to campaign.toml")
    return exposure.expose(contract, _as_contract_sees(case, outlook, futures))


def _as_contract_sees(case: Case, outlook: Outlook, futures: Futures) -> exposure.Futures:
    """Return the futures of the forecast as a contract sees them: happenings, delays, losses."""
    known = happenings(case.campaign)
    reached: dict[Happens, exposure.Instants] = {}
    for kind, happening in known.items():
        reached[kind] = np.full(futures.n, _stamp(happening.at))
    launch = _activity(outlook, "launch")
    if "lift_off" not in reached and launch is not None:
        reached["lift_off"] = _dates(futures, futures.starts[launch])
    reached.setdefault("landing", _dates(futures, futures.landing))
    reached.setdefault("release", _dates(futures, futures.release))
    recovery = _activity(outlook, "recovery")
    if "recovery" not in reached and recovery is not None:
        reached["recovery"] = _dates(futures, futures.ends[recovery])
    delays = []
    for gate in outlook.situation.basis.gates:
        if gate.id in futures.opened:
            closes = _dates(futures, futures.opened[gate.id])
            delays.append(
                exposure.DelayFutures(GATE_CAUSE[gate.kind], _waited_from(outlook, futures, gate), closes)
            )
    lost_at, stages = _losses(case, outlook, futures)
    return exposure.Futures(
        as_of=futures.epoch + FAR,
        reached=reached,
        delays=tuple(delays),
        graded_percent=np.where(futures.lost, np.nan, 100.0),
        lost_at=lost_at,
        lost_stage=stages,
        lost_cause=["provider"] * futures.n,
        batch_value=case.campaign.venture.batch_value if case.campaign.venture else None,
        owner=case.campaign.contract.customer if case.campaign.contract and case.campaign.venture else "",
    )


def _waited_from(outlook: Outlook, futures: Futures, gate: Gate) -> exposure.Instants:
    """Return from when on a gate is what a future waits for: when all else for the return is ready."""
    basis = outlook.situation.basis
    since = np.full(futures.n, outlook.situation.day(gate.planned))
    if any(a.milepost == "return" and gate.id in a.gates for a in basis.activities):
        since = np.maximum(since, outlook.situation.day(basis.return_planned))
        for activity in basis.activities:
            if activity.milepost == "process":
                since = np.maximum(since, futures.ends[activity.id])
    return _dates(futures, since)


def _activity(outlook: Outlook, milepost: str) -> str | None:
    return next((a.id for a in outlook.situation.basis.activities if a.milepost == milepost), None)


def _losses(case: Case, outlook: Outlook, futures: Futures) -> tuple[exposure.Instants, list[Stage]]:
    """Return when and at which stage each lost future lost its batch."""
    # What spoils the batch on board is found in the laboratory and is no physical loss of the vehicle;
    # giving the return up is nobody's insured peril either.
    stage_of: dict[str, Stage] = {
        mode.id: "laboratory" if mode.loses == "batch" and mode.stage in ("orbit", "process") else mode.stage
        for mode in case.campaign.modes
    }
    ends: dict[Stage, Floats] = {}
    for stage, milepost in (
        ("launch", "launch"),
        ("process", "process"),
        ("orbit", "return"),
        ("return", "return"),
        ("recovery", "recovery"),
        ("laboratory", "laboratory"),
    ):
        activity = _activity(outlook, milepost)
        if activity is not None:
            table = futures.starts if stage == "orbit" else futures.ends
            ends[stage] = table[activity]  # type: ignore[index]
    stages: list[Stage] = ["laboratory"] * futures.n
    lost_day = np.full(futures.n, np.nan)
    for index, cause in enumerate(futures.causes):
        struck = futures.cause == index
        stage = stage_of.get(cause, "laboratory")
        if stage in ends:
            lost_day = np.where(struck, ends[stage], lost_day)
        for row in np.flatnonzero(struck):
            stages[int(row)] = stage
    return _dates(futures, lost_day), stages


def _stamp(at: datetime) -> np.datetime64:
    return np.datetime64(at.replace(tzinfo=None), "us")


def _dates(futures: Futures, days: Floats) -> exposure.Instants:
    seconds = np.where(np.isfinite(days), np.round(days * 86400.0), 0).astype("timedelta64[s]")
    dates = (_stamp(futures.epoch) + seconds).astype("datetime64[us]")
    return np.where(np.isfinite(days), dates, np.datetime64("NaT", "us"))


def _law(case: Case) -> Iterator[Finding]:
    campaign = case.campaign
    launched, landed = campaign.last(ev.Launched), campaign.last(ev.Landed)
    licences = [
        e for e in campaign.all(ev.GateDecided) if e.body.kind == "licence" and e.body.decision == "granted"
    ]
    if launched is not None and any(
        gate.kind == "licence" for gate in (campaign.basis.gates if campaign.basis else ())
    ):
        granted = licences[0].occurred_at if licences else None
        if case.as_of >= LICENCE_BEFORE_LAUNCH_FROM:
            yield from licence_before_launch(campaign.id, launched.occurred_at, granted)
        elif granted is None or granted > launched.occurred_at:
            text = "launched without its re-entry licence, which the law as of now allows"
            yield Finding(campaign.id, text, "note", (launched.id,))
    if landed is not None and launched is not None:
        home = _country(case, launched.body.site)
        back = _country(case, landed.body.site)
        owner = next((p.country for p in campaign.parties.values() if "bus_provider" in p.kinds), "")
        if home == "US" and back and owner:
            yield from returned_goods(
                campaign.id,
                launched_from_us_customs_territory=True,
                on_us_owned_craft_throughout=owner == "US",
                returned_directly_to_us=back == "US",
            )


def _country(case: Case, place: str) -> str:
    """Return the country of a catalogue site named by id or name, or "" where it is not known."""
    return next((s.country for s in case.knowledge.catalogue.sites if place in (s.id, s.name)), "")


def _evidence(case: Case) -> Iterator[Evidence]:
    kinds = (
        ev.ContractSigned,
        ev.Launched,
        ev.GateApplied,
        ev.GateDecided,
        ev.Landed,
        ev.DispositionDecided,
        ev.InvoiceIssued,
        ev.ClaimRaised,
        ev.Settled,
        ev.Lost,
    )
    for kind in kinds:
        for event in case.campaign.all(kind):
            yield entry(case, event, event.type)
    yield Evidence("norm", "14 CFR 440.17, 1266", "cross-waivers: each party bears its own loss")
    yield Evidence("norm", "19 USC 1484a", "goods made in space and returned directly")


def _assumptions(case: Case, contract: Contract) -> Iterator[Assumption]:
    yield Assumption(
        f"contract {contract.title}, price {money(contract.price)}", contract.basis, contract.source
    )
    for name, template in parse_templates(case.knowledge.templates).items():
        if name == contract.template:
            yield from terms(template)
    outlook = outlook_of(case)
    if outlook is not None:
        yield from forecast_grounds(case, outlook)
