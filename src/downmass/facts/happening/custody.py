"""Lots and what becomes of them, containers, seals, hands, export."""

from __future__ import annotations

from typing import Literal

from downmass.base.fact import fact
from downmass.base.ident import Slug
from downmass.facts.party import Signature
from downmass.facts.quantity import NotNegative, Positive


@fact
class LotRegistered:
    """A lot of material or product exists; a product lot names the lots it was made from."""

    lot: Slug
    material: str
    quantity: NotNegative
    unit: str
    made_from: tuple[Slug, ...] = ()


@fact
class LotLoaded:
    """A lot is put into a container, unit or vehicle."""

    lot: Slug
    into: Slug
    seal: str = ""


@fact
class CustodyTransferred:
    """A thing passes from one party to another; both sign, or the gap is a finding."""

    item: Slug
    giver: Slug
    receiver: Slug
    place: str
    condition: str
    seal: str = ""
    signatures: tuple[Signature, ...] = ()


@fact
class LotPart:
    """A quantity of a lot."""

    lot: Slug
    quantity: Positive
    unit: str


@fact
class LotSplit:
    """A lot is divided into sublots; what is left stays the lot."""

    lot: Slug
    into: tuple[LotPart, ...]


@fact
class LotTransformed:
    """Lots become other lots: what went in, what came out (EPCIS TransformationEvent)."""

    transformation: Slug
    material: str
    inputs: tuple[LotPart, ...]
    outputs: tuple[LotPart, ...]


@fact
class ContainerPacked:
    """Lots, samples or containers are put into a container, unit or vehicle, which may be sealed."""

    container: Slug
    contents: tuple[Slug, ...]
    seal: str = ""


@fact
class ContainerUnpacked:
    """Contents are taken out of a container; without a list, all of them."""

    container: Slug
    contents: tuple[Slug, ...] = ()


@fact
class SealApplied:
    """A seal is put on a container."""

    container: Slug
    seal: str


@fact
class SealChecked:
    """A seal is read: its number as found, and whether it is whole."""

    container: Slug
    seal: str
    intact: bool


@fact
class SealBroken:
    """A seal is opened on purpose."""

    container: Slug
    seal: str
    reason: str


@fact
class CustodyOffered:
    """A party offers an item to another: the first side of a hand-over."""

    offer: Slug
    item: Slug
    giver: Slug
    receiver: Slug
    place: str
    condition: str
    seal: str
    signature: Signature


@fact
class CustodyAccepted:
    """The receiver takes what was offered, in the condition found: the second side."""

    offer: Slug
    condition: str
    seal: str
    signature: Signature


@fact
class CustodyRefused:
    """The receiver does not take what was offered; it stays with the giver."""

    offer: Slug
    reason: str
    signature: Signature


@fact
class ExportTagged:
    """An item or document is classified for export (ITAR, EAR)."""

    item: Slug
    regime: Literal["ITAR", "EAR", "none"]
    classification: str
    basis: str
