"""A recipe comes into use by three signatures, a batch runs by it alone, and every other way is refused."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from downmass.base.errors import RefusedError
from downmass.disciplines.execution.packml import COMMANDS, COMPLETION, STATES, TABLE
from downmass.disciplines.execution.recipes import approval, freeze, recipe_sha256
from downmass.disciplines.execution.standing import begins, due_timers, phase_standings
from downmass.disciplines.ledger.keys import public_key_text
from downmass.disciplines.quality.lots import lot_findings
from downmass.facts import event as ev
from downmass.facts.event import TYPE_OF
from downmass.facts.party import Party, Person, Role, Signature
from downmass.facts.recipe import (
    Attribute,
    Check,
    MasterRecipe,
    Material,
    MaterialLot,
    Operation,
    Parameter,
    Phase,
    Setpoint,
    Storage,
    UnitEquipment,
    UnitProcedure,
)
from downmass.operations.desk import Desk
from downmass.operations.draft import Draft
from downmass.operations.keys import ExampleKeys
from downmass.operations.knowledge import TEMPLATES, data_text
from downmass.operations.peoples_keys import ExamplePeople
from downmass.operations.promise import read_promise
from downmass.operations.rules import execution
from downmass.stores.memory import MemoryStore

Life = dict[str, Draft]

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
UNSIGNED = Signature("nobody", "", START, "review", "")
PEOPLE: dict[str, Role] = {
    "ada": "author", "rex": "supervisor", "quinn": "quality_unit", "olga": "operator", "cora": "crew",
}  # fmt: skip

MELT = Phase("melt", "Melt", Decimal(3), "autonomous", ("oven",), setpoints=(Setpoint("oven", Decimal(120)),))
GROW = Phase("grow", "Grow", Decimal(24), "supervised", roles=("operator",), checks=("colour",))
RECIPE = MasterRecipe(
    "crystal", "1", "crystals",
    (UnitProcedure("make", "Make", "furnace", (Operation("batch", "Batch", (MELT, GROW)),)),),
    (Parameter("oven", "Oven temperature", "C", Decimal(60), Decimal(130)),),
    (Attribute("assay", "Assay", "percent", Decimal(98), Decimal(102), "HPLC"),),
    Storage(Decimal(2), Decimal(30), Decimal(25), Decimal(200), "opinion", "made up"), 2, 1,
    checks=(Check("colour", "Colour", "1", Decimal(0), Decimal(3), "by eye", "assay"),),
    materials=(Material("drug", "Drug substance", Decimal(10), "g"),),
)  # fmt: skip
CONTROL = freeze(
    RECIPE, "ctl-1", "batch-1", (UnitEquipment("furnace", "furnace-7"),), (MaterialLot("drug", "drug-1"),)
)
SHA = recipe_sha256(RECIPE)
SIGNERS = ExamplePeople("little")
"""Sign for the people of the little campaign."""


def at(hour: float) -> datetime:
    return START + timedelta(hours=hour)


def act(body: Any, hour: float, writer: str = "ground", **fields: Any) -> Draft:
    return Draft(TYPE_OF[type(body)], body, at(hour), writer, "recorded", "", **fields)


def opened() -> list[Draft]:
    museum = Path(__file__).parents[1] / "museum" / "campaigns" / "minimal.toml"
    drafts = list(read_promise(museum.read_text(encoding="utf-8"), data_text(TEMPLATES)))
    drafts.append(act(ev.PartyJoined(Party("maker", "Maker", ("operator",))), 0))
    for person, role in PEOPLE.items():
        drafts.append(act(ev.RoleAssigned(Person(person, person.title(), "maker"), role), 0))
    for person in PEOPLE:
        key = public_key_text(SIGNERS(person))
        seen = next(other for other in PEOPLE if other != person)
        drafts.append(act(ev.PersonEnrolled(person, key, "sealed_file", seen, "passport", "letter"), 0))
    return drafts


def signed(person: str, meaning: Any, sha: str = SHA, hour: float = 2) -> Draft:
    return act(ev.RecipeSigned("crystal", "1", sha, UNSIGNED), hour, sign=((person, meaning),))


def moved(
    phase: str, state: Any, hour: float, cause: Any = "done", command: str = "", reason: str = ""
) -> Draft:
    return act(ev.PhaseMoved(phase, state, reason, cause, command), hour, "capsule")


def by_hand(person: str, part: Any, meaning: Any, hour: float = 40) -> Draft:
    return act(ev.PhaseSigned("grow", part, UNSIGNED), hour, sign=((person, meaning),))


LIFE: Life = {
    "draft": act(ev.RecipeDrafted(RECIPE), 1),
    "authorship": signed("ada", "authorship"),
    "review": signed("rex", "review"),
    "approval": signed("quinn", "approval"),
    "adoption": act(ev.RecipeAdopted(RECIPE), 3),
    "lot": act(ev.LotRegistered("drug-1", "drug", Decimal(12), "g"), 4),
    "control recipe": act(ev.ControlRecipeFrozen(CONTROL), 5),
    "furnace": act(ev.EquipmentAssigned("furnace", "furnace-7", "F7", at(900)), 6),
    "drug": act(ev.MaterialCharged("melt", "drug", "drug-1", Decimal(10), "g"), 7),
    "melt starts": moved("melt", "starting", 8, "told"),
    "melt runs": moved("melt", "execute", 8),
    "soak": act(ev.TimerSet("soak", "melt", at(10), "end of soak"), 8, "capsule"),
    "gas": act(ev.TimerSet("gas", "melt", at(9), "purge"), 8, "capsule"),
    "no gas": act(ev.TimerCancelled("gas", "not needed"), 8.5, "capsule"),
    "trip": act(ev.AlarmRaised("trip", "melt", "oven", "furnace tripped", "warning"), 8.6, "capsule"),
    "trip seen": act(ev.AlarmAcknowledged("trip", "olga", "reset the breaker"), 8.7),
    "melt holds": moved("melt", "holding", 9, "inside", reason="furnace tripped"),
    "melt is held": moved("melt", "held", 9.1),
    "unhold sent": act(ev.CommandSent("c-1", "melt", "unhold", "olga", at(9.5)), 9.2),
    "unhold done": act(ev.CommandAnswered("c-1", at(9.3), at(9.5), "executed"), 9.5, "capsule"),
    "melt goes on": moved("melt", "unholding", 9.5, "command", "c-1"),
    "melt runs again": moved("melt", "execute", 9.5, "command", "c-1"),
    "soak over": act(ev.TimerFired("soak", Decimal(0)), 10, "capsule"),
    "melt completes": moved("melt", "completing", 11, "timer"),
    "melt complete": moved("melt", "complete", 11),
    "start sent": act(ev.CommandSent("c-2", "grow", "start", "olga"), 12),
    "grow starts": moved("grow", "starting", 12.1, "command", "c-2"),
    "grow runs": moved("grow", "execute", 12.1),
    "colour": act(ev.CheckReported("grow", "colour", Decimal(1), "1", "eye"), 20),
    "no sun": moved("grow", "suspending", 21, "outside", reason="no sun"),
    "grow waits": moved("grow", "suspended", 21, "outside"),
    "sun": moved("grow", "unsuspending", 22, "outside"),
    "grow runs again": moved("grow", "execute", 22),
    "grow completes": moved("grow", "completing", 36),
    "grow complete": moved("grow", "complete", 36),
    "crystals": act(ev.LotRegistered("cry-1", "crystals", Decimal(8), "g", ("drug-1",)), 37),
    "yield": act(ev.YieldReported("grow", "cry-1", Decimal(8), Decimal(10), "g"), 38),
    "performed": by_hand("olga", "performed", "responsibility"),
    "checked": by_hand("rex", "checked", "review", 41),
}  # fmt: skip


def desk_of(store: MemoryStore) -> Desk:
    return Desk(store, "little", ExampleKeys(), lambda: at(9999), SIGNERS)


def until(name: str, store: MemoryStore) -> Desk:
    """The campaign lived up to a named act, and not including it."""
    desk = desk_of(store)
    lived: list[Draft] = []
    for act_name, draft in LIFE.items():
        if act_name == name:
            break
        lived.append(draft)
    desk.record([replace(draft, recorded_at=at(0)) for draft in [*opened(), *lived]])
    return desk


def body(name: str, **changes: Any) -> Draft:
    return replace(LIFE[name], body=replace(LIFE[name].body, **changes))


def by(name: str, *sign: tuple[str, Any]) -> Draft:
    return replace(LIFE[name], sign=sign)


def recipe(**changes: Any) -> MasterRecipe:
    return replace(RECIPE, **changes)


def unitless() -> MasterRecipe:
    return recipe(version="2", parameters=(replace(RECIPE.parameters[0], unit=""),))


def control(**changes: Any) -> Draft:
    return body("control recipe", control=replace(CONTROL, **changes))


REFUSALS: list[tuple[str, Callable[[], Draft], str, str]] = [
    (
        "authorship",
        lambda: body("draft", recipe=recipe(samples=3)),
        "version 1 is drafted as",
        "the next version",
    ),
    ("draft", lambda: LIFE["authorship"], "is not drafted", "recipe.drafted first"),
    ("authorship", lambda: signed("ada", "authorship", "ab" * 32), "not that of the draft on record", SHA),
    ("authorship", lambda: signed("olga", "authorship"), "olga has none of the roles author", "with one act"),
    ("authorship", lambda: signed("ada", "responsibility"), "is not signed for responsibility", "authorship"),
    ("authorship", lambda: by("authorship"), "signed by one person at a time", "name one person"),
    ("authorship", lambda: signed("quinn", "approval"), "its author has not signed", "the last signature"),
    ("review", lambda: signed("quinn", "approval"), "a reviewer has not signed", "the last signature"),
    ("review", lambda: signed("ada", "review"), "ada is the author of this version", "three people"),
    ("approval", lambda: signed("ada", "approval"), "none of the roles quality_unit", "with one act"),
    ("approval", lambda: signed("rex", "review", hour=2.5), "rex is the reviewer", "three people"),
    (
        "approval",
        lambda: LIFE["adoption"],
        "it is not approved: .* no signature of approval",
        "recipe.signed",
    ),
    (
        "adoption",
        lambda: body("adoption", recipe=recipe(samples=3)),
        "differs from the draft",
        "as it was approved",
    ),
    ("adoption", lambda: body("adoption", recipe=unitless()), "a limit without a unit", "give its unit"),
    (
        "furnace",
        lambda: body("adoption", recipe=recipe(version="2")),
        "the batch runs by crystal version 1",
        "plan",
    ),
    ("adoption", lambda: LIFE["control recipe"], "crystal version 1 is not adopted", "recipe.adopted first"),
    ("furnace", lambda: control(id="ctl-2"), "a control recipe is frozen as", "a batch has one"),
    ("control recipe", lambda: control(recipe_sha256="ab" * 32), "its hash is not that of recipe", SHA),
    (
        "control recipe",
        lambda: control(setpoints=(Setpoint("oven", Decimal(131)),)),
        "131 C, outside",
        "inside",
    ),
    ("control recipe", lambda: control(equipment=()), "unit furnace has no equipment", "name one piece"),
    ("control recipe", lambda: control(lots=()), "has no lot", "name the lot"),
    ("lot", lambda: LIFE["control recipe"], "lot 'drug-1' is not registered", "register it first"),
    (
        "furnace",
        lambda: body("furnace", unit="kiln"),
        "'kiln' is no unit of the recipe",
        "use one of furnace",
    ),
    (
        "drug",
        lambda: body("drug", material="salt"),
        "'salt' is no material of the formula",
        "use one of drug",
    ),
    ("drug", lambda: body("drug", lot="drug-9"), "lot 'drug-9' is not registered", "register it first"),
    ("drug", lambda: body("drug", unit="kg"), "10 kg of drug-1: the formula is in g", "in g"),
    (
        "drug",
        lambda: body("drug", quantity=Decimal(13)),
        "13 g of lot drug-1, of which 12 g are left",
        "12 g",
    ),
    ("drug", lambda: body("drug", phase="anneal"), "'anneal' is no phase", "use one of melt, grow"),
    (
        "melt starts",
        lambda: replace(LIFE["drug"], at=at(7.5)),
        "10 g of lot drug-1, of which 2 g are left",
        "take at most 2 g",
    ),
    ("control recipe", lambda: LIFE["melt starts"], "no control recipe is frozen", "control.frozen first"),
    ("melt starts", lambda: body("melt starts", phase="anneal"), "'anneal' is no phase", "melt, grow"),
    (
        "melt starts",
        lambda: moved("melt", "execute", 8),
        "melt is idle and cannot go to execute",
        "start leads",
    ),
    (
        "melt runs",
        lambda: moved("melt", "starting", 8.1, "told"),
        "is starting and cannot go to starting",
        "done",
    ),
    (
        "melt starts",
        lambda: moved("grow", "starting", 8, "told"),
        "grow follows melt, not complete",
        "skipped",
    ),
    (
        "start sent",
        lambda: moved("melt", "execute", 12),
        "is complete and cannot go to execute",
        "reset leads",
    ),
    (
        "start sent",
        lambda: moved("melt", "starting", 12, "told"),
        "is complete and cannot go to starting",
        "reset",
    ),
    (
        "melt holds",
        lambda: moved("melt", "holding", 9, "outside"),
        "cause outside the unit does not hold",
        "suspend",
    ),
    (
        "melt holds",
        lambda: moved("melt", "suspending", 9, "inside"),
        "inside the unit does not suspend",
        "hold it",
    ),
    (
        "melt holds",
        lambda: moved("melt", "holding", 9),
        "hold is no ending of what melt does",
        "what moved it",
    ),
    (
        "melt holds",
        lambda: moved("melt", "holding", 9, "command"),
        "the move names no command",
        "name the id",
    ),
    (
        "melt holds",
        lambda: moved("melt", "holding", 9, "command", "c-9"),
        "'c-9' was not sent to melt",
        "none sent",
    ),
    ("melt holds", lambda: moved("melt", "holding", 9, "timer"), "no timer of melt has fired", "timer.fired"),
    (
        "melt goes on",
        lambda: moved("melt", "aborting", 9.5, "command", "c-1"),
        "c-1 says unhold",
        "that made it",
    ),
    (
        "melt goes on",
        lambda: moved("melt", "unholding", 9.4, "command", "c-1"),
        "is for .*18:30:00Z and",
        "wait",
    ),
    (
        "grow starts",
        lambda: moved("grow", "starting", 12.1, "told"),
        "roles operator to start it",
        "by that person",
    ),
    ("unhold sent", lambda: body("unhold sent", phase="anneal"), "'anneal' is no phase", "melt, grow"),
    (
        "unhold sent",
        lambda: body("unhold sent", verb="start"),
        "is held and takes no start",
        "unhold, stop, abort",
    ),
    (
        "unhold sent",
        lambda: body("unhold sent", by="zoe"),
        "'zoe' may not sign or act: nobody of this campaign",
        "a role first",
    ),
    (
        "start sent",
        lambda: body("start sent", by="rex"),
        "rex has none of the roles operator",
        "with one act",
    ),
    ("start sent", lambda: body("start sent", command="c-1"), "command c-1 is on record", "its own id"),
    ("control recipe", lambda: LIFE["unhold sent"], "no control recipe is frozen", "control.frozen first"),
    ("unhold sent", lambda: LIFE["unhold done"], "command 'c-1' was not sent", "command.sent first"),
    (
        "melt goes on",
        lambda: body("unhold done", outcome="expired"),
        "is answered as capsule-.*: executed",
        "answered once",
    ),
    (
        "unhold done",
        lambda: body("unhold done", executed_at=None),
        "executed, executed at None",
        "where it ran",
    ),
    (
        "unhold done",
        lambda: body("unhold done", outcome="refused", executed_at=None),
        "for no reason",
        "say why",
    ),
    ("gas", lambda: replace(body("soak", purpose="again")), "timer soak is on record", "its own id"),
    ("soak", lambda: body("soak", phase="anneal"), "'anneal' is no phase", "melt, grow"),
    ("soak", lambda: LIFE["soak over"], "timer 'soak' was not set", "timer.set first"),
    ("soak over", lambda: replace(LIFE["soak over"], at=at(9.9)), "due at 2026-01-05T19:00:00Z", "wait"),
    ("melt completes", lambda: replace(LIFE["soak over"], at=at(10.5)), "timer soak has fired", "ends once"),
    ("soak over", lambda: act(ev.TimerFired("gas", Decimal(0)), 10), "timer gas was cancelled", "ends once"),
    ("melt completes", lambda: act(ev.TimerCancelled("soak", "no"), 11), "timer soak has fired", "ends once"),
    ("trip seen", lambda: body("trip", text="again"), "alarm trip is on record", "its own id"),
    ("trip", lambda: body("trip", parameter="kiln"), "'kiln' is no parameter", "oven, or leave it empty"),
    ("trip", lambda: body("trip", phase="anneal"), "'anneal' is no phase", "melt, grow"),
    ("trip", lambda: LIFE["trip seen"], "alarm 'trip' was not raised", r"(none)"),
    ("melt holds", lambda: body("trip seen", action="again"), "alarm trip is acknowledged", "once"),
    (
        "trip seen",
        lambda: body("trip seen", person="zoe"),
        "'zoe' may not sign or act: nobody of this campaign",
        "a role first",
    ),
    (
        "colour",
        lambda: body("colour", check="smell"),
        "'smell' is no check of phase grow",
        "use one of colour",
    ),
    ("colour", lambda: body("colour", phase="melt"), "'colour' is no check of phase melt", r"(none)"),
    ("colour", lambda: body("colour", unit="percent"), "check colour is in 1, not in percent", "in 1"),
    ("yield", lambda: body("yield", unit="kg"), "lot cry-1 is in g, not in kg", "in g"),
    ("yield", lambda: body("yield", phase="anneal"), "'anneal' is no phase", "melt, grow"),
    ("performed", lambda: by("performed", ("olga", "review")), "is not signed for review", "responsibility"),
    (
        "performed",
        lambda: by("performed", ("cora", "responsibility")),
        "none of the roles operator",
        "with one",
    ),
    (
        "performed",
        lambda: by("checked", ("ada", "review")),
        "ada has none of the roles crew, operator",
        "with one",
    ),
    ("performed", lambda: by("performed"), "signed by one person at a time", "name one person"),
    (
        "checked",
        lambda: by("checked", ("olga", "review")),
        "olga signed that grow was performed",
        "two people",
    ),
    ("melt starts", lambda: replace(LIFE["performed"], at=at(8)), "phase grow has not run", "once it has"),
    ("performed", lambda: body("performed", phase="anneal"), "'anneal' is no phase", "melt, grow"),
]


@pytest.mark.parametrize(
    ("before", "make", "reason", "way_out"), REFUSALS, ids=[f"{r[0]}: {r[2]}" for r in REFUSALS]
)
def test_an_act_against_the_rules_of_execution_is_refused_and_nothing_is_written(
    before: str, make: Callable[[], Draft], reason: str, way_out: str
) -> None:
    with MemoryStore() as store:
        desk = until(before, store)
        size = store.head("little")
        with pytest.raises(RefusedError, match=reason) as refusal:
            desk.record([make()])
        assert way_out in refusal.value.remedy
        assert store.head("little") == size


def test_a_whole_sound_batch_is_accepted_and_every_rule_is_seen_to_refuse(store: MemoryStore) -> None:
    desk = until("", store)
    assert store.head("little") == len(opened()) + len(LIFE)
    assert [(s.phase.id, s.state, s.runs) for s in phase_standings(desk.state())] == [
        ("melt", "complete", 1), ("grow", "complete", 1)
    ]  # fmt: skip
    ruled = {TYPE_OF[kind] for kind in execution.RULES}
    assert ruled == {draft.type for draft in LIFE.values()} - {"lot.registered"}
    assert ruled == {make().type for _, make, _, _ in REFUSALS}


def test_a_yield_may_be_told_by_the_device_before_its_lot_is_registered(store: MemoryStore) -> None:
    """The laboratory registers the lot once it has it in hand; the rack weighs it weeks before."""
    desk = until("crystals", store)
    desk.record([replace(LIFE["yield"], at=at(36.5)), LIFE["crystals"]])
    assert desk.state().all(ev.YieldReported)[0].body.lot == "cry-1"
    assert not [finding for finding in lot_findings(desk.state()) if finding.subject == "cry-1"]


def test_the_hold_in_that_batch_is_told_with_its_cause(store: MemoryStore) -> None:
    melt, grow = phase_standings(until("sun", store).state(), at(21.5))
    assert (melt.executed, melt.longest_pause) == (timedelta(hours=2.5), timedelta(hours=0.5))
    assert (grow.state, grow.cause, grow.paused_since) == ("suspended", "outside", at(21))


def test_a_drafted_recipe_with_a_fault_may_be_written_and_not_approved(store: MemoryStore) -> None:
    desk = until("draft", store)
    faulty = unitless()
    over = {
        "recipe": "crystal",
        "version": "2",
        "recipe_sha256": recipe_sha256(faulty),
        "signature": UNSIGNED,
    }
    desk.record([act(ev.RecipeDrafted(faulty), 1)])
    for person, meaning in (("ada", "authorship"), ("rex", "review")):
        desk.record([act(ev.RecipeSigned(**over), 2, sign=((person, meaning),))])  # type: ignore[arg-type]
    with pytest.raises(RefusedError, match="a limit without a unit") as refusal:
        desk.record([act(ev.RecipeSigned(**over), 2, sign=(("quinn", "approval"),))])  # type: ignore[arg-type]
    assert "give its unit" in refusal.value.remedy
    assert not approval(desk.state(), "crystal", "2").approved


def test_a_master_recipe_may_not_widen_the_general_one_on_record(store: MemoryStore) -> None:
    desk = until("draft", store)
    general = recipe(id="any", kind="general")
    wide = recipe(derived_from="any/1", parameters=(replace(RECIPE.parameters[0], high=Decimal(140)),))
    desk.record([act(ev.RecipeDrafted(general), 1)])
    with pytest.raises(RefusedError, match="any/1, which is not approved"):
        desk.record([act(ev.RecipeAdopted(recipe(derived_from="any/1")), 2)])
    for person, meaning in (("ada", "authorship"), ("rex", "review"), ("quinn", "approval")):
        told = ev.RecipeSigned("any", "1", recipe_sha256(general), UNSIGNED)
        desk.record([act(told, 1, sign=((person, meaning),))])  # type: ignore[arg-type]
    with pytest.raises(RefusedError, match="60 to 140, above 60 to 130 C"):
        desk.record([act(ev.RecipeAdopted(wide), 2)])
    desk.record([act(ev.RecipeAdopted(recipe(derived_from="any/1")), 2)])


def test_a_lot_in_another_unit_than_the_formula_says_which_entry_to_correct(store: MemoryStore) -> None:
    desk = until("lot", store)
    desk.record([body("lot", unit="kg"), LIFE["control recipe"]])
    with pytest.raises(RefusedError, match="lot drug-1 is counted in kg, the formula in g") as refusal:
        desk.record([LIFE["drug"]])
    assert "correct the entry" in refusal.value.remedy
    assert "ground-" in refusal.value.remedy


def test_a_general_recipe_governs_no_batch(store: MemoryStore) -> None:
    desk = until("adoption", store)
    with pytest.raises(RefusedError, match="a batch is governed by a master recipe") as refusal:
        desk.record([body("adoption", recipe=recipe(version="2", kind="general"))])
    assert "derive a master recipe" in refusal.value.remedy


def test_commands_may_be_sent_ahead_of_what_they_follow(store: MemoryStore) -> None:
    """Reset and start go up in one contact, though the phase takes no start before it is reset."""
    desk = until("start sent", store)
    reset = act(ev.CommandSent("r-1", "melt", "reset", "olga"), 12)
    start = act(ev.CommandSent("r-2", "melt", "start", "olga"), 12)
    with pytest.raises(RefusedError, match="is complete and takes no start"):
        desk.record([start])
    desk.record([reset, start])


def test_a_command_is_carried_out_once(store: MemoryStore) -> None:
    desk = until("soak over", store)
    desk.record([moved("melt", "holding", 9.6, "inside"), moved("melt", "held", 9.6)])
    with pytest.raises(RefusedError, match="command c-1 has moved melt already"):
        desk.record([moved("melt", "unholding", 9.7, "command", "c-1")])


def test_a_refused_command_moves_nothing(store: MemoryStore) -> None:
    desk = until("unhold done", store)
    desk.record([act(ev.CommandAnswered("c-1", at(9.3), None, "refused", "too hot"), 9.3, "capsule")])
    with pytest.raises(RefusedError, match="command c-1 was refused") as refusal:
        desk.record([LIFE["melt goes on"]])
    assert "under an id of its own" in refusal.value.remedy


def test_a_phase_runs_again_only_after_a_reset_on_record(store: MemoryStore) -> None:
    desk = until("start sent", store)
    for state in ("resetting", "idle", "starting", "execute"):
        cause = "done" if state in ("idle", "execute") else "told"
        desk.record([moved("melt", state, 12, cause)])
    assert phase_standings(desk.state())[0].runs == 2


def test_a_replay_of_public_history_tells_what_was_without_a_control_recipe(store: MemoryStore) -> None:
    drafts = [replace(draft, recorded_at=at(0)) for draft in opened()]
    for place, draft in enumerate(drafts):
        if isinstance(draft.body, ev.CampaignOpened):
            drafts[place] = replace(draft, body=replace(draft.body, mode="replay"))
    desk = desk_of(store)
    desk.record(drafts)
    desk.record([replace(LIFE["adoption"]), moved("grow", "execute", 9), moved("melt", "complete", 9)])
    with pytest.raises(RefusedError, match="'anneal' is no phase"):
        desk.record([moved("anneal", "execute", 9)])
    desk.record([replace(LIFE["lot"], at=at(10)), replace(LIFE["control recipe"], at=at(10))])
    with pytest.raises(RefusedError, match="grow is execute and cannot go to complete"):
        desk.record([moved("grow", "complete", 11)])


@pytest.mark.parametrize(
    ("line", "spoilt", "words"),
    [
        ('autonomy = "autonomous"', 'autonomy = "autonomous"\nafter = ["run"]', "follows itself"),
        ('autonomy = "autonomous"', 'autonomy = "crew"', "names no role that may command it"),
        ('unit = "percent"\nlow = "98"', 'unit = ""\nlow = "98"', "a limit without a unit"),
        ('low = "98"', 'low = "103"', "its low limit 103 above its high 102"),
        ("samples = 2", "samples = 0", "1 of 0 samples are to be retained"),
    ],
)
def test_a_document_whose_recipe_cannot_run_is_refused_by_file_and_section(
    line: str, spoilt: str, words: str, museum: Path, templates: str, store: MemoryStore
) -> None:
    text = (museum / "sound.toml").read_text(encoding="utf-8")
    assert line in text
    drafts = read_promise(text.replace(line, spoilt, 1), templates, "campaign.toml")
    with pytest.raises(RefusedError, match=rf"campaign\.toml \[recipe\].*{words}") as refusal:
        desk_of(store).record(drafts)
    assert refusal.value.remedy
    assert store.head("little") == 0


class Batch(RuleBasedStateMachine):
    """A device and its operator do what comes to their minds, switched off now and then."""

    def __init__(self) -> None:
        super().__init__()
        self.store = MemoryStore()
        self.desk = until("melt starts", self.store)
        self.hour = 8.0
        self.sent = 0

    def attempt(self, draft: Draft) -> None:
        with suppress(RefusedError):
            self.desk.record([draft])

    @rule(
        phase=st.sampled_from(["melt", "grow"]),
        state=st.sampled_from(STATES),
        cause=st.sampled_from(["told", "done", "inside", "outside", "timer", "command"]),
        command=st.integers(0, 9),
    )
    def move(self, phase: str, state: Any, cause: Any, command: int) -> None:
        self.attempt(moved(phase, state, self.hour, cause, f"c{command}" if cause == "command" else ""))

    @rule(phase=st.sampled_from(["melt", "grow"]))
    def carry_on(self, phase: str) -> None:
        """Do what brings the phase on: end what it acts, or start it."""
        now = next(s.state for s in phase_standings(self.desk.state()) if s.phase.id == phase)
        if now in COMPLETION:
            self.attempt(moved(phase, COMPLETION[now], self.hour))
        elif now == "idle" and phase == "melt":
            self.attempt(moved(phase, "starting", self.hour, "told"))

    @rule(phase=st.sampled_from(["melt", "grow"]), verb=st.sampled_from(COMMANDS), obeys=st.booleans())
    def command(self, phase: str, verb: Any, obeys: bool) -> None:
        name = f"c{self.sent}"
        before = self.store.head("little")
        self.attempt(act(ev.CommandSent(name, phase, verb, "olga"), self.hour))
        if self.store.head("little") == before:
            return
        self.sent += 1
        now = next(s.state for s in phase_standings(self.desk.state()) if s.phase.id == phase)
        if obeys and (now, verb) in TABLE:
            self.attempt(moved(phase, TABLE[now, verb], self.hour, "command", name))

    @rule(timer=st.integers(0, 3), due=st.integers(0, 6), fires=st.booleans())
    def timer(self, timer: int, due: int, fires: bool) -> None:
        body: Any = ev.TimerSet(f"t{timer}", "melt", at(8 + due), "soak")
        self.attempt(act(ev.TimerFired(f"t{timer}", Decimal(0)) if fires else body, self.hour, "capsule"))

    @rule()
    def fire_what_is_due(self) -> None:
        for one in due_timers(self.desk.state(), at(self.hour)):
            self.desk.record([act(ev.TimerFired(one.timer, Decimal(0)), self.hour, "capsule")])

    @rule(hours=st.integers(1, 3))
    def wait(self, hours: int) -> None:
        self.hour += hours

    @rule()
    def switch_off_and_on(self) -> None:
        before = self.desk.state()
        self.desk = desk_of(self.store)
        assert self.desk.state() == before

    @invariant()
    def every_move_is_in_the_table_and_no_phase_runs_twice(self) -> None:
        states = {"melt": "idle", "grow": "idle"}
        spent: set[str] = set()
        for event in self.desk.state().all(ev.PhaseMoved):
            phase, now = event.body.phase, event.body.state
            before: Any = states[phase]
            ways = {COMPLETION.get(before)} | {TABLE.get((before, verb)) for verb in COMMANDS}
            assert now in ways
            if begins(before, now):
                assert phase not in spent
                assert phase == "melt" or states["melt"] == "complete"
            spent = spent | {phase} if now == "complete" else spent - {phase} if now == "resetting" else spent
            states[phase] = now

    @invariant()
    def no_timer_fires_twice_or_early_and_no_command_moves_twice(self) -> None:
        state = self.desk.state()
        due = {event.body.timer: event.body.due for event in state.all(ev.TimerSet)}
        fired = [event.body.timer for event in state.all(ev.TimerFired)]
        assert len(fired) == len(set(fired))
        assert all(event.occurred_at >= due[event.body.timer] for event in state.all(ev.TimerFired))
        led = [
            (event.body.command, event.body.state)
            for event in state.all(ev.PhaseMoved)
            if event.body.command and event.body.state in TABLE.values()
        ]
        assert len(led) == len(set(led))

    def teardown(self) -> None:
        self.store.close()


TestBatch = Batch.TestCase
TestBatch.settings = settings(max_examples=25, stateful_step_count=40, deadline=None)
