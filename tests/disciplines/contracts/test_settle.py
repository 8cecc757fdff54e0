"""Settlement: hand-worked cases, and money conserved whatever happens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from downmass.base.errors import InputError
from downmass.base.instant import Window
from downmass.disciplines.contracts.amounts import split
from downmass.disciplines.contracts.outcome import Claim, Damage, Happening, Loss, Outcome, damage_of_loss
from downmass.disciplines.contracts.settle import settle
from downmass.facts.contract import (
    Contract,
    CrossWaiver,
    Delay,
    LiquidatedDamages,
    LossRule,
    Milestone,
    Policy,
    QualityBand,
    StorageFee,
)
from downmass.facts.quantity import Money

M = 100_000_000  # one million USD in cents
DUE = datetime(2023, 7, 17, tzinfo=UTC)
DAY = timedelta(days=1)
END = datetime(2024, 6, 1, tzinfo=UTC)
SIGNED = Happening(datetime(2023, 1, 9, 17, tzinfo=UTC), "signed")
LIFTED = Happening(datetime(2023, 6, 12, 21, 35, tzinfo=UTC), "lifted")


def delivered(landing: datetime, *delays: Delay, graded: str = "95") -> Outcome:
    reached = {
        "signing": SIGNED,
        "lift_off": LIFTED,
        "landing": Happening(landing, "landed"),
        "release": Happening(landing + 40 * DAY, "released"),
    }
    return Outcome(END, reached, delays, Decimal(graded))


def amount(settlement: object, clause: str) -> int:
    return sum(p.amount.minor for p in settlement.postings if p.clause == clause)  # type: ignore[attr-defined]


def test_on_time_delivery_pays_the_price_and_the_premium(capsule: Contract) -> None:
    settlement = settle(capsule, delivered(DUE))
    assert dict(settlement.balances) == {"provider": 12 * M, "customer": -12.6 * M, "insurer": 0.6 * M}
    assert [p.amount.minor for p in settlement.postings[:4]] == [4.8 * M, 3.6 * M, 2.4 * M, 1.2 * M]
    assert settlement.unearned == ()


def test_every_amount_names_its_clause_its_entry_and_its_arithmetic(capsule: Contract) -> None:
    refused = Delay("regulatory", Window(DUE, DUE + 100 * DAY), ("refusal", "licence"))
    settlement = settle(capsule, delivered(DUE + 120 * DAY, refused))
    late = next(p for p in settlement.postings if p.clause == "late-landing")
    # 120 - 50 - 28 = 42 d: six weeks exactly.
    assert late.amount == Money(72_000_000, "USD")
    assert late.evidence == ("landed", "refusal", "licence")
    assert "100.00 d shared" in late.why
    assert "6 started weeks x 1 percent = 6 percent of 12,000,000.00 USD = 720,000.00 USD" in late.why
    assert all(p.evidence and p.why for p in settlement.postings)


def test_weather_costs_nobody_damages(capsule: Contract) -> None:
    storm = Delay("weather", Window(DUE, DUE + 40 * DAY), ("storm",))
    assert amount(settle(capsule, delivered(DUE + 40 * DAY, storm)), "late-landing") == 0


def test_a_customer_slip_costs_the_customer_started_weeks_of_storage(capsule: Contract) -> None:
    # 15 days are three started weeks of 0.25 percent of 12 MUSD, i.e. 30,000 USD each; no damages.
    held = Delay("customer", Window(DUE - 60 * DAY, DUE - 45 * DAY), ("late-payload",))
    settlement = settle(capsule, delivered(DUE + 15 * DAY, held))
    storage = next(p for p in settlement.postings if p.clause == "storage")
    assert (storage.debtor, storage.creditor, storage.amount.minor) == ("customer", "provider", 9_000_000)
    assert storage.evidence == ("late-payload",)
    assert amount(settlement, "late-landing") == 0


def test_a_loss_after_lift_off_leaves_the_provider_what_lift_off_earned(capsule: Contract) -> None:
    # As with Orb-3 in 2014, lost seconds after lift-off, where payment stood on lift-off: 40 + 30 percent
    # of 12 MUSD stay. The insurer pays 12 MUSD less 5 percent deductible; the waiver bars the claim.
    lost = Loss("launch", "provider", LIFTED.at + timedelta(seconds=15), "lost")
    claim = Claim("c1", "fault", "customer", "provider", Money(12 * M, "USD"), "batch destroyed", "claimed")
    outcome = Outcome(
        END,
        {"signing": SIGNED, "lift_off": LIFTED},
        lost=lost,
        harms=(damage_of_loss(lost, "customer", Money(12 * M, "USD")),),
        claims=(claim,),
    )
    settlement = settle(capsule, outcome)
    assert dict(settlement.balances) == {
        "provider": 8.4 * M,
        "customer": 2.4 * M,
        "insurer": -10.8 * M,
    }
    (refusal,) = settlement.refused
    assert (refusal.subject, refusal.clause) == ("c1", "cross-waiver")
    assert [u.milestone for u in settlement.unearned] == ["landing", "release"]
    assert amount(settlement, "late-landing") == 0


def test_a_loss_before_lift_off_returns_the_payment_on_signing(capsule: Contract) -> None:
    lost = Loss("launch", "provider", LIFTED.at, "lost")
    settlement = settle(capsule, Outcome(END, {"signing": SIGNED}, lost=lost))
    assert settlement.balances["provider"] == 0
    assert amount(settlement, "total-loss") == 4.8 * M


def test_no_delivery_no_price_returns_every_payment(sign: Callable[..., Contract]) -> None:
    contract = sign("provider-bears-licence", insurer=None)
    lost = Loss("return", "provider", DUE, "lost")
    settlement = settle(contract, Outcome(END, {"signing": SIGNED, "lift_off": LIFTED}, lost=lost))
    assert dict(settlement.balances) == {"provider": 0, "customer": 0}


def test_a_rideshare_seat_is_paid_for_even_when_the_payload_is_lost_after_ignition(
    sign: Callable[..., Contract],
) -> None:
    lost = Loss("launch", "provider", LIFTED.at + DAY, "lost")
    outcome = Outcome(END, {"signing": SIGNED, "lift_off": LIFTED}, lost=lost)
    assert dict(settle(sign("rideshare-like"), outcome).balances) == {"provider": 12 * M, "customer": -12 * M}


def test_a_batch_graded_75_percent_pays_80_percent_of_the_release_payment(capsule: Contract) -> None:
    settlement = settle(capsule, delivered(DUE, graded="75"))
    band = next(p for p in settlement.postings if p.clause == "grade-good")
    assert (band.debtor, band.amount.minor) == ("provider", 24_000_000)
    assert settlement.balances["provider"] == 11.76 * M


def test_release_without_a_grade_is_a_finding(capsule: Contract) -> None:
    settlement = settle(capsule, replace(delivered(DUE), graded_percent=None))
    assert settlement.balances["provider"] == 12 * M
    assert any("without a graded fraction" in finding.message for finding in settlement.findings)


def test_damages_accrue_on_an_open_milestone_up_to_the_moment_of_asking(capsule: Contract) -> None:
    outcome = Outcome(DUE + 36 * DAY, {"signing": SIGNED, "lift_off": LIFTED})
    settlement = settle(capsule, outcome)
    late = next(p for p in settlement.postings if p.clause == "late-landing")
    assert late.amount.minor == 24_000_000
    assert "so far" in late.why
    assert late.evidence == ("signed",)


def test_what_happened_after_the_moment_of_asking_is_not_looked_at(capsule: Contract) -> None:
    later = replace(delivered(DUE), as_of=LIFTED.at)
    assert [u.milestone for u in settle(capsule, later).unearned] == ["landing", "release"]


def test_happenings_after_a_total_loss_earn_nothing(capsule: Contract) -> None:
    lost = Loss("orbit", "provider", DUE - DAY, "lost")
    settlement = settle(capsule, replace(delivered(DUE), lost=lost))
    assert settlement.balances["provider"] == 8.4 * M
    assert any("after the total loss" in finding.message for finding in settlement.findings)


def test_a_loss_after_release_is_the_customers_own(capsule: Contract) -> None:
    lost = Loss("laboratory", "customer", DUE + 50 * DAY, "lost")
    assert settle(capsule, replace(delivered(DUE), lost=lost)).balances["provider"] == 12 * M


def test_a_spoiled_batch_is_not_covered_unless_the_policy_names_spoilage(capsule: Contract) -> None:
    harm = Damage("spoilage", "customer", Money(12 * M, "USD"), "oos", physical=False)
    outcome = replace(delivered(DUE), harms=(harm,))
    (refusal,) = settle(capsule, outcome).refused
    assert (refusal.clause, refusal.subject) == ("batch-cover", "oos")
    named = replace(capsule.policies[0], perils=("reentry", "spoilage"))
    paid = settle(replace(capsule, policies=(named,)), outcome)
    assert paid.balances["insurer"] == -10.8 * M


def test_lateness_is_no_physical_loss_even_under_a_reentry_policy(capsule: Contract) -> None:
    harm = Damage("reentry", "customer", Money(M, "USD"), "late", physical=False)
    (refusal,) = settle(capsule, replace(delivered(DUE), harms=(harm,))).refused
    assert "physically" in refusal.why


def test_two_policies_never_pay_more_than_was_lost(capsule: Contract) -> None:
    first = replace(capsule.policies[0], limit=Money(5 * M, "USD"), deductible=Money(0, "USD"))
    second = replace(first, id="second", limit=Money(9 * M, "USD"))
    harm = Damage("reentry", "customer", Money(8 * M, "USD"), "hit")
    settlement = settle(
        replace(capsule, policies=(first, second)), replace(delivered(DUE), harms=(harm, harm))
    )
    # 5 + 3 for the first damage; 0 + 6 left of the second limit for the second, 2 uncovered.
    assert [p.amount.minor for p in settlement.postings if p.debtor == "insurer"] == [5 * M, 3 * M, 6 * M]
    assert any("bears 2,000,000.00 USD" in finding.message for finding in settlement.findings)


def test_third_party_cover_pays_the_stranger_in_place_of_the_liable_party(capsule: Contract) -> None:
    policy = Policy(
        "liability",
        "Third-party liability",
        "insurer",
        "provider",
        ("third_party",),
        Money(99 * M, "USD"),
        Money(0, "USD"),
        Money(0, "USD"),
    )
    harm = Damage("third_party", "farmer", Money(M, "USD"), "crater", liable="provider")
    settlement = settle(replace(capsule, policies=(policy,)), replace(delivered(DUE), harms=(harm,)))
    assert settlement.balances["farmer"] == M
    assert settlement.balances["insurer"] == -M


@pytest.mark.parametrize(
    ("claimant", "against", "excepted", "barred"),
    [
        ("customer", "provider", "", True),
        ("provider", "customer", "", True),
        ("insurer", "provider", "", True),
        ("customer", "launcher", "", False),
        ("customer", "provider", "wilful misconduct", False),
    ],
)
def test_the_cross_waiver_bars_claims_between_its_parties_and_their_insurers(
    capsule: Contract, claimant: str, against: str, excepted: str, barred: bool
) -> None:
    claim = Claim("c1", "fault", claimant, against, Money(M, "USD"), "loss", "entry", excepted)
    settlement = settle(capsule, replace(delivered(DUE), claims=(claim,)))
    assert bool(settlement.refused) is barred
    assert bool(settlement.open_claims) is not barred


def test_a_claim_for_damages_the_contract_prices_is_settled_by_its_clause(capsule: Contract) -> None:
    claim = Claim("c1", "late-landing", "customer", "provider", Money(M, "USD"), "late", "entry")
    settlement = settle(capsule, replace(delivered(DUE), claims=(claim,)))
    assert (settlement.refused, settlement.open_claims) == ((), ())


def test_a_contract_in_two_currencies_is_refused(capsule: Contract) -> None:
    fee = StorageFee("storage", "Storage", Money(1, "EUR"))
    with pytest.raises(InputError, match="EUR and USD") as refusal:
        settle(replace(capsule, storage_fee=fee), delivered(DUE))
    assert "USD" in refusal.value.remedy


def test_shares_that_do_not_divide_still_sum_to_the_price() -> None:
    assert split(100, [Decimal("33.3"), Decimal("33.3"), Decimal("33.4")]) == (33, 33, 34)
    assert sum(split(10_000_019, [Decimal("12.5")] * 8)) == 10_000_019


KINDS = ("signing", "lift_off", "process_done", "landing", "recovery", "release", "delivery")
CAUSES = ("provider", "customer", "weather", "regulatory", "range", "force_majeure", "third_party")
refunds = st.sampled_from(["none", "unearned", "all"])
losses = st.sampled_from(["launch", "process", "return"])
instants = st.integers(-400, 400).map(lambda days: DUE + days * DAY)


@st.composite
def contracts(draw: st.DrawFn) -> Contract:
    cuts = sorted(draw(st.lists(st.integers(0, 1000), min_size=2, max_size=4)))
    shares = [Decimal(b - a) / 10 for a, b in zip([0, *cuts], [*cuts, 1000], strict=True)]
    milestones = tuple(
        Milestone(f"m{i}", f"Milestone {i}", draw(st.sampled_from(KINDS)), share, draw(st.none() | instants))
        for i, share in enumerate(shares)
    )
    percent = st.integers(0, 120).map(lambda tenths: Decimal(tenths) / 7)
    money = st.integers(0, 10**9).map(lambda minor: Money(minor, "USD"))
    damages = tuple(
        LiquidatedDamages(
            f"d{i}", "Late", milestone.id, draw(percent), draw(percent), draw(percent),
            tuple(draw(st.sets(st.sampled_from(CAUSES)))), tuple(draw(st.sets(st.sampled_from(CAUSES)))),
            draw(percent),
        )
        for i, milestone in enumerate(milestones)
    )  # fmt: skip
    bands = tuple(
        QualityBand(f"b{i}", draw(percent), draw(percent) * 10) for i in range(draw(st.integers(0, 3)))
    )
    policies = tuple(
        Policy(
            f"p{i}", "Policy", "insurer", draw(st.sampled_from(["provider", "customer"])),
            tuple(draw(st.sets(st.sampled_from(["launch", "reentry", "spoilage", "third_party"])))),
            draw(money), draw(money), draw(money),
        )
        for i in range(draw(st.integers(0, 2)))
    )  # fmt: skip
    return Contract(
        "any", "Any", "any", "provider", "customer", draw(money), milestones, damages, bands,
        draw(st.none() | money.map(lambda fee: StorageFee("storage", "Storage", fee))),
        draw(st.none() | refunds.map(lambda refund: LossRule("l", "Loss", refund))),
        draw(st.none() | st.just(CrossWaiver("w", "Waiver", ("provider", "customer")))),
        policies,
    )  # fmt: skip


@st.composite
def outcomes(draw: st.DrawFn) -> Outcome:
    reached = {
        kind: Happening(draw(instants), kind) for kind in draw(st.sets(st.sampled_from(KINDS), max_size=7))
    }
    windows = st.builds(lambda at, days: Window(at, at + days * DAY), instants, st.integers(1, 99))
    delays = draw(st.lists(st.builds(Delay, st.sampled_from(CAUSES), windows, st.just(("d",))), max_size=4))
    lost = draw(st.none() | st.builds(Loss, losses, st.sampled_from(CAUSES), instants, st.just("x")))
    harms = tuple(
        Damage(
            draw(st.sampled_from(["launch", "reentry", "spoilage", "third_party"])),
            draw(st.sampled_from(["provider", "customer", "stranger"])),
            Money(draw(st.integers(0, 10**9)), "USD"), "h", draw(st.booleans()),
            draw(st.sampled_from(["", "provider", "customer"])),
        )
        for _ in range(draw(st.integers(0, 2)))
    )  # fmt: skip
    graded = draw(st.none() | st.integers(0, 100).map(Decimal))
    return Outcome(draw(instants), reached, tuple(delays), graded, lost, harms)


@settings(max_examples=200)
@given(contracts(), outcomes())
def test_money_is_conserved_whatever_the_contract_and_whatever_happens(
    contract: Contract, outcome: Outcome
) -> None:
    settlement = settle(contract, outcome)
    assert sum(settlement.balances.values()) == 0
    paid = sum(
        posting.amount.minor
        for posting in settlement.postings
        if posting.clause in {milestone.id for milestone in contract.milestones}
    )
    assert paid + sum(item.amount.minor for item in settlement.unearned) == contract.price.minor


@settings(max_examples=100)
@given(contracts(), outcomes())
def test_damages_never_exceed_their_cap_and_policies_never_their_limit(
    contract: Contract, outcome: Outcome
) -> None:
    settlement = settle(contract, outcome)
    for clause in contract.damages:
        assert 100 * amount(settlement, clause.id) <= clause.cap_percent * contract.price.minor + 100
    for policy in contract.policies:
        payouts = [
            p.amount.minor for p in settlement.postings if p.clause == policy.id and p.debtor == "insurer"
        ]
        assert sum(payouts) <= policy.limit.minor
