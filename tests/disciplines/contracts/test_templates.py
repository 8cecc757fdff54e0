"""Contract templates: every number with class and source, contracts that can be signed."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from downmass.base.errors import InputError, NotFoundError
from downmass.disciplines.contracts.templates import parse_templates, terms
from downmass.facts.contract import Contract
from downmass.facts.quantity import Money


def test_every_number_of_every_template_has_a_class_and_a_source(templates: str) -> None:
    for template in parse_templates(templates).values():
        assert terms(template)
        assert all(term.source and term.basis for term in terms(template))


def test_terms_are_listed_weakest_class_first(templates: str) -> None:
    for template in parse_templates(templates).values():
        order = [("opinion", "memory", "derived", "read").index(term.basis) for term in terms(template)]
        assert order == sorted(order)


def test_the_capsule_service_pays_40_30_20_10_and_shares_delay_by_authorities(capsule: Contract) -> None:
    assert [m.share_percent for m in capsule.milestones] == [40, 30, 20, 10]
    (late,) = capsule.damages
    assert (late.grace_d, late.rate_percent_per_week, late.cap_percent) == (28, 1, 10)
    assert (late.shared, late.shared_percent) == (("regulatory", "range"), Decimal(50))
    assert capsule.basis == "opinion"
    assert capsule.policies[0].premium == Money(60_000_000, "USD")


def test_a_contract_without_an_insurer_has_no_policy(sign: Callable[..., Contract]) -> None:
    assert sign("capsule-service", insurer=None).policies == ()


def test_other_parties_can_join_the_cross_waiver(sign: Callable[..., Contract]) -> None:
    waiver = sign("rideshare-like", waiving=("launcher",)).waiver
    assert waiver is not None
    assert waiver.parties == ("provider", "customer", "launcher")


def test_an_unknown_template_names_the_known_ones(sign: Callable[..., Contract]) -> None:
    with pytest.raises(NotFoundError, match="handshake") as refusal:
        sign("handshake")
    assert "capsule-service" in refusal.value.remedy


def test_a_due_date_for_something_that_never_happens_is_refused(sign: Callable[..., Contract]) -> None:
    with pytest.raises(InputError, match="splashdown"):
        sign("capsule-service", due={"splashdown": None})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("format = 1\n[[template]\n", "no TOML"),
        ("format = 2\n", "format 2"),
        ('format = 1\n[[template]]\nname = "a"\n', "title"),
        (
            'format = 1\n[[template]]\nname = "a"\ntitle = "A"\nnote = ""\n[[template.milestones]]\n'
            'id = "m"\ntitle = "M"\nevidence = "signing"\nshare_percent = { value = "1", class = "read" }\n',
            "source",
        ),
    ],
)
def test_malformed_templates_are_refused_with_the_place(text: str, told: str) -> None:
    with pytest.raises(InputError, match=told) as refusal:
        parse_templates(text)
    assert refusal.value.remedy
