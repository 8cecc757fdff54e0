"""What a person writes is read, or refused with the file, the place and the way out."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest

from downmass.base.errors import DownmassError, VersionError
from downmass.facts import event as ev
from downmass.operations.draft import Draft, with_units
from downmass.operations.history import read_history
from downmass.operations.promise import read_promise

PROMISES = {
    "opened_without_a_zone": ("[campaign] opened", "has no time zone", "add Z"),
    "opened_on_a_bare_date": ("[campaign] opened", "is no instant", "2026-01-31T09:00:00Z"),
    "due_without_a_zone": ("[plan]", "basis.due: 2026-06-01T00:00:00 has no time zone", "add Z"),
    "unknown_unit": ("[recipe]", "'blorbs' is not defined", "give it in hour"),
    "unit_of_another_kind": ("[recipe]", "'27 kg' is no quantity in hour", '"1.5 hour"'),
    "negative_mass": ("[venture]", "launched_mass_kg of -90 is below 0", "give 0 or more"),
    "negative_quantity": ("[campaign]", "planned_quantity: -2 is not above zero", "above zero"),
    "mass_not_a_number": ("[campaign]", "planned_quantity: Input should be a finite number", "mend"),
    "negative_duration": ("[plan]", "duration_d of return of -2 is below 0", "give 0 or more"),
    "spread_out_of_order": ("[plan]", "low 3.5, mode 3, high 4 is not in order", "low <= mode <= high"),
    "spread_without_source": ("[plan]", "a spread has no source", "say where the numbers come from"),
    "unknown_section": ("", "no section is called 'sites'", "use campaign, product"),
    "unknown_field": ("[campaign]", "product.colour", "mend the fields named"),
    "newer_format": ("", "has format 2; this program reads up to 1", "install a newer Downmass"),
    "without_format": ("", "does not say its format", "format = 1"),
    "torn": ("", "Unterminated string", "mend the line named"),
    "missing_product": ("", "has no section [product]", "downmass init"),
    "without_writer": ("", "has no [[writer]]", "ground writer"),
    "writer_without_id": ("", "[[writer]] number 2 has no id", "give it an id"),
    "two_writers_of_one_name": ("", "two [[writer]] have the id 'ground'", "its own id"),
    "plan_told_twice": ("", "plan is no table", "write [plan] once"),
    "milestones_short_of_100": ("[contract]", "share 90 percent", "sum to 100"),
    "damages_for_no_milestone": ("[contract]", "lateness of 'release', no milestone", "landing, signing"),
    "price_with_decimals": ("[contract]", "price is", "minor units"),
    "unknown_template": ("[contract]", "no contract template 'gentlemans-word'", "capsule-service"),
    "activity_follows_an_unknown_one": ("[plan]", "run follows 'lunch'", "use one of"),
    "activities_in_a_circle": ("[plan]", "runs in a circle", "take out one `after`"),
    "origin_unknown": ("", "origin 'rumour' is not known", "recorded, public"),
    "nested_500_deep": ("", "nested too deep", "at most 20 deep"),
    "nested_25_deep": ("product.extra", "nested too deep", "at most 20 deep"),
    "number_of_5000_digits": ("", "a number that cannot be read", "shorten the number"),
    "number_beyond_json": ("campaign.seed", "is 9007199254740992, beyond 9007199254740991", "smaller"),
    "seed_below_zero": ("[campaign]", "seed is -1", "give zero or"),
    "roles_is_a_number": ("[[person]] olga roles", "5 is no list of words", 'roles = ["operator"]'),
    "price_below_zero": ("[contract]", "a price of -5", "give zero or more"),
    "currency_not_in_latin_letters": ("[contract]", "is no ISO 4217 code", "USD, EUR"),
    "shelf_life_without_end": ("[recipe]", "shelf_life_d: 1e+30 is beyond", "check the number and its unit"),
    "launch_in_9998": ("[plan]", "launch_planned: 9998-03-01T00:00:00Z is no date", "from 1957 to 2200"),
    "due_in_the_year_2": ("[plan]", "due: 0002-06-01T00:00:00Z is no date", "from 1957 to 2200"),
    "template_is_a_list": ("[contract] template", "['a'] is no text", "in quotes"),
    "contract_id_is_a_number": ("[contract] id", "5 is no text", "in quotes"),
    "provider_is_no_identifier": ("[contract]", "'The Maker' is no identifier", "use a-z"),
    "site_off_the_earth": ("[site]", "off the Earth", "latitude within 90"),
}

HISTORIES = {
    "at_without_a_zone": (10, "has no time zone", "add Z"),
    "at_in_quotes": (10, "is no instant", "as 2026-01-31T09:00:00Z, without quotes"),
    "window_closes_before_it_opens": (10, "not after it opens", "swap the two instants"),
    "without_source": (10, "has no `source`", "where from"),
    "negative_mass": (3, "quantity: -2 is negative", "zero or more"),
    "unknown_type": (10, "'flight.contract' is no entry type", "flight.contact"),
    "unknown_origin": (10, "origin 'hearsay' is not known", "recorded, public"),
    "uncertainty_in_words": (10, "uncertainty_s is 'a minute'", "number of seconds"),
    "uncertainty_not_finite": (10, "uncertainty_s is NaN", "zero seconds or more"),
    "key_misspelt": (10, "no 'uncertainly_s'", "uncertainty_s"),
    "section_misspelt": (None, "no section is called 'entries'", "[[entry]]"),
    "body_is_text": (3, "the body is no table", "body = {"),
    "signature_without_person": (3, "lacks its person or meaning", "person ="),
    "meaning_of_signature_unknown": (3, "with meaning 'fun'", "authorship, review"),
    "signature_where_none_belongs": (3, "lot.registered carries no signature", "take `sign` out"),
    "computed_where_nothing_is": (3, "cannot be computed", "contract.settled"),
    "newer_format": (None, "has format 2", "install a newer Downmass"),
    "happened_in_9998": (10, "9998-01-07T09:00:00Z is no date of a campaign", "from 1957 to 2200"),
    "type_is_a_list": (10, "type ['a'] is no text", "in quotes"),
    "entry_is_a_number": (None, "entry is no list of tables", "write [[entry]]"),
    "torn": (None, "at end of document", "mend the line named"),
}


def text_of(path: Path) -> str:
    return path.read_bytes().decode("utf-8")


@pytest.mark.parametrize("exhibit", sorted(PROMISES))
def test_a_spoilt_promise_is_refused_with_file_section_and_way_out(
    exhibit: str, museum: Path, templates: str
) -> None:
    section, reason, way_out = PROMISES[exhibit]
    name = f"promise__{exhibit}.toml"
    with pytest.raises(DownmassError) as refusal:
        read_promise(text_of(museum / name), templates, name)
    assert name in str(refusal.value)
    assert section in str(refusal.value)
    assert reason in str(refusal.value)
    assert way_out in refusal.value.remedy
    assert (exhibit == "newer_format") == isinstance(refusal.value, VersionError)


@pytest.mark.parametrize("exhibit", sorted(HISTORIES))
def test_a_spoilt_history_is_refused_with_file_line_and_way_out(exhibit: str, museum: Path) -> None:
    line, reason, way_out = HISTORIES[exhibit]
    name = f"history__{exhibit}.toml"
    with pytest.raises(DownmassError) as refusal:
        read_history(text_of(museum / name), name)
    assert str(refusal.value).startswith(f"{name}:{line}: " if line else name)
    assert reason in str(refusal.value)
    assert way_out in refusal.value.remedy


def test_only_what_a_writer_records_itself_may_come_without_a_source(museum: Path) -> None:
    text = text_of(museum / "history__without_source.toml")
    drafts = read_history(text.replace('origin = "public"', 'origin = "recorded"'))
    assert [draft.source for draft in drafts] == ["made up for tests", ""]


ODD = ("5", "-1", "true", "1e30", '""', '"odd"', '["a"]', "{ a = 1 }", "[[5]]", "2026-01-01", "9" * 400)


@pytest.mark.parametrize("odd", ODD, ids=[text[:12] for text in ODD])
def test_whatever_stands_after_an_equals_sign_is_read_or_refused_with_the_file(
    odd: str, museum: Path, templates: str
) -> None:
    lines = text_of(museum / "sound.toml").splitlines()
    places = [n for n, line in enumerate(lines) if re.match(r"\w+ = ", line) and not line.endswith("[")]
    assert len(places) > 100
    refusals = []
    for place in places:
        spoilt = [*lines[:place], f"{lines[place].split(' = ')[0]} = {odd}", *lines[place + 1 :]]
        try:
            read_promise("\n".join(spoilt), templates, "spoilt.toml")
        except DownmassError as refusal:
            refusals.append(refusal)
    assert len(refusals) > 40
    assert [str(refusal) for refusal in refusals if not str(refusal).startswith("spoilt.toml")] == []
    assert [str(refusal) for refusal in refusals if not refusal.remedy] == []


def test_every_exhibit_of_the_museum_is_visited(museum: Path) -> None:
    named = {f"promise__{name}.toml" for name in PROMISES} | {f"history__{name}.toml" for name in HISTORIES}
    assert {path.name for path in museum.iterdir()} == named | {"sound.toml", "minimal.toml"}


def test_the_least_a_campaign_needs_is_campaign_product_and_a_writer(museum: Path, templates: str) -> None:
    drafts = read_promise(text_of(museum / "minimal.toml"), templates)
    assert [draft.type for draft in drafts] == [*["writer.enrolled"] * 3, "campaign.opened"]


def test_a_promise_is_read_in_the_order_it_is_recorded(museum: Path, templates: str) -> None:
    promise = read_promise(text_of(museum / "sound.toml"), templates)
    kinds = list(dict.fromkeys(draft.type for draft in promise))
    assert kinds == [
        "writer.enrolled", "campaign.opened", "party.joined", "role.assigned", "sites.designated",
        "recipe.adopted", "contract.signed", "plan.basis_stated", "risk.modes_listed", "venture.stated",
    ]  # fmt: skip


def test_quantities_of_a_promise_come_into_the_unit_of_their_field(promise: tuple[Draft, ...]) -> None:
    basis = next(draft.body.basis for draft in promise if isinstance(draft.body, ev.PlanBasisStated))
    run = next(activity for activity in basis.activities if activity.id == "run")
    assert (run.duration_d.low, run.duration_d.high) == (Decimal("1.125"), Decimal("1.5"))


def test_a_signed_contract_may_be_written_out_or_made_from_each_template(
    museum: Path, templates: str
) -> None:
    written = text_of(museum / "sound.toml")
    head, rest = written.split("milestones = [", 1)
    tail = rest[rest.index("[plan]") :]
    dates = "landing_due = 2026-05-01T00:00:00Z\nrelease_due = 2026-06-01T00:00:00Z\n"
    for template in ("capsule-service", "provider-bears-licence", "rideshare-like"):
        text = (
            head.replace('template = "own"', f'template = "{template}"\ninsurer = "insurer"') + dates + tail
        )
        drafts = read_promise(text, templates)
        contract = next(draft.body.contract for draft in drafts if isinstance(draft.body, ev.ContractSigned))
        assert contract.template == template
        assert sum(milestone.share_percent for milestone in contract.milestones) == 100


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"hold_h": "2 days"}, {"hold_h": Decimal(48)}),
        ({"product_kg": {"low": "500 g", "mode": "1"}}, {"product_kg": {"low": Decimal("0.5"), "mode": "1"}}),
        ({"title": "27 h run"}, {"title": "27 h run"}),
        ({"past": ["1 d"]}, {"past": ["1 d"]}),
        ({"delay_d": {"past": ["24 h", "2"]}}, {"delay_d": {"past": [Decimal(1), "2"]}}),
        ({"delta_v_m_s": "0.1 km/s"}, {"delta_v_m_s": Decimal(100)}),
    ],
)
def test_a_unit_is_read_where_the_name_of_the_field_asks_for_one(given: object, expected: object) -> None:
    assert with_units(given) == expected
