"""W-1's record under each contract: every amount has its clause and entry, and all sum to zero."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from downmass.answers.answer import Answer
from downmass.answers.outcome import settlement_of
from downmass.answers.pays import other_templates
from downmass.facts.contract import Contract
from downmass.facts.event import Settled
from downmass.operations.opening import OpenCampaign

TEMPLATES = ("capsule-service", "provider-bears-licence", "rideshare-like")
MOMENTS = ("2023-01-09", "2023-06-12", "2023-09-06", "2024-02-21", "2024-03-30")


def clauses_of(contract: Contract) -> set[str]:
    named = {m.id for m in contract.milestones} | {d.id for d in contract.damages}
    named |= {b.id for b in contract.bands} | {p.id for p in contract.policies}
    named |= {c.id for c in (contract.storage_fee, contract.loss, contract.waiver) if c is not None}
    return named


@pytest.mark.parametrize("as_of", MOMENTS)
@pytest.mark.parametrize("template", TEMPLATES)
def test_a_settlement_sums_to_zero_and_every_posting_has_its_clause_and_entry(
    template: str, as_of: str, w1: OpenCampaign
) -> None:
    case = w1.case(as_of)
    assert case.campaign.contract is not None
    settled = {name: (terms, told) for name, terms, told in other_templates(case, case.campaign.contract)}
    assert set(settled) == set(TEMPLATES)
    contract, told = settled[template]
    assert sum(told.balances.values()) == 0
    recount = dict.fromkeys(told.balances, 0)
    ids = set(case.campaign.arrival)
    for posting in told.postings:
        assert posting.amount.currency == "USD"
        assert type(posting.amount.minor) is int
        assert posting.clause in clauses_of(contract)
        assert posting.evidence
        assert set(posting.evidence) <= ids
        assert posting.why.strip()
        recount[posting.debtor] -= posting.amount.minor
        recount[posting.creditor] += posting.amount.minor
    assert recount == dict(told.balances)


def test_the_settlement_on_record_is_the_one_the_contract_gives(w1: OpenCampaign) -> None:
    case = w1.case()
    recorded = case.campaign.last(Settled)
    computed = settlement_of(case.campaign, case.as_of)
    assert recorded is not None
    assert computed is not None
    assert recorded.body.postings == computed.postings


def test_the_milestones_of_w1_pay_the_whole_price_once(w1: OpenCampaign) -> None:
    case = w1.case()
    contract = case.campaign.contract
    told = settlement_of(case.campaign, case.as_of)
    assert contract is not None
    assert told is not None
    earned = {m.id for m in contract.milestones}
    paid = sum(p.amount.minor for p in told.postings if p.clause in earned)
    # 12 MUSD: the assumed price in examples/w1/campaign.toml; every milestone was reached.
    assert paid == 1_200_000_000


def test_the_answer_shows_the_sum_under_every_template(ask: Callable[..., Answer]) -> None:
    answer = ask("pays", "2024-03-30")
    table = next(t for t in answer.tables if t.title == "The same record under each contract template")
    assert {row[0] for row in table.rows} == set(TEMPLATES)
    assert {row[-1] for row in table.rows} == {"0.00"}
    total = next(v for v in answer.values if v.name == "sum over the parties")
    assert total.exact == "0.00"
