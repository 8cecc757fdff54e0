"""The dossier: one HTML file with the answers, the record embedded, and a verifier."""

from __future__ import annotations

import base64
import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from downmass.answers.answer import Answer
from downmass.base.errors import DamageError
from downmass.disciplines.ledger.bundle import read_bundle
from downmass.disciplines.ledger.dispositions import loose_findings
from downmass.disciplines.ledger.seal import event_of
from downmass.disciplines.ledger.verify import Verification
from downmass.facts.campaign import Campaign
from downmass.facts.entry import Entry
from downmass.facts.event import Event, Origin
from downmass.facts.finding import Finding
from downmass.interfaces.dossier import record, view
from downmass.interfaces.dossier.embed import embedded
from downmass.interfaces.dossier.plots import Coast
from downmass.interfaces.dossier.reading import ORIGIN_TEXT, instant_words, number_words
from downmass.operations.clocks import clock_findings

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(?: \d{2}:\d{2}(?: UTC)?)?")
_HERE = "downmass.interfaces.dossier"
_MODES = {
    "replay": "replay of a real campaign: each entry stands at its public date; its signing keys are "
    "published, so signatures here prove order and integrity, not authorship",
    "simulated": "a simulated campaign: no such thing was done; its signing keys are published, so "
    "signatures here prove order and integrity, not authorship",
    "live": "live: each entry was recorded as it happened",
}
_COUNTS = ("No answers", "One answer", "Two answers", "Three answers", "Four answers", "Five answers",
           "Six answers", "Seven answers", "Eight answers", "Nine answers")  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Proof:
    """What stands in the dossier about verification."""

    sentence: str
    sound: bool
    size: str
    root: str
    bytes: str


def _mode(campaign: Campaign, counts: Counter[Origin]) -> str:
    """Return what kind of campaign it is, in words: real and live, real and replayed, or made up."""
    if campaign.opened is None:
        return "not opened"
    made_up = campaign.opened.mode == "replay" and not counts["public"] and not counts["recorded"]
    return _MODES["simulated" if made_up else campaign.opened.mode]


def render_dossier(
    campaign: Campaign,
    moments: Sequence[tuple[str, Sequence[Answer]]],
    bundle: bytes,
    verification: Verification,
    coast: Coast | None = None,
) -> str:
    """Return the dossier of a campaign as one self-contained HTML file.

    Parameters
    ----------
    campaign
        The state folded from the same entries the bundle holds.
    moments
        Label and answers of each moment the questions were asked at, in order of their as-of.
    bundle
        The ledger bundle, byte for byte; embedded as it is.
    verification
        What verifying that bundle said; shown whichever way it turned out. Signatures of persons
        that do not fit what they stand under are looked for here and named beside it.
    coast
        Polylines of (longitude, latitude) [deg] under ground tracks; the packaged coast if none.

    Returns
    -------
    str
        HTML that loads nothing from anywhere, prints on A4 and verifies its record where opened.

    Notes
    -----
    Deterministic: the same campaign, answers and bundle give the same text; no clock is read. The
    words around the record are not signed; only the embedded record is.
    """
    script = _text("verifier.js")
    digest = base64.b64encode(sha256(script.encode()).digest()).decode()
    return (
        _environment()
        .get_template("dossier.html")
        .render(
            view=_page(campaign, moments, bundle, verification, coast_lines() if coast is None else coast),
            origins=ORIGIN_TEXT,
            style=_text("plots.css") + _text("style.css"),
            script=script,
            script_hash=f"sha256-{digest}",
            bundle=embedded(bundle),
        )
    )


@cache
def coast_lines() -> Coast:
    """Return the packaged coastline [(longitude, latitude) in deg], empty where none is packaged."""
    path = files(_HERE).joinpath("coastline.json")
    if not path.is_file():
        return ()
    value = json.loads(path.read_text(encoding="utf-8"))
    lines: Coast = value.get("lines") or value.get("polylines") or ()
    return lines


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader(_HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["dated"] = _dated
    return environment


def _dated(text: str) -> Markup:
    """Return the text as markup whose dates do not break across lines."""
    return Markup(_DATE.sub(r'<span class="tight">\g<0></span>', str(escape(text))))


def _text(name: str) -> str:
    return files(_HERE).joinpath("templates", name).read_text(encoding="utf-8")


def _page(
    campaign: Campaign,
    moments: Sequence[tuple[str, Sequence[Answer]]],
    bundle: bytes,
    verification: Verification,
    coast: Coast,
) -> dict[str, Any]:
    """Return everything the templates name."""
    answers = [answer for _, asked in moments for answer in asked]
    entries = _entries(bundle)
    places, hashes = _places(entries)
    loose = loose_findings(entries) if verification.damage is None else ()
    events = record.in_order(campaign, places)
    anchors = record.anchors_of(events)
    asked_at = [(label, max(answer.as_of for answer in asked)) for label, asked in moments if asked]
    views = view.answer_views(moments, coast, record.told_entries(campaign, events))
    standing, gone = view.finding_rows((*campaign.findings, *clock_findings(events), *loose), moments)
    labels = [f"{label} ({instant_words(at)} UTC)" for label, at in asked_at]
    return {
        **_title(campaign, events, asked_at[-1][1] if asked_at else campaign.recorded_until),
        "verification": _proof(verification, bundle, loose),
        "answers": views,
        "count_words": _COUNTS[len(views)],
        "moment_labels": [label for label, _ in asked_at],
        "moment_words": ", ".join(labels[:-1]) + " and " + labels[-1] if len(labels) > 1 else "".join(labels),
        "contents": _contents(views),
        "story": record.story_lines(campaign, events, asked_at, hashes, places),
        "custody": record.custody_rows(campaign, anchors),
        "signatures": record.signature_rows(campaign, events, anchors, loose),
        "money": record.settlement(campaign, anchors),
        "assumptions": view.assumption_groups(answers),
        "assumed_entries": sum(event.origin == "assumed" for event in events),
        "findings": standing,
        "gone": gone,
        "evidence": view.evidence_groups(answers, anchors),
    }


def _entries(bundle: bytes) -> Sequence[Entry]:
    """Return the entries of a bundle; nothing of one damaged in form."""
    try:
        return read_bundle(bundle).entries
    except DamageError:
        return ()


def _places(entries: Sequence[Entry]) -> tuple[dict[str, int], dict[str, str]]:
    """Return place and leaf hash of each entry by its id."""
    ids = [event_of(entry.content).id for entry in entries]
    return (
        {name: entry.index for name, entry in zip(ids, entries, strict=True)},
        {name: entry.hash.hex() for name, entry in zip(ids, entries, strict=True)},
    )


def _title(campaign: Campaign, events: Sequence[Event[Any]], as_of: datetime | None) -> dict[str, Any]:
    product = campaign.product
    counts = Counter(event.origin for event in events)
    return {
        "title": campaign.title or campaign.id,
        "campaign": campaign.id,
        "product": (
            f"{product.name}, {number_words(str(product.planned_quantity))} {product.unit} planned "
            f"({product.quantity_basis}), {product.domain}"
            if product
            else "none recorded"
        ),
        "stage": campaign.stage,
        "as_of": f"{instant_words(as_of)} UTC" if as_of else "nothing recorded",
        "mode": _mode(campaign, counts),
        "parties": [
            f"{party.name} ({', '.join(party.kinds).replace('_', ' ')})"
            for party in campaign.parties.values()
        ],
        "origins": [(key, counts[key], words[2]) for key, words in ORIGIN_TEXT.items()],
    }


def _proof(verification: Verification, bundle: bytes, loose: Sequence[Finding]) -> _Proof:
    damage, size = verification.damage, verification.size
    if damage is not None:
        sentence = f"The record is damaged. {damage.message[:1].upper()}{damage.message[1:]}."
    else:
        sentence = (
            f"Verified when this dossier was written: {size:,} entries, every hash, chain and signature "
            "recomputed from the stored bytes, and the root of the tree over them."
        )
        if verification.covered < size:
            sentence += f" The signed checkpoint covers {verification.covered:,} of them."
        if loose:
            named = "; ".join(f"{finding.subject}: {finding.message}" for finding in loose)
            sentence = f"Entries and writers hold, but not every signature of a person. {named}."
    return _Proof(
        sentence=sentence,
        sound=damage is None and not loose,
        size=f"{size:,}",
        root=verification.root.hex(),
        bytes=f"{len(bundle):,}",
    )


def _contents(views: Sequence[view.AnswerView]) -> list[tuple[str, str]]:
    parts = [
        ("story", "story"),
        ("custody-chain", "custody chain"),
        ("signatures", "signatures"),
        ("money", "money"),
        ("assumptions", "assumptions"),
        ("findings", "findings"),
        ("evidence", "evidence"),
        ("verification", "verification"),
    ]
    return [(item.question, item.question) for item in views] + parts
