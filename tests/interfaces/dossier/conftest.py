"""One small world: a capsule waits for its licence, lands late, is tested, released and settled."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from downmass.answers.answer import Answer
from downmass.base.canon import canonical
from downmass.base.instant import Window, parse_instant
from downmass.disciplines.ledger import checkpoint
from downmass.disciplines.ledger.acts import act_hash, signatures_of
from downmass.disciplines.ledger.bundle import closing_digest, verify_bundle, write_bundle
from downmass.disciplines.ledger.keys import public_key_text
from downmass.disciplines.ledger.seal import Head, content_hash, seal
from downmass.disciplines.ledger.tree import Tree, leaf_hash
from downmass.disciplines.ledger.verify import Verification
from downmass.facts import event as ev
from downmass.facts.campaign import Campaign, fold
from downmass.facts.codec import body_to_json
from downmass.facts.contract import Contract, Milestone, Posting
from downmass.facts.entry import Entry
from downmass.facts.event import TYPE_OF, Event, version_of
from downmass.facts.flight import Site
from downmass.facts.party import Party, Person, Signature
from downmass.facts.quantity import Money
from downmass.facts.recipe import Product

PRESS = "press, as listed in the public record of the flight"


def _usd(major: int) -> Money:
    return Money(major * 100, "USD")


def _signature(person: str, name: str, at: str, meaning: str) -> Signature:
    return Signature(person, name, parse_instant(at), meaning, "9f" * 32)  # type: ignore[arg-type]


@dataclass(frozen=True)
class World:
    """A sealed campaign with answers at three moments."""

    campaign: Campaign
    entries: list[Entry]
    moments: list[tuple[str, list[Answer]]]
    bundle: bytes
    verification: Verification


class Scribe:
    """Writes entries for two writers, each with its own key, counter and chain.

    ``over`` replaces the hash that persons sign, which then holds over nothing.
    """

    def __init__(self, over: str = "") -> None:
        self.over = over
        self.keys = {"ground": Ed25519PrivateKey.from_private_bytes(b"g" * 32)}
        self.keys["lab"] = Ed25519PrivateKey.from_private_bytes(b"l" * 32)
        self.heads: dict[str, Head] = {}
        self.events: list[Event[Any]] = []
        self.entries: list[Entry] = []

    def write(
        self,
        at: str,
        body: Any,
        origin: str = "public",
        source: str = "",
        writer: str = "ground",
        late_d: int = 0,
        resign: bool = True,
    ) -> str:
        head = self.heads.get(writer, Head())
        body = self.acted(body) if resign else body
        occurred = parse_instant(at)
        event: Event[Any] = Event(
            id=f"{writer}-{head.sequence:04d}",
            campaign="late-return",
            type=TYPE_OF[type(body)],
            version=version_of(TYPE_OF[type(body)]),
            writer=writer,
            sequence=head.sequence,
            occurred_at=occurred,
            uncertainty_s=Decimal(0),
            recorded_at=occurred + timedelta(days=late_d),
            origin=origin,  # type: ignore[arg-type]
            source=source or (PRESS if origin == "public" else ""),
            cause=(),
            body=body,
        )
        entry = seal(event, len(self.entries), head.prev_hash, self.keys[writer])
        self.heads[writer] = Head(head.sequence + 1, content_hash(entry.content))
        self.events.append(event)
        self.entries.append(entry)
        return event.id

    def acted(self, body: Any) -> Any:
        """Return a body with each person's signature over it and over the record before it."""
        root = Tree(entry.hash for entry in self.entries).root()
        acts = tuple(
            replace(s, over_sha256=self.over or act_hash(body_to_json(body), s.signer, s.meaning, s.at, root))
            for s in signatures_of(body)
        )
        if hasattr(body, "signature"):
            return replace(body, signature=acts[0])
        return replace(body, signatures=acts) if acts else body


PARTIES = (
    Party("operator", "Capsule Operator Inc.", ("operator", "quality_unit"), "US"),
    Party("customer", "Crystal Customer AG", ("customer",), "CH"),
    Party("bus", "Bus Provider Ltd", ("bus_provider",), "US"),
    Party("faa", "Federal Aviation Administration", ("regulator",), "US"),
    Party("range", "Utah Test and Training Range", ("range",), "US"),
    Party("lab", "Contract Laboratory", ("laboratory",), "US"),
)


def _order(scribe: Scribe) -> None:
    for writer, kind in (("ground", "ground"), ("lab", "laboratory")):
        key = public_key_text(scribe.keys[writer])
        party = "operator" if writer == "ground" else "lab"
        scribe.write("2023-01-10T09:00Z", ev.WriterEnrolled(writer, party, kind, key), "recorded")
    product = Product(
        "ritonavir",
        "Ritonavir, form III crystals",
        "crystal",
        "space-for-earth",
        "g",
        Decimal("2"),
        "opinion",
        "ours",
    )
    title = "W-1: ritonavir crystals, made in orbit and returned to Utah"
    scribe.write("2023-01-10T09:05Z", ev.CampaignOpened(title, product, "replay", 7), "recorded")
    for party in PARTIES:
        scribe.write("2023-01-10T09:10Z", ev.PartyJoined(party), "assumed", "roles follow the public record")
    for person, name, of, role in (
        ("moreno", "A. Moreno", "operator", "release"),
        ("keller", "B. Keller", "lab", "laboratory"),
    ):
        scribe.write(
            "2023-01-10T09:20Z", ev.RoleAssigned(Person(person, name, of), role), "assumed", "invented person"
        )
    contract = Contract(
        "service",
        "Service contract, per-campaign",
        "fixed-price",
        "operator",
        "customer",
        _usd(4_000_000),
        (
            Milestone("m-launch", "Launch", "lift_off", Decimal(40)),
            Milestone("m-return", "Return", "landing", Decimal(40), parse_instant("2023-07-17T00:00Z")),
            Milestone("m-release", "Release", "release", Decimal(20)),
        ),
        source="no terms are public",
    )
    scribe.write("2023-02-01T12:00Z", ev.ContractSigned(contract), "assumed", "no terms are public")
    site = Site("uttr", "Utah Test and Training Range", Decimal("40.2"), Decimal("-113"), Decimal(25), PRESS)
    scribe.write("2023-02-01T12:10Z", ev.SitesDesignated((site,)), "public")


def _fly(scribe: Scribe) -> None:
    scribe.write(
        "2023-06-10T08:00Z", ev.LotRegistered("api-1", "ritonavir, form II", Decimal("2"), "g"), "assumed"
    )
    scribe.write(
        "2023-06-10T09:00Z", ev.LotLoaded("api-1", "capsule", "seal-0041"), "assumed", "loading is not public"
    )
    scribe.write(
        "2023-06-12T21:35Z", ev.Launched("Transporter-8", "Vandenberg", "W-1", "about 510 km, 97.5 deg")
    )
    scribe.write("2023-06-29T20:00Z", ev.PhaseMoved("crystallise", "execute"), "simulated", "seed 7")
    window = Window(parse_instant("2023-06-29T20:00Z"), parse_instant("2023-06-30T23:00Z"))
    scribe.write(
        "2023-06-30T23:00Z",
        ev.SegmentSealed(
            "temperature",
            "crystallise",
            window,
            "C",
            97200,
            97188,
            Decimal("24.6"),
            Decimal("25.0"),
            Decimal("25.9"),
            "ab" * 32,
        ),
        "simulated",
        "seed 7",
    )
    scribe.write("2023-06-30T23:05Z", ev.PhaseMoved("crystallise", "complete"), "public")
    scribe.write(
        "2023-09-06T17:00Z",
        ev.GateDecided(
            "reentry",
            "licence",
            "faa",
            "refused",
            "compliance with the regulatory requirements was not demonstrated",
        ),
    )
    scribe.write("2023-09-06T18:00Z", ev.GateDecided("uttr-slot", "range", "range", "refused", ""))
    scribe.write("2023-09-08T12:00Z", ev.GateApplied("reentry", "licence", "faa"))
    scribe.write("2024-02-14T12:00Z", ev.GateDecided("reentry", "licence", "faa", "granted", "Part 450"))
    scribe.write(
        "2024-02-18T10:00Z",
        ev.BurnPerformed("staging", "about 300 x 500 km", Decimal("56")),
        "assumed",
        "delta-v computed from the published orbits",
    )
    scribe.write("2024-02-21T21:40Z", ev.Landed("uttr", "Utah, about 40.2 N, 113 W"))


def _settle(scribe: Scribe) -> None:
    custody = (
        _signature("moreno", "A. Moreno", "2024-02-23T15:00Z", "responsibility"),
        _signature("keller", "B. Keller", "2024-02-23T15:05Z", "responsibility"),
    )
    scribe.write(
        "2024-02-21T23:10Z", ev.Recovered("Utah desert floor", "capsule upright, seal intact"), "assumed"
    )
    scribe.write(
        "2024-02-23T15:00Z",
        ev.CustodyTransferred(
            "capsule", "operator", "lab", "Los Angeles", "sealed, 18 C", "seal-0041", custody
        ),
        "simulated",
        "seed 7",
    )
    scribe.write(
        "2024-03-10T10:00Z", ev.SampleTaken("s-1", "batch-1", "release", "vial 1"), "simulated", "seed 7"
    )
    scribe.write(
        "2024-03-12T10:00Z",
        ev.ResultReported("s-1", "form-iii", Decimal("99.1"), "%", "Raman", "lab"),
        "simulated",
        "seed 7",
        "lab",
    )
    scribe.write(
        "2024-03-20T10:00Z",
        ev.DispositionDecided(
            "batch-1",
            "released",
            Decimal("97"),
            _signature("moreno", "A. Moreno", "2024-03-20T10:00Z", "approval"),
        ),
        "simulated",
        "seed 7",
        late_d=2,
    )
    postings = (
        Posting(
            "customer", "operator", _usd(1_600_000), "m-launch", ("ground-0015",), "40 % of 4,000,000 USD"
        ),
        Posting(
            "customer", "operator", _usd(1_600_000), "m-return", ("ground-0024",), "40 % of 4,000,000 USD"
        ),
        Posting(
            "operator",
            "customer",
            _usd(400_000),
            "late",
            ("ground-0024",),
            "32 started weeks late, 24 excused as regulatory; 8 x 2 % is above the cap of 10 %",
        ),
        Posting(
            "customer", "operator", _usd(800_000), "m-release", ("ground-0028",), "20 % of 4,000,000 USD"
        ),
    )
    scribe.write("2024-04-02T10:00Z", ev.Settled("service", postings), "assumed", "terms are assumed")
    scribe.write("2024-04-02T10:30Z", ev.CampaignClosed("released"), "assumed")


@pytest.fixture(scope="session")
def make_world(sample_answers: list[tuple[str, list[Answer]]]) -> Callable[..., World]:
    """Build the world; ``extra`` is the text and source of one more entry, the last.

    ``over`` is what persons sign instead of record and content.
    """

    def build(extra: str = "", moments: int = 3, over: str = "") -> World:
        scribe = Scribe(over)
        _order(scribe)
        _fly(scribe)
        _settle(scribe)
        if extra:
            scribe.write("2024-04-03T10:00Z", ev.NonconformityRaised("nc-1", extra), "assumed", extra)
        tree = Tree()
        for entry in scribe.entries:
            tree.append(entry.hash)
        note = checkpoint.make("late-return", len(scribe.entries), tree.root(), scribe.keys["ground"])
        bundle = write_bundle(scribe.entries, note)
        return World(
            fold(scribe.events), scribe.entries, sample_answers[-moments:], bundle, verify_bundle(bundle)
        )

    return build


@pytest.fixture(scope="session")
def world(make_world: Callable[..., World]) -> World:
    return make_world()


@dataclass(frozen=True)
class Told:
    """A little sealed log: its entries, the ids of what a test told, its bundle and verification."""

    entries: list[Entry]
    ids: list[str]
    bundle: bytes
    verification: Verification


@pytest.fixture
def make_log() -> Callable[[list[tuple[str, Any]]], Told]:
    """Make the order of the world and let writers tell bodies on top, or functions of the scribe."""

    def made(told: list[tuple[str, Any]]) -> Told:
        scribe = Scribe()
        _order(scribe)
        ids = []
        for writer, body in told:
            said = body(scribe) if callable(body) else body
            ids.append(scribe.write("2024-04-02T10:00Z", said, "recorded", "", writer, resign=False))
        root = Tree(entry.hash for entry in scribe.entries).root()
        note = checkpoint.make("late-return", len(scribe.entries), root, scribe.keys["ground"])
        bundle = write_bundle(scribe.entries, note)
        return Told(scribe.entries, ids, bundle, verify_bundle(bundle))

    return made


@pytest.fixture
def reseal(world: World) -> Callable[..., bytes]:
    """Return the world's bundle with changed entries, chained and signed anew by the holder of the keys."""

    def sealed(change: Callable[[list[dict[str, Any]]], object]) -> bytes:
        values = [json.loads(entry.content) for entry in world.entries]
        change(values)
        keys = Scribe().keys
        previous: dict[str, str] = {}
        entries: list[Entry] = []
        for index, value in enumerate(values):
            writer = world.campaign.arrival[index].partition("-")[0]
            value["prev_hash"] = previous.get(writer, "")
            content = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
            previous[writer] = content_hash(content)
            entries.append(Entry(index, content, leaf_hash(content), keys[writer].sign(content)))
        root = Tree(entry.hash for entry in entries).root()
        note = checkpoint.make("late-return", len(entries), root, keys["ground"])
        before = world.bundle.partition(b"\n")[0] + b"\n" + b"".join(_line(entry) for entry in entries)
        closing = {"checkpoint": note}
        return before + canonical({**closing, "sha256": closing_digest(before, closing)}) + b"\n"

    return sealed


def _line(entry: Entry) -> bytes:
    signature = base64.b64encode(entry.signature).decode()
    stored = {"content": entry.content.decode(), "index": entry.index, "signature": signature}
    return canonical(stored) + b"\n"
