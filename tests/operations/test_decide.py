"""Every rule of the house lets the sound act pass and refuses the other with the way out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from downmass.base.errors import RefusedError
from downmass.disciplines.ledger.seal import event_of
from downmass.disciplines.quality.custody import custody_findings
from downmass.facts import event as ev
from downmass.facts.campaign import fold
from downmass.facts.contract import CrossWaiver
from downmass.facts.event import BODIES, TYPE_OF
from downmass.operations.decide import RULES, decide
from downmass.operations.desk import Desk
from downmass.operations.draft import Draft
from downmass.operations.keys import ExampleKeys
from downmass.operations.promise import read_promise
from downmass.operations.rules import execution, people
from downmass.stores.memory import MemoryStore

Live = Callable[[str], Desk]
Life = dict[str, Draft]


def body(life: Life, name: str, **changes: Any) -> Draft:
    """A draft of a sound life with its body changed."""
    return replace(life[name], body=replace(life[name].body, **changes))


def shifted(life: Life) -> ev.PlanAdopted:
    plan = life["plan"].body
    place = replace(plan.schedule.placements[0], activity="lunch")
    return replace(plan, schedule=replace(plan.schedule, placements=(place,)))


KG = Decimal(1)


def parts(lot: str, kg: float, unit: str = "kg") -> tuple[ev.LotPart, ...]:
    return (ev.LotPart(lot, Decimal(str(kg)), unit),)


OF_CUSTODY: list[tuple[str, Callable[[Life], Draft], str, str]] = [
    ("split", lambda x: body(x, "spare", made_from=("spare-1",)), "is registered as", "its own id"),
    ("spare", lambda x: body(x, "spare", made_from=("spare-1",)), "made from itself", "it was made from"),
    ("split", lambda x: body(x, "split", lot="spare-9"), "'spare-9' is not registered", "spare-1"),
    ("split", lambda x: body(x, "split", into=()), "split into nothing", "name the sublots"),
    ("split", lambda x: body(x, "split", into=parts("a", 2.5)), "of which 2 kg are left", "at most 2 kg"),
    ("split", lambda x: body(x, "split", into=2 * parts("a", 0.1)), "'a' comes out twice", "own id"),
    ("split", lambda x: body(x, "split", into=parts("drug-1", 1)), "'drug-1' is on record as", "own id"),
    ("split", lambda x: body(x, "split", into=parts("a", 5, "g")), "counted in kg", "quantity in kg"),
    ("transformed", lambda x: body(x, "split", into=parts("a", 1.5)), "of which 1 kg are left", "correct"),
    ("packed", lambda x: x["transformed"], "'milling-1' is on record as", "its own id"),
    ("packed", lambda x: body(x, "transformed", transformation="m-2"), "of which 0 kg are left", "correct"),
    ("transformed", lambda x: body(x, "transformed", outputs=()), "that come out", "name both"),
    ("transformed", lambda x: body(x, "transformed", inputs=parts("z", 1)), "'z' is not registered", "known"),
    ("transformed", lambda x: body(x, "transformed", outputs=parts("spare-2", 1)), "on record as", "own id"),
    ("run ends", lambda x: body(x, "charged", quantity=KG), "of which 0 kg are left", "correct"),
    ("charged", lambda x: body(x, "charged", quantity=3 * KG), "of which 2 kg are left", "at most 2 kg"),
    ("charged", lambda x: body(x, "charged", lot="drug-9"), "'drug-9' is not registered", "known"),
    ("launch", lambda x: body(x, "drug loaded", into="crate"), "drug-1 is inside vials", "unpacked first"),
    ("packed", lambda x: body(x, "packed", contents=()), "nothing is packed", "name the lots"),
    ("packed", lambda x: body(x, "packed", contents=("ghost",)), "'ghost' is no lot", "register the lot"),
    ("packed", lambda x: body(x, "packed", contents=("powder-1",) * 2), "named twice", "once"),
    ("packed", lambda x: body(x, "packed", container="spare-1"), "is a lot, no container", "container"),
    ("packed", lambda x: body(x, "packed", container="crate", contents=("drug-1",)), "inside vials", "first"),
    ("sealed", lambda x: body(x, "packed", contents=("box",)), "inside itself", "the container it goes"),
    ("packed", lambda x: x["unpacked"], "nothing is inside box", "packed first"),
    ("sealed", lambda x: body(x, "unpacked", contents=("drug-1",)), "drug-1 is not inside box", "powder-1"),
    ("sealed", lambda x: body(x, "sealed", seal=" "), "has no number", "the number the seal bears"),
    ("seal broken", lambda x: body(x, "seal broken", reason=""), "without a reason", "why it was opened"),
    ("offered", lambda x: body(x, "offered", receiver="ufo"), "'ufo' is no party", "use one of"),
    ("offered", lambda x: body(x, "offered", receiver="maker"), "offers box to itself", "two parties"),
    ("offered", lambda x: replace(x["offered"], sign=()), "one signature, not 0", "a person of maker"),
    ("offered", lambda x: replace(x["offered"], sign=x["refused"].sign), "cannot sign for maker", "of maker"),
    ("refused", lambda x: x["offered again"], "offer off-1 of box is open", "accept or refuse"),
    ("offered again", lambda x: body(x, "offered", place="gate"), "'off-1' is on record as", "its own id"),
    ("refused", lambda x: x["accepted"], "there is no offer 'off-2'", "open offers: off-1"),
    ("refused", lambda x: body(x, "refused", reason=" "), "refused without a reason", "why the item"),
    ("refused", lambda x: replace(x["refused"], at=x["spare"].at), "made later than this answer", "zone"),
    ("refused", lambda x: replace(x["refused"], sign=x["offered"].sign), "cannot sign for buyer", "of buyer"),
    ("offered again", lambda x: body(x, "refused", reason="again"), "off-1 was refused", "offer the item"),
    ("seal broken", lambda x: body(x, "accepted", condition="damp"), "off-2 was accepted", "offer the item"),
    ("tagged", lambda x: body(x, "tagged", classification=""), "EAR without a class", "ECCN"),
    ("tagged", lambda x: body(x, "tagged", basis=""), "has no basis", "by which ruling"),
]  # fmt: skip


REFUSALS: list[tuple[str, Callable[[Life], Draft], str, str]] = [
    ("licence asked", lambda x: body(x, "licence asked", gate="passport"), "is no gate", "one of licence"),
    ("licence asked", lambda x: body(x, "licence asked", authority="un"), "'un' is no party", "maker"),
    ("licence", lambda x: body(x, "licence", gate="passport"), "is no gate of the plan", "one of licence"),
    ("drug loaded", lambda x: body(x, "drug loaded", lot="drug-9"), "not registered", "known: drug-1"),
    ("closing", lambda x: body(x, "drug", quantity=Decimal(1)), "'drug-1' is registered as", "its own id"),
    ("closing", lambda x: x["hand-over"], "the same entry is on record as", "a second click adds nothing"),
    ("hand-over", lambda x: body(x, "hand-over", receiver="ufo"), "'ufo' is no party", "use one of"),
    ("plan", lambda x: replace(x["plan"], body=shifted(x)), "'lunch' is no activity", "launch"),
    ("change", lambda x: x["plan"], "a plan is in force", "request a change"),
    ("change", lambda x: x["new plan"], "no change request 1", "request the change first"),
    ("maker agrees", lambda x: x["new plan"], "not accepted by maker, buyer", "wait"),
    ("buyer agrees", lambda x: x["new plan"], "not accepted by buyer", "wait"),
    ("change", lambda x: body(x, "change", number=2), "1 is next, not 2", "use number 1"),
    ("change", lambda x: body(x, "change", parties=("maker", "ufo")), "'ufo' is no party", "use one of"),
    ("change", lambda x: x["maker agrees"], "no change request 1", "request the change first"),
    ("maker agrees", lambda x: body(x, "maker agrees", party="lab"), "lab is not asked", "maker, buyer"),
    ("buyer agrees", lambda x: x["maker agrees"], "maker has decided", "further change"),
    ("elements", lambda x: x["launch"], "the launch is on record", "correct that entry"),
    ("launch", lambda x: x["landing"], "nothing was launched", "flight.launched first"),
    ("landing", lambda x: replace(x["landing"], at=x["plan"].at), "precede the launch", "zone"),
    ("landing", lambda x: body(x, "landing", site="sea"), "'sea' is no designated site", "one of desert"),
    ("landing", lambda x: x["recovery"], "nothing has landed", "flight.landed first"),
    ("run begins", lambda x: body(x, "run begins", phase="jog"), "'jog' is no phase", "one of run"),
    ("sample", lambda x: body(x, "sample", lot="lot-9"), "'lot-9' is not registered", "lot-1"),
    ("retention", lambda x: x["sample"], "sample smp-1 is on record", "its own id"),
    ("sample", lambda x: x["result"], "'smp-1' was not taken", "sample.taken first"),
    ("result", lambda x: body(x, "result", attribute="taste"), "not in the specification", "one of assay"),
    ("result", lambda x: body(x, "result", laboratory="ufo"), "'ufo' is no party", "use one of"),
    ("release", lambda x: body(x, "release", lot="lot-9"), "'lot-9' is not registered", "register"),
    ("release", lambda x: replace(x["release"], sign=(("quinn", "approval"),)), "quinn may not", "role"),
    ("release", lambda x: replace(x["release"], sign=()), "nobody may not decide", "role `release`"),
    ("sample", lambda x: x["release"], "block release", "reject the lot"),
    ("milestone", lambda x: body(x, "milestone", milestone="moon"), "'moon' is no milestone", "landing"),
    ("invoice", lambda x: body(x, "invoice", milestone="moon"), "'moon' is no milestone", "signing"),
    ("invoice", lambda x: body(x, "invoice", debtor="ufo"), "'ufo' is no party", "use one of"),
    ("claim", lambda x: body(x, "claim", against="ufo"), "'ufo' is no party", "use one of"),
    ("settlement", lambda x: x["claim"], "claim clm-1 is on record", "its own id"),
    ("closing", lambda x: x["settlement"], "the contract is settled", "correct that entry"),
    ("settlement", lambda x: replace(x["settlement"], body=ev.Settled("other", ())), "'other'", "contract."),
    *OF_CUSTODY,
]  # fmt: skip


SEEN_IN_QUALITY = {
    "deviation.planned", "nonconformity.raised", "investigation.opened", "investigation.searched",
    "nonconformity.closed", "capa.opened", "capa.closed", "retest.authorised", "labels.reconciled",
    "record.reviewed", "process.cited",
}  # fmt: skip
"""Types whose rules are seen to accept and to refuse in ``test_quality_rules.py``."""


@pytest.mark.parametrize(
    ("before", "make", "reason", "way_out"), REFUSALS, ids=[f"{r[0]}: {r[2]}" for r in REFUSALS]
)
def test_an_act_against_the_rules_is_refused_and_nothing_is_written(
    before: str,
    make: Callable[[Life], Draft],
    reason: str,
    way_out: str,
    live: Live,
    life: Life,
    store: MemoryStore,
) -> None:
    desk = live(before)
    stored, note = store.read("little"), store.checkpoint("little")
    sound = replace(life["licence asked"], at=life["licence asked"].at + timedelta(seconds=1))
    draft = replace(make(life), where="history.toml:7")
    with pytest.raises(RefusedError, match=reason) as refusal:
        desk.record([sound, draft])
    assert str(refusal.value).startswith("history.toml:7: ")
    assert way_out in refusal.value.remedy
    assert store.read("little") == stored
    assert store.checkpoint("little") == note


def test_a_whole_sound_life_is_accepted_from_order_to_closing(
    live: Live, store: MemoryStore, life: Life, promise: tuple[Draft, ...]
) -> None:
    live("")
    assert store.head("little") == len(promise) + len(life)
    assert fold(_events(store)).stage == "closed"


PEOPLES = {TYPE_OF[kind] for kind in people.RULES}
"""Entry types whose rules ``test_rules_people.py`` sees to."""


def test_every_rule_is_seen_to_accept_and_to_refuse(life: Life, promise: tuple[Draft, ...]) -> None:
    accepted = {draft.type for draft in (*life.values(), *promise)} | {"entry.corrected"}
    refused = {make(life).type for _, make, _, _ in REFUSALS}
    refused |= {"writer.enrolled", "campaign.opened", "contract.signed", "flight.elements", "entry.corrected"}
    # Those of recipes, execution, people, quality and devices are seen in tests of their own.
    devices = {"writer.born", "writer.died", "clock.stepped", "clock.correlated"}
    devices |= {"sync.received", "sync.quarantined"}
    ruled = {TYPE_OF[kind] for kind in RULES if kind not in execution.RULES}
    ruled -= PEOPLES | SEEN_IN_QUALITY | devices
    assert ruled <= accepted
    assert ruled <= refused
    assert ruled <= set(BODIES)


def test_nothing_stands_before_the_ground_writers_own_enrolment(
    store: MemoryStore, promise: tuple[Draft, ...], life: Life
) -> None:
    desk = Desk(store, "little", ExampleKeys())
    for first in (life["drug"], promise[1], promise[3]):
        with pytest.raises(RefusedError) as refusal:
            desk.record([first])
        assert refusal.value.remedy
    foreign = replace(promise[1], writer="capsule")
    with pytest.raises(RefusedError, match="not the ground custodian"):
        desk.record([foreign])
    assert store.head("little") == 0


def test_nothing_but_enrolments_stands_before_the_opening(
    store: MemoryStore, promise: tuple[Draft, ...], life: Life
) -> None:
    with pytest.raises(RefusedError, match="the campaign is not open") as refusal:
        Desk(store, "little", ExampleKeys()).record([promise[0], life["drug"]])
    assert "campaign.opened" in refusal.value.remedy


def test_a_campaign_is_opened_once(desk: Desk, promise: tuple[Draft, ...]) -> None:
    with pytest.raises(RefusedError, match="open already"):
        desk.record([promise[3]])


def test_only_the_ground_writer_enrols_others(desk: Desk, act: Any, store: MemoryStore) -> None:
    newcomer = ev.WriterEnrolled("station", "maker", "station", "-")
    with pytest.raises(RefusedError, match="'capsule' may not enrol 'station'") as refusal:
        desk.record([act(newcomer, writer="capsule")])
    assert "'ground'" in refusal.value.remedy
    size = store.head("little")
    desk.record([act(newcomer)])
    assert store.head("little") == size + 1


def test_a_writer_nobody_enrolled_may_not_write(desk: Desk, life: Life) -> None:
    with pytest.raises(RefusedError, match="'stranger' is not enrolled") as refusal:
        desk.record([replace(life["drug"], writer="stranger")])
    assert "capsule, ground, laboratory" in refusal.value.remedy


def test_a_person_without_a_role_may_not_sign(desk: Desk, life: Life) -> None:
    with pytest.raises(RefusedError, match="'zoe' may not sign"):
        desk.record([replace(life["hand-over"], sign=(("zoe", "review"),))])


def test_a_contract_with_somebody_who_did_not_join_is_refused(
    desk: Desk, promise: tuple[Draft, ...], store: MemoryStore
) -> None:
    signed = next(draft for draft in promise if isinstance(draft.body, ev.ContractSigned))
    terms = signed.body.contract
    for other in (
        replace(terms, customer="ufo"),
        replace(terms, waiver=CrossWaiver("w", "W", ("maker", "ufo"))),
    ):
        with pytest.raises(RefusedError, match="'ufo' is no party"):
            desk.record([replace(signed, body=ev.ContractSigned(other))])


def test_a_torn_element_set_is_refused_and_nothing_is_written(
    live: Live, life: Life, store: MemoryStore
) -> None:
    desk = live("elements")
    size = store.head("little")
    told = life["elements"].body.elements
    # the checksum fits, the inclination is beyond 180 deg
    torn = replace(told, line2=told.line2.replace(" 97.5199", "197.5199")[:68] + "8")
    with pytest.raises(RefusedError, match=r"flight\.elements"):
        desk.record([replace(life["elements"], body=ev.ElementsReceived(torn))])
    assert store.head("little") == size


def test_a_phase_needs_a_recipe_and_a_settlement_a_contract(
    museum: Any, templates: str, act: Any, store: MemoryStore
) -> None:
    desk = Desk(store, "little", ExampleKeys())
    desk.record(read_promise((museum / "minimal.toml").read_text(encoding="utf-8"), templates))
    with pytest.raises(RefusedError, match="no recipe is adopted"):
        desk.record([act(ev.PhaseMoved("run", "execute"), writer="capsule")])
    with pytest.raises(RefusedError, match="nothing to settle"):
        desk.record([act(None, type="contract.settled")])


def test_a_closed_campaign_takes_corrections_only(
    live: Live, life: Life, act: Any, store: MemoryStore
) -> None:
    desk = live("")
    with pytest.raises(RefusedError, match="the campaign is closed") as refusal:
        desk.record([life["drug"]])
    assert "correction" in refusal.value.remedy
    lot = next(e for e in _events(store) if e.type == "lot.registered")
    fields = {"lot": "drug-1", "material": "drug", "quantity": "1.9", "unit": "kg", "made_from": []}
    desk.record([act(ev.EntryCorrected(lot.id, "weighed again", fields), 120)])
    state = fold(_events(store))
    assert state.all(ev.LotRegistered)[0].body.quantity == Decimal("1.9")
    assert (state.stage, state.findings) == ("closed", ())


def _events(store: MemoryStore) -> list[ev.Event[Any]]:
    return [event_of(entry.content) for entry in store.read("little")]


@pytest.mark.parametrize(
    ("target", "reason"), [("ground-999999", "no entry"), ("ground-000000", "cannot be corrected")]
)
def test_a_correction_names_an_entry_that_may_be_corrected(
    target: str, reason: str, desk: Desk, act: Any
) -> None:
    with pytest.raises(RefusedError, match=reason) as refusal:
        desk.record([act(ev.EntryCorrected(target, "no", {}))])
    assert refusal.value.remedy


def test_a_seal_found_otherwise_than_offered_is_recorded_and_becomes_a_finding(
    live: Live, life: Life, clock: Any
) -> None:
    desk = live("accepted")
    clock.now = life["accepted"].at
    (event,) = desk.record([body(life, "accepted", seal="B-2", condition="wet")])
    assert event.body.seal == "B-2"
    found = custody_findings(desk.state())
    assert any("the seal of box changed from B-1 to B-2" in f.message for f in found)
    assert any("given as 'dry' and found as 'wet'" in f.message for f in found)
    assert desk.state().holders["box"] == "buyer"


def test_a_rejected_lot_needs_no_clean_record(live: Live, life: Life) -> None:
    (event,) = live("sample").record([body(life, "release", decision="rejected")])
    assert event.body.decision == "rejected"


def test_deciding_changes_nothing(live: Live, life: Life, store: MemoryStore) -> None:
    live("landing")
    state = fold(_events(store))
    decide(state, life["landing"])
    decide(state, life["landing"])
    assert fold(_events(store)) == state
