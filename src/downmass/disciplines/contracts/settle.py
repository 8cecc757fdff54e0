"""Settlement: from what happened to who owes whom, clause by clause, summing to zero."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from types import MappingProxyType

from downmass.base.errors import InputError
from downmass.base.instant import format_instant, union_length
from downmass.disciplines.contracts import clocks
from downmass.disciplines.contracts.amounts import percent_of, split, write_money, write_percent
from downmass.disciplines.contracts.insurance import pay_out
from downmass.disciplines.contracts.outcome import (
    Claim,
    Happening,
    Outcome,
    Refused,
    Settlement,
    Unearned,
)
from downmass.facts.contract import (
    Contract,
    Evidence,
    LiquidatedDamages,
    Milestone,
    Posting,
    QualityBand,
)
from downmass.facts.finding import Finding
from downmass.facts.quantity import Money


def settle(contract: Contract, outcome: Outcome) -> Settlement:
    """Settle a contract: every amount that moves, why, and what each party is left with.

    Parameters
    ----------
    contract
        The clauses in force.
    outcome
        What became of it, as of a moment.

    Returns
    -------
    Settlement
        Postings that sum to zero over the parties, milestones that are not earned, claims that are
        refused, and findings on what the record does not say.

    Raises
    ------
    InputError
        If the amounts are not all in one currency.

    Notes
    -----
    Each party bears its own loss unless a clause moves money. A milestone not reached is not owed. A
    total loss stops every clock and makes later happenings void. Under a loss rule ``unearned`` the
    payments on signing are returned if the vehicle never lifted off; ``all`` returns every payment;
    ``none`` returns nothing. Damages accrue on an open milestone up to the moment of asking. Taxes,
    interest on late payment and the courts are not modelled.
    """
    _require_one_currency(contract, outcome)
    known, findings = as_known(outcome)
    postings = [*_milestones(contract, known), *_bands(contract, known, findings)]
    damages, readings = _damages(contract, known, findings)
    postings += [*damages, *_storage(contract, known), *_loss(contract, known, findings)]
    postings += _premiums(contract, known)
    cover = pay_out(contract.policies, known.harms)
    postings += cover.postings
    for harm, rest in cover.uncovered:
        bearer = harm.liable or harm.sufferer
        text = f"{bearer} bears {write_money(rest)} of the {harm.peril} damage itself; no policy pays it"
        findings.append(Finding(harm.entry, text, "note", (harm.entry,)))
    if known.lost and contract.policies and not known.harms:
        text = "the value of the lost batch is not stated, so no policy can pay; state it as a damage"
        findings.append(Finding(known.lost.entry, text, "warning", (known.lost.entry,)))
    refused, still_open = _claims(contract, known.claims, findings)
    for posting in postings:
        if not posting.evidence:
            text = f"{write_money(posting.amount)} has no entry behind it; record the signing of the contract"
            findings.append(Finding(posting.clause, text, "warning"))
    return Settlement(
        currency=contract.price.currency,
        postings=tuple(postings),
        balances=balance(contract, postings),
        unearned=_unearned(contract, known),
        refused=(*cover.refused, *refused),
        open_claims=still_open,
        findings=tuple(findings),
        clocks=readings,
    )


def balance(contract: Contract, postings: Iterable[Posting]) -> Mapping[str, int]:
    """Return what each party nets [minor units]; parties of the contract are named even at zero."""
    parties = [contract.provider, contract.customer]
    parties += [party for policy in contract.policies for party in (policy.insured, policy.insurer)]
    balances = dict.fromkeys(parties, 0)
    for posting in postings:
        balances[posting.debtor] = balances.get(posting.debtor, 0) - posting.amount.minor
        balances[posting.creditor] = balances.get(posting.creditor, 0) + posting.amount.minor
    return MappingProxyType(balances)


def as_known(outcome: Outcome) -> tuple[Outcome, list[Finding]]:
    """Return the outcome without what happened after the moment of asking or after a total loss."""
    findings: list[Finding] = []
    lost = outcome.lost if outcome.lost and outcome.lost.at <= outcome.as_of else None
    harms = outcome.harms if lost or not outcome.lost else ()
    released = outcome.reached.get("release")
    if lost and released and released.at <= lost.at:
        text = "the batch was lost after its release, at the customer's own risk; the settlement stands"
        findings.append(Finding(lost.entry, text, "note", (lost.entry, released.entry)))
        lost = None
    reached: dict[Evidence, Happening] = {}
    for kind, (at, entry) in outcome.reached.items():
        if at > outcome.as_of:
            continue
        if lost and at > lost.at:
            text = f"{kind} is recorded after the total loss of {format_instant(lost.at)}; it earns nothing"
            findings.append(Finding(entry, text, "warning", (entry, lost.entry)))
            continue
        reached[kind] = Happening(at, entry)
    return replace(outcome, reached=MappingProxyType(reached), lost=lost, harms=harms), findings


def end_of(outcome: Outcome) -> datetime:
    """Return when running clocks stop: at the total loss, else at the moment of asking."""
    return outcome.lost.at if outcome.lost else outcome.as_of


def band_of(bands: Iterable[QualityBand], graded_percent: Decimal) -> QualityBand | None:
    """Return the quality band a graded fraction [percent] falls in, none where it lies below all."""
    fitting = [band for band in bands if band.from_percent <= graded_percent]
    return max(fitting, key=lambda band: band.from_percent, default=None)


def _require_one_currency(contract: Contract, outcome: Outcome) -> None:
    amounts = [contract.price]
    if contract.storage_fee:
        amounts.append(contract.storage_fee.per_week)
    for policy in contract.policies:
        amounts += [policy.limit, policy.deductible, policy.premium]
    amounts += [harm.amount for harm in outcome.harms]
    currencies = sorted({amount.currency for amount in amounts})
    if len(currencies) > 1:
        raise InputError(
            f"contract {contract.id} mixes {' and '.join(currencies)}",
            f"state every amount in {contract.price.currency}, at a rate the parties agree on",
        )


def _shares(contract: Contract) -> list[tuple[Milestone, Money]]:
    parts = split(contract.price.minor, [milestone.share_percent for milestone in contract.milestones])
    currency = contract.price.currency
    return [(m, Money(part, currency)) for m, part in zip(contract.milestones, parts, strict=True)]


def _earned(contract: Contract, outcome: Outcome) -> list[tuple[Milestone, Money, Happening]]:
    return [
        (milestone, share, outcome.reached[milestone.evidence])
        for milestone, share in _shares(contract)
        if milestone.evidence in outcome.reached and share.minor
    ]


def _milestones(contract: Contract, outcome: Outcome) -> list[Posting]:
    return [
        Posting(
            contract.customer,
            contract.provider,
            share,
            milestone.id,
            (happening.entry,),
            f"{milestone.title}, reached {format_instant(happening.at)}: "
            f"{write_percent(milestone.share_percent)} percent of {write_money(contract.price)} = "
            f"{write_money(share)}.",
        )
        for milestone, share, happening in _earned(contract, outcome)
    ]


def _unearned(contract: Contract, outcome: Outcome) -> tuple[Unearned, ...]:
    why = "waits for {}" if outcome.lost is None else "fell away with the total loss before {}"
    return tuple(
        Unearned(milestone.id, share, why.format(milestone.evidence.replace("_", "-")))
        for milestone, share in _shares(contract)
        if milestone.evidence not in outcome.reached and share.minor
    )


def _bands(contract: Contract, outcome: Outcome, findings: list[Finding]) -> list[Posting]:
    """Move the difference between the release payment and what the grade of the batch is worth."""
    released = [item for item in _earned(contract, outcome) if item[0].evidence == "release"]
    if not contract.bands or not released:
        return []
    graded = outcome.graded_percent
    if graded is None:
        text = "the batch is released without a graded fraction; settled at the full release payment"
        findings.append(Finding(released[0][2].entry, text, "warning", (released[0][2].entry,)))
        return []
    band = band_of(contract.bands, graded)
    lowest = min(contract.bands, key=lambda item: item.from_percent)
    clause, price_percent = (band.id, band.price_percent) if band else (lowest.id, Decimal(0))
    postings = []
    for _, share, happening in released:
        due_minor = percent_of(share.minor, price_percent)
        change = Money(abs(share.minor - due_minor), share.currency)
        if not change.minor:
            continue
        parties = (contract.provider, contract.customer)
        debtor, creditor = parties if due_minor < share.minor else parties[::-1]
        why = (
            f"Graded {write_percent(graded)} percent pays "
            f"{write_percent(price_percent)} percent of {write_money(share)}: a difference of "
            f"{write_money(change)}."
        )
        postings.append(Posting(debtor, creditor, change, clause, (happening.entry,), why))
    return postings


def _damages(
    contract: Contract, outcome: Outcome, findings: list[Finding]
) -> tuple[list[Posting], tuple[clocks.Lateness, ...]]:
    milestones = {milestone.id: milestone for milestone in contract.milestones}
    postings, readings = [], []
    for clause in contract.damages:
        milestone = milestones[clause.milestone]
        if milestone.due is None:
            text = f"clause {clause.id} cannot count: milestone {milestone.id} has no due date; give it one"
            findings.append(Finding(clause.id, text, "warning"))
            continue
        reached = outcome.reached.get(milestone.evidence)
        reading = clocks.read_clock(
            clause,
            milestone.due,
            reached.at if reached else end_of(outcome),
            outcome.delays,
            running=reached is None and outcome.lost is None,
        )
        readings.append(reading)
        amount = Money(percent_of(contract.price.minor, reading.percent), contract.price.currency)
        if amount.minor:
            postings.append(_damages_posting(contract, clause, reading, amount, _witness(outcome, reached)))
    return postings, tuple(readings)


def _damages_posting(
    contract: Contract,
    clause: LiquidatedDamages,
    reading: clocks.Lateness,
    amount: Money,
    witness: tuple[str, ...],
) -> Posting:
    so_far = " so far" if reading.running else ""
    why = (
        f"{clause.title}{so_far}: {clocks.explain(clause, reading)} of {write_money(contract.price)} = "
        f"{write_money(amount)}."
    )
    evidence = tuple(dict.fromkeys((*witness, *reading.evidence)))
    return Posting(contract.provider, contract.customer, amount, clause.id, evidence, why)


def _witness(outcome: Outcome, reached: Happening | None) -> tuple[str, ...]:
    """Return the entry that shows lateness: the milestone's, the loss's, else the signed contract's."""
    if reached:
        return (reached.entry,)
    if outcome.lost:
        return (outcome.lost.entry,)
    signing = outcome.reached.get("signing")
    return (signing.entry,) if signing else ()


def storage_time(outcome: Outcome) -> timedelta:
    """Return how long the customer held the campaign up, overlapping delays counted once."""
    return union_length(clocks.cause_windows(outcome.delays, ("customer",), end_of(outcome)))


def _storage(contract: Contract, outcome: Outcome) -> list[Posting]:
    fee = contract.storage_fee
    if fee is None:
        return []
    held = storage_time(outcome)
    weeks = clocks.weeks_begun(held // timedelta(microseconds=1))
    amount = Money(fee.per_week.minor * weeks, fee.per_week.currency)
    if not amount.minor:
        return []
    evidence = tuple(
        dict.fromkeys(
            entry
            for delay in outcome.delays
            if delay.cause == "customer" and delay.when.opens < end_of(outcome)
            for entry in delay.evidence
        )
    )
    why = (
        f"{fee.title}: the customer held the campaign {clocks.write_days(held)} d, {weeks} started weeks x "
        f"{write_money(fee.per_week)} = {write_money(amount)}."
    )
    return [Posting(contract.customer, contract.provider, amount, fee.id, evidence, why)]


def _loss(contract: Contract, outcome: Outcome, findings: list[Finding]) -> list[Posting]:
    lost = outcome.lost
    if lost is None:
        return []
    rule = contract.loss
    if rule is None:
        text = "the contract has no rule for a total loss; payments already earned stay where they are"
        findings.append(Finding(lost.entry, text, "warning", (lost.entry,)))
        return []
    if rule.reflight:
        text = f"under clause {rule.id} the provider owes another flight, which no posting here prices"
        findings.append(Finding(rule.id, text, "note", (lost.entry,)))
    flown = "lift_off" in outcome.reached
    back = [
        item
        for item in _earned(contract, outcome)
        if rule.refund == "all" or (rule.refund == "unearned" and not flown and item[0].evidence == "signing")
    ]
    ground = "every payment is returned" if rule.refund == "all" else "it never lifted off"
    return [
        Posting(
            contract.provider,
            contract.customer,
            share,
            rule.id,
            (lost.entry, happening.entry),
            f"{rule.title}: total loss at {lost.stage} ({lost.cause}), {ground}, so {milestone.title} "
            f"{write_money(share)} goes back.",
        )
        for milestone, share, happening in back
    ]


def _premiums(contract: Contract, outcome: Outcome) -> list[Posting]:
    """Premiums fall due when the contract is signed."""
    signing = outcome.reached.get("signing")
    if signing is None:
        return []
    return [
        Posting(
            policy.insured,
            policy.insurer,
            policy.premium,
            policy.id,
            (signing.entry,),
            f"{policy.title}: premium {write_money(policy.premium)}.",
        )
        for policy in contract.policies
        if policy.premium.minor
    ]


def _claims(
    contract: Contract, claims: Iterable[Claim], findings: list[Finding]
) -> tuple[tuple[Refused, ...], tuple[Claim, ...]]:
    clauses = {milestone.id for milestone in contract.milestones}
    clauses |= {clause.id for clause in contract.damages} | {band.id for band in contract.bands}
    clauses |= {contract.storage_fee.id} if contract.storage_fee else set()
    clauses |= {contract.loss.id} if contract.loss else set()
    clauses |= {policy.id for policy in contract.policies}
    refused, still_open = [], []
    for claim in claims:
        if claim.clause in clauses:
            text = f"claim {claim.id} is settled by clause {claim.clause} itself; see its postings"
            findings.append(Finding(claim.id, text, "note", (claim.entry,)))
            continue
        reason = _barred(contract, claim)
        if contract.waiver and reason:
            refused.append(Refused(claim.id, contract.waiver.id, claim.amount, reason))
        else:
            still_open.append(claim)
            text = f"claim {claim.id} of {claim.claimant} is neither settled nor barred by the contract"
            findings.append(Finding(claim.id, text, "warning", (claim.entry,)))
    return tuple(refused), tuple(still_open)


def _barred(contract: Contract, claim: Claim) -> str:
    """Return why the cross-waiver bars a claim, or the empty string if it does not."""
    if contract.waiver is None or claim.excepted:
        return ""
    waiving = contract.waiver.parties
    if claim.against not in waiving:
        return ""
    if claim.claimant in waiving:
        return (
            f"{claim.claimant} and {claim.against} waived claims on each other under "
            f"{contract.waiver.title}; each bears its own loss"
        )
    for policy in contract.policies:
        if policy.insurer == claim.claimant and policy.insured in waiving:
            return (
                f"{claim.claimant} steps into the place of {policy.insured}, which waived claims on "
                f"{claim.against} under {contract.waiver.title}"
            )
    return ""
