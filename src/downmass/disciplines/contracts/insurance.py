"""Policies: who pays whom for which peril, above a deductible, up to a limit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from downmass.disciplines.contracts.amounts import write_money
from downmass.disciplines.contracts.outcome import Damage, Refused
from downmass.facts.contract import Policy, Posting
from downmass.facts.quantity import Money


@dataclass(frozen=True, slots=True)
class Cover:
    """What policies pay for a set of damages, what they refuse, and what nobody pays.

    Attributes
    ----------
    uncovered
        Damage with the part of it that no policy pays.
    """

    postings: tuple[Posting, ...]
    refused: tuple[Refused, ...]
    uncovered: tuple[tuple[Damage, Money], ...]


def why_not_covered(policy: Policy, harm: Damage) -> str:
    """Return why a policy does not answer for a damage, or the empty string if it does.

    Notes
    -----
    Lateness, a lost market and results out of specification are covered only by a policy that names
    ``delay`` or ``spoilage``; a launch, in-orbit or re-entry policy answers for physical loss alone.
    """
    if harm.peril not in policy.perils:
        return f"the policy names {', '.join(policy.perils)}, not {harm.peril}"
    if not harm.physical and harm.peril not in ("delay", "spoilage"):
        return f"nothing was physically lost, and {harm.peril} cover answers for physical loss alone"
    return ""


def pay_out(policies: Sequence[Policy], harms: Iterable[Damage]) -> Cover:
    """Return what policies pay for damages.

    Parameters
    ----------
    policies
        In the order in which they answer.
    harms
        In the order in which they happened.

    Notes
    -----
    The deductible applies to each damage, the limit to all damages together. Where several policies
    cover one damage, each answers for what the earlier ones left, so nobody is paid more than was
    lost. A third-party policy pays the sufferer in place of the insured that is liable.
    """
    left = {policy.id: policy.limit.minor for policy in policies}
    postings: list[Posting] = []
    refused: list[Refused] = []
    uncovered: list[tuple[Damage, Money]] = []
    for harm in harms:
        open_minor = harm.amount.minor
        bearer = harm.liable if harm.peril == "third_party" else harm.sufferer
        for policy in policies:
            if policy.insured != bearer:
                continue
            reason = why_not_covered(policy, harm)
            if reason:
                refused.append(Refused(harm.entry, policy.id, harm.amount, reason))
                continue
            above = max(0, open_minor - policy.deductible.minor)
            pays = min(left[policy.id], above)
            if pays:
                postings.append(_payout(policy, harm, open_minor, pays))
            left[policy.id] -= pays
            open_minor -= pays
        if open_minor:
            uncovered.append((harm, Money(open_minor, harm.amount.currency)))
    return Cover(tuple(postings), tuple(refused), tuple(uncovered))


def _payout(policy: Policy, harm: Damage, open_minor: int, pays: int) -> Posting:
    currency = harm.amount.currency
    why = (
        f"{policy.title}: {harm.peril} damage of {write_money(Money(open_minor, currency))} less deductible "
        f"{write_money(policy.deductible)}, limit {write_money(policy.limit)}, pays "
        f"{write_money(Money(pays, currency))}."
    )
    return Posting(policy.insurer, harm.sufferer, Money(pays, currency), policy.id, (harm.entry,), why)
