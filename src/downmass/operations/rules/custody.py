"""What may be done with lots, containers and hands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from downmass.facts import event as ev
from downmass.facts.campaign import Campaign
from downmass.operations.draft import Draft
from downmass.operations.rules.refusal import Refusal, Rule, lot_known, unknown_parties


def _registered(campaign: Campaign, body: ev.LotRegistered, draft: Draft) -> Refusal | None:
    earlier = next((e for e in campaign.all(ev.LotRegistered) if e.body.lot == body.lot), None)
    if earlier is not None:
        return (
            f"lot {body.lot!r} is registered as {earlier.id}",
            "give each lot its own id, or correct that entry",
        )
    return None


def _loaded(campaign: Campaign, body: ev.LotLoaded, draft: Draft) -> Refusal | None:
    return lot_known(campaign, body.lot)


def _transfer(campaign: Campaign, body: ev.CustodyTransferred, draft: Draft) -> Refusal | None:
    return unknown_parties(campaign, {body.giver, body.receiver})


RULES: Mapping[type[Any], Rule] = {
    ev.LotRegistered: _registered,
    ev.LotLoaded: _loaded,
    ev.CustodyTransferred: _transfer,
}
"""Entry type -> its rule."""
