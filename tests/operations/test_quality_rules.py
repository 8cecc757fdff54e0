"""The rules of quality: what is investigated, reviewed and decided, by whom, and in which order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from downmass.base.errors import RefusedError
from downmass.base.instant import Window
from downmass.disciplines.ledger.dispositions import misplaced_roots
from downmass.disciplines.ledger.tree import Tree
from downmass.facts import event as ev
from downmass.facts.event import TYPE_OF
from downmass.facts.party import Person, Signature
from downmass.operations.desk import Desk
from downmass.operations.draft import Draft
from downmass.operations.rules.quality import RULES
from downmass.stores.memory import MemoryStore

Live = Callable[[str], Desk]
Act = Callable[..., Draft]

DAY0 = datetime(2026, 1, 5, 9, tzinfo=UTC)
UNSIGNED = Signature("nobody", "", DAY0, "review", "")
QUINN: Any = (("quinn", "approval"),)


def on(day: float) -> datetime:
    return datetime.fromtimestamp(DAY0.timestamp() + day * 86_400, UTC)


@pytest.fixture(scope="session")
def acts(act: Act) -> dict[str, Draft]:
    """One sound act of every rule, in an order in which they may be recorded after the first result."""
    closing = ev.NonconformityClosed("nc-1", "a cracked cell", "none", "a new cell", UNSIGNED)
    return {
        "deviation": act(ev.DeviationPlanned("dev-1", "warmer", on(130), UNSIGNED), 111, sign=QUINN),
        "low": act(ev.ResultReported("smp-1", "assay", Decimal(90), "percent", "HPLC", "lab"), 110.5),
        "raised": act(ev.NonconformityRaised("nc-1", "low assay"), 111.1),
        "opened": act(ev.InvestigationOpened("nc-1", "quinn", "why so low?", on(130)), 111.2),
        "authorised": act(
            ev.RetestAuthorised("nc-1", "assay", "smp-1", 1, "a cracked cell", UNSIGNED), 111.3, sign=QUINN
        ),
        "searched": act(ev.SistersSearched("nc-1", "low assay", (), none_exist=True), 111.4),
        "capa": act(ev.CapaOpened("capa-1", "nc-1", "corrective", "cells", "olga", on(140)), 111.5),
        "capa closed": act(ev.CapaClosed("capa-1", True, "no crack since", UNSIGNED), 111.6, sign=QUINN),
        "closed": act(closing, 111.7, sign=QUINN),
        "retest": act(
            ev.ResultReported("smp-1", "assay", Decimal(99), "percent", "HPLC", "lab", True), 111.75
        ),
        "labels": act(ev.LabelsReconciled(5, 2, 1, 1, UNSIGNED), 111.8, sign=QUINN),
        "cited": act(
            ev.ProcessCited((ev.CitedBatch("c-0", "melt", "1", "l", "released", on(0), 9, "00"),)), 111.9
        ),
        "reviewed": act(
            ev.RecordReviewed("batch_record", "complete", UNSIGNED), 111.95, sign=(("quinn", "review"),)
        ),
    }  # fmt: skip


@pytest.fixture
def until(live: Live, acts: dict[str, Draft], clock: Any, store: MemoryStore) -> Callable[[str], Desk]:
    """Let the campaign live through these acts up to a named one, and not including it."""

    def reached(name: str) -> Desk:
        desk = live("batch record")
        clock.now = on(112)
        for act_name, draft in acts.items():
            if act_name == name:
                break
            cause = ()
            if act_name == "raised":
                cause = tuple(e.id for e in desk.state().all(ev.ResultReported))
            desk.record([replace(draft, cause=cause)])
        return desk

    return reached


def test_every_rule_of_quality_is_seen_to_accept(
    until: Callable[[str], Desk], acts: dict[str, Draft]
) -> None:
    state = until("").state()
    seen = {draft.type for draft in acts.values()}
    also = {"sample.taken", "result.reported", "disposition.decided"}  # in test_decide.py
    assert {TYPE_OF[kind] for kind in RULES} <= seen | also
    assert {TYPE_OF[kind] for kind in state.events} >= seen


def body(acts: dict[str, Draft], name: str, **changes: Any) -> Draft:
    draft = acts[name]
    signing = {"sign": changes.pop("sign")} if "sign" in changes else {}
    return replace(draft, body=replace(draft.body, **changes), **signing)


def _sister(name: str) -> ev.SisterBatch:
    return ev.SisterBatch(name, "lot", 9, "00", ())


def _later(cited: Draft) -> tuple[ev.CitedBatch, ...]:
    return tuple(replace(batch, decided_at=on(300)) for batch in cited.body.batches)


OLGA, OWNER = (("olga", "approval"),), (("olga", "responsibility"),)
REFUSED: list[tuple[str, Callable[[dict[str, Draft]], Draft], str, str]] = [
    ("low", lambda x: x["deviation"], "deviation dev-1 is on record", "its own id"),
    ("deviation", lambda x: body(x, "deviation", until=on(110)), "before it is planned", "nonconformity"),
    ("deviation", lambda x: body(x, "deviation", parameter="taste"), "no parameter", "use one of"),
    ("deviation", lambda x: body(x, "deviation", sign=OLGA), "olga has none of the roles", "with one act"),
    ("deviation", lambda x: body(x, "deviation", sign=()), "nobody signs it", "signs"),
    ("deviation", lambda x: body(x, "deviation", low=Decimal(3), high=Decimal(2)), "is above high", "swap"),
    ("opened", lambda x: x["raised"], "nonconformity nc-1 is on record", "its own id"),
    ("raised", lambda x: body(x, "raised", excursion="ex-9"), "'ex-9' is not on record", "use one of"),
    ("raised", lambda x: x["opened"], "'nc-1' was not raised", "raise it first"),
    ("opened", lambda x: body(x, "opened", lead="cleo"), "cleo has none of the roles", "with one"),
    ("opened", lambda x: body(x, "opened", lead="olga"), "olga performed work on this batch", "211.192"),
    ("opened", lambda x: body(x, "opened", lead="zoe"), "nobody of this campaign", "assign"),
    ("opened", lambda x: body(x, "opened", due=on(1)), "before it begins", "later date"),
    ("authorised", lambda x: body(x, "opened", question="again?"), "is open since", "go on with that"),
    ("opened", lambda x: x["searched"], "no investigation of nc-1 is open", "investigation.opened first"),
    ("searched", lambda x: body(x, "searched", none_exist=False), "it names no batch", "none exist"),
    ("searched", lambda x: body(x, "searched", batches=(_sister("c-0"),)), "says none exist", "on purpose"),
    ("searched", lambda x: body(x, "searched", batches=(_sister("little"),), none_exist=False),
     "no sister of itself", "other campaigns"),
    ("searched", lambda x: body(x, "searched", batches=(_sister("c"), _sister("c")), none_exist=False),
     "named twice", "once"),
    ("searched", lambda x: body(x, "searched", criterion=" "), "what was searched for", "criterion"),
    ("opened", lambda x: x["closed"], "no investigation of nc-1 was opened", "investigation.opened"),
    ("searched", lambda x: x["closed"], "no search of sister batches", "downmass investigate"),
    ("closed", lambda x: body(x, "closed", sign=OLGA), "olga has none of the roles", "with one act"),
    ("retest", lambda x: body(x, "closed", root_cause="other"), "was closed by", "raise another"),
    ("authorised", lambda x: body(x, "authorised", times=0), "authorises no retest", "fixed beforehand"),
    ("authorised", lambda x: body(x, "authorised", attribute="taste"), "not in the spec", "use one of assay"),
    ("authorised", lambda x: body(x, "authorised", sample="smp-9"), "'smp-9' was not taken", "sample.taken"),
    ("authorised", lambda x: body(x, "authorised", sign=OLGA), "olga has none", "with one act"),
    ("capa closed", lambda x: body(x, "capa", action="again"), "capa-1 is on record", "its own id"),
    ("capa", lambda x: body(x, "capa", nonconformity="nc-9"), "'nc-9' was not raised", "raise it first"),
    ("capa", lambda x: body(x, "capa", due=on(1)), "before it begins", "later"),
    ("capa", lambda x: body(x, "capa", owner="zoe"), "nobody of this campaign", "assign"),
    ("capa", lambda x: x["capa closed"], "'capa-1' was not opened", "use one of"),
    ("capa closed", lambda x: body(x, "capa closed", sign=OWNER), "olga owns the action", "another person"),
    ("capa closed", lambda x: body(x, "capa closed", evidence=""), "names no evidence", "what shows"),
    ("closed", lambda x: body(x, "capa closed", evidence="more"), "capa-1 is closed", "another"),
    ("labels", lambda x: body(x, "labels", sign=()), "nobody signs it", "signs"),
    ("cited", lambda x: body(x, "cited", batches=(replace(x["cited"].body.batches[0], campaign="little"),)),
     "this very batch", "by itself"),
    ("cited", lambda x: body(x, "cited", batches=x["cited"].body.batches * 2), "cited twice", "once"),
    ("cited", lambda x: body(x, "cited", batches=_later(x["cited"])), "after this", "by then"),
    ("reviewed", lambda x: body(x, "reviewed", sign=(("olga", "review"),)), "olga has none", "with one act"),
    ("reviewed", lambda x: body(x, "reviewed", sign=QUINN), "with meaning 'approval'", "'review'"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("before", "make", "reason", "way_out"), REFUSED, ids=[f"{r[0]}: {r[2]}" for r in REFUSED]
)
def test_what_the_rules_of_quality_do_not_allow_is_refused_and_nothing_is_written(
    before: str,
    make: Callable[[dict[str, Draft]], Draft],
    reason: str,
    way_out: str,
    until: Callable[[str], Desk],
    acts: dict[str, Draft],
    store: MemoryStore,
) -> None:
    desk = until(before)
    size = store.head("little")
    with pytest.raises(RefusedError, match=reason) as refusal:
        desk.record([make(acts)])
    assert way_out in refusal.value.remedy
    assert store.head("little") == size


def test_a_retest_is_authorised_only_for_a_result_the_nonconformity_follows_from(
    until: Callable[[str], Desk], acts: dict[str, Draft]
) -> None:
    desk = until("raised")
    other = body(acts, "raised", nonconformity="nc-2", text="something else")
    opened = body(acts, "opened", nonconformity="nc-2")
    desk.record([other, opened])
    with pytest.raises(RefusedError, match="follows from no out-of-specification result"):
        desk.record([body(acts, "authorised", nonconformity="nc-2")])


def test_none_exist_is_not_believed_where_earlier_batches_are_cited(
    until: Callable[[str], Desk], acts: dict[str, Draft]
) -> None:
    desk = until("searched")
    desk.record([replace(acts["cited"], at=acts["opened"].at)])
    with pytest.raises(RefusedError, match="other batches of the process are cited: c-0"):
        desk.record([acts["searched"]])


def test_a_lot_past_its_shelf_life_on_the_day_of_the_decision_is_not_released(
    live: Live, life: dict[str, Draft]
) -> None:
    desk = live("release")
    # made on day 61.2, and the shelf life is 365 days: on day 500 it has ended
    with pytest.raises(RefusedError, match="the shelf life of 365 days ended"):
        desk.record([replace(life["release"], at=on(500))])


def test_labels_that_do_not_come_out_are_recorded_not_refused(
    until: Callable[[str], Desk], acts: dict[str, Draft]
) -> None:
    desk = until("labels")
    (event,) = desk.record([body(acts, "labels", issued=99)])
    assert event.body.issued == 99


def test_who_signed_that_they_performed_a_phase_neither_leads_reviews_nor_releases(
    until: Callable[[str], Desk], acts: dict[str, Draft], act: Act, life: dict[str, Draft], enrol: Act
) -> None:
    """Max, a supervisor who may release, performed; of their roles alone none would keep them from it."""
    desk = until("opened")
    many = Person("max", "M. Many", "maker")
    desk.record([act(ev.RoleAssigned(many, role), 111.12) for role in ("supervisor", "release")])
    desk.record([replace(enrol("max"), at=on(111.13))])
    signed = ev.PhaseSigned("run", "performed", UNSIGNED)
    desk.record([act(signed, 111.15, sign=(("max", "responsibility"),))])
    with pytest.raises(RefusedError, match="max performed work on this batch"):
        desk.record([body(acts, "opened", lead="max")])
    with pytest.raises(RefusedError, match="max performed work on this batch"):
        desk.record([replace(acts["reviewed"], sign=(("max", "review"),))])
    with pytest.raises(RefusedError, match="max performed work on this batch"):
        desk.record([replace(life["release"], sign=(("max", "approval"),))])


@pytest.mark.parametrize("person", ["quinn", "rene"])
def test_the_quality_unit_and_who_releases_do_not_sign_that_they_performed(
    until: Callable[[str], Desk], act: Act, person: str
) -> None:
    desk = until("opened")
    signed = act(ev.PhaseSigned("run", "performed", UNSIGNED), 111.2, sign=((person, "responsibility"),))
    with pytest.raises(RefusedError, match=f"{person} has none of the roles crew, laboratory, operator"):
        desk.record([signed])


def test_who_is_an_operator_of_the_batch_does_not_release_it(
    live: Live, life: dict[str, Draft], act: Act, promise: tuple[Draft, ...]
) -> None:
    desk = live("release")
    olga = next(d.body.person for d in promise if d.type == "role.assigned" and d.body.person.id == "olga")
    desk.record([act(ev.RoleAssigned(olga, "release"), 113)])
    with pytest.raises(RefusedError, match="olga performed work on this batch"):
        desk.record([replace(life["release"], sign=(("olga", "approval"),))])


def test_who_checked_a_phase_neither_reviews_nor_releases(
    live: Live, life: dict[str, Draft], act: Act
) -> None:
    desk = live("release")
    with pytest.raises(RefusedError, match="rex checked phase run of this batch"):
        desk.record([replace(life["batch record"], at=on(113), sign=(("rex", "review"),))])
    desk.record([act(ev.RoleAssigned(desk.state().people["rex"], "release"), 113.1)])
    with pytest.raises(RefusedError, match="rex checked phase run of this batch"):
        desk.record([replace(life["release"], sign=(("rex", "approval"),))])


def test_who_reviewed_does_not_release(
    live: Live, life: dict[str, Draft], act: Act, desk: Desk, promise: tuple[Draft, ...]
) -> None:
    live("release")
    both = next(d.body.person for d in promise if d.type == "role.assigned" and d.body.person.id == "quinn")
    desk.record([act(ev.RoleAssigned(both, "release"), 113)])
    with pytest.raises(RefusedError, match="quinn reviewed the record of this batch"):
        desk.record([replace(life["release"], sign=QUINN)])


def test_a_batch_that_went_a_way_its_machine_has_not_is_not_released_until_that_is_assessed(
    live: Live, life: dict[str, Draft], act: Act
) -> None:
    desk = live("batch record")
    start, after, *_ = desk.state().all(ev.PhaseMoved)
    moved = {"phase": "run", "state": "holding", "reason": "", "cause": "told", "command": ""}
    desk.record([act(ev.EntryCorrected(start.id, "the log of the rack says so", moved), 111.5)])
    desk.record([life["batch record"], life["audit trail"]])
    with pytest.raises(RefusedError, match="went from idle to holding, which no command and no ending does"):
        desk.record([life["release"]])
    desk.record(
        [
            act(ev.NonconformityRaised("nc-1", "an odd move"), 113, cause=(start.id, after.id)),
            act(ev.InvestigationOpened("nc-1", "quinn", "what moved it?", on(130)), 113.1),
            act(ev.SistersSearched("nc-1", "odd moves", (), none_exist=True), 113.2),
            act(
                ev.NonconformityClosed("nc-1", "a typing error", "none", "none", UNSIGNED), 113.3, sign=QUINN
            ),
            replace(life["batch record"], at=on(113.4)),
            replace(life["audit trail"], at=on(113.4)),
        ]
    )
    (event,) = desk.record([life["release"]])
    assert event.body.exceptions_open == 0


def test_the_desk_puts_the_record_into_a_disposition(
    live: Live, life: dict[str, Draft], store: MemoryStore
) -> None:
    desk = live("release")
    before = store.read("little")
    (event,) = desk.record([life["release"]])
    assert event.body.record_root == Tree(entry.hash for entry in before).root().hex()
    assert event.body.exceptions_open == 0
    assert event.body.least_coverage_percent is None, "the sound recipe measures no critical parameter"
    assert misplaced_roots(store.read("little")) == ()


def test_a_rejection_says_how_many_exceptions_stood_open(live: Live, life: dict[str, Draft]) -> None:
    desk = live("sample")
    rejected = replace(life["release"], body=replace(life["release"].body, decision="rejected"))
    (event,) = desk.record([rejected])
    assert event.body.exceptions_open > 0


def test_a_decision_on_a_record_that_moved_since_it_was_read_is_refused(
    live: Live, life: dict[str, Draft], act: Act, store: MemoryStore
) -> None:
    desk = live("release")
    read = Tree(entry.hash for entry in store.read("little")).root().hex()
    drafted = replace(life["release"], body=replace(life["release"].body, record_root=read))
    desk.record([act(ev.ContactHeld("ground", Window(on(70), on(70.1)), 10, 10), 112.5)])
    with pytest.raises(RefusedError, match="the record moved since it was read") as refusal:
        desk.record([drafted])
    assert "decide on the record as it is now" in refusal.value.remedy


def test_after_late_data_the_lot_is_reviewed_and_decided_again(
    live: Live, life: dict[str, Draft], act: Act, clock: Any
) -> None:
    desk = live("claim")
    clock.now = on(120)
    late = act(ev.ResultReported("smp-1", "assay", Decimal("99.5"), "percent", "HPLC", "lab"), 116)
    desk.record([late])
    again = replace(life["release"], at=on(118))
    with pytest.raises(RefusedError, match="came into the record after"):
        desk.record([again])
    reviews = [replace(life[name], at=on(117)) for name in ("batch record", "audit trail")]
    (*_, event) = desk.record([*reviews, again])
    assert event.body.exceptions_open == 0
