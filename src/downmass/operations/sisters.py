"""Other campaigns read as evidence: sister batches searched, earlier batches of the process cited."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from downmass.base.errors import DownmassError, NotFoundError, RefusedError
from downmass.disciplines.ledger.tree import Tree
from downmass.disciplines.quality.sisters import Fault, associated, fault_of, same_fault
from downmass.disciplines.quality.validation import this_batch
from downmass.facts import event as ev
from downmass.facts.campaign import Campaign, fold
from downmass.operations.draft import Draft
from downmass.operations.opening import OpenCampaign, open_campaign


@dataclass(frozen=True, slots=True)
class Proof:
    """Another campaign as it was read: its state, and the root of the tree over every entry read [hex]."""

    state: Campaign
    root_sha256: str


def read_other(place: str | Path) -> Proof:
    """Read and verify another campaign: a folder, a bundle, or an example by name.

    Raises
    ------
    RefusedError
        If it cannot be read, does not verify, or holds nothing; the message names the place.
    """
    with _refused_by_name(place), open_campaign(place) as other:
        entries = other.entries()
        if not entries or not other.kept:
            raise RefusedError("its campaign is not open: nothing is on record", "name another")
        loose = other.loose()
        if loose:
            raise RefusedError(f"{loose[0].subject}: {loose[0].message}", "take a copy that verifies")
        root = Tree(entry.hash for entry in entries).root().hex()
        return Proof(fold(other.events()), root)


@contextmanager
def _refused_by_name(place: str | Path) -> Iterator[None]:
    try:
        yield
    except (DownmassError, OSError) as fault:
        remedy = getattr(fault, "remedy", "") or "name a campaign folder or bundle that verifies"
        raise RefusedError(f"{place} cannot be searched: {fault}", remedy) from None


def search_sisters(
    campaign: OpenCampaign,
    nonconformity: str,
    folders: Sequence[str | Path],
    *,
    none_exist: bool = False,
    at: datetime | None = None,
) -> Draft:
    """Search other batches for the kind of fault a nonconformity is about, and draft what was found.

    Parameters
    ----------
    folders
        Campaign folders or bundles of batches that may share the fault.
    none_exist
        States on purpose that there is no batch to search; then no folder may be named.
    at
        When it was searched; now where left out.

    Returns
    -------
    Draft
        An ``investigation.searched`` with, for each batch, the root over the entries read and the
        entries that show the same kind of fault.

    Raises
    ------
    NotFoundError
        If there is no such nonconformity.
    RefusedError
        If nothing is named, or a folder cannot be read, is damaged, or can be no sister batch; the
        message names it. One bad folder refuses all, so that a search is never half of what it says.

    References
    ----------
    21 CFR 211.192.
    """
    state = campaign.state()
    known = [event.body.nonconformity for event in state.all(ev.NonconformityRaised)]
    if nonconformity not in known:
        listed = ", ".join(known) or "(none)"
        raise NotFoundError(f"nonconformity {nonconformity!r} was not raised", f"on record: {listed}")
    if bool(folders) == none_exist:
        raise RefusedError(
            "sister batches are named and said not to exist" if folders else "no sister batch is named",
            "name folders with --sister, or state on purpose that there are none: --none-exist",
        )
    fault = fault_of(state, nonconformity)
    sisters: list[ev.SisterBatch] = []
    for folder in folders:
        sister = _sister(state, fault, folder)
        if sister.campaign in {other.campaign for other in sisters}:
            raise RefusedError(
                f"{folder} is campaign {sister.campaign}, named before", "name each batch once"
            )
        sisters.append(sister)
    body = ev.SistersSearched(
        nonconformity, fault.criterion or "any fault of the same kind", tuple(sisters), none_exist
    )
    return _drafted(campaign, body, at)


def _sister(state: Campaign, fault: Fault, folder: str | Path) -> ev.SisterBatch:
    proof = read_other(folder)
    other = proof.state
    if other.id == state.id:
        raise RefusedError(f"{folder} is this campaign itself", "name other batches")
    if not associated(state, other):
        raise RefusedError(
            f"{folder} shares neither product, recipe, equipment nor component lot with {state.id}",
            "name batches that may be associated with the failure (21 CFR 211.192)",
        )
    made = this_batch(other)
    lot = made.lot if made else ""
    return ev.SisterBatch(other.id, lot, other.size, proof.root_sha256, same_fault(fault, other))


def cite_batches(
    campaign: OpenCampaign, folders: Sequence[str | Path], *, at: datetime | None = None
) -> Draft:
    """Draft a citation of earlier batches of the process, in the order they were begun.

    Parameters
    ----------
    folders
        Campaign folders or bundles, in any order.
    at
        When it is cited; now where left out.

    Raises
    ------
    RefusedError
        If none is named, or one cannot be read, is damaged, was never made, or is this campaign; the
        message names it.
    """
    if not folders:
        raise RefusedError("no batch is named", "name the folders or bundles of earlier batches")
    own = campaign.state()
    cited = []
    for folder in folders:
        proof = read_other(folder)
        state = proof.state
        if state.id == own.id:
            raise RefusedError(f"{folder} is this campaign itself", "it counts by itself; name earlier ones")
        if own.product and state.product and own.product.id != state.product.id:
            raise RefusedError(
                f"{folder} makes {state.product.id}, not {own.product.id}", "cite batches of one process"
            )
        cited.append((_begun(state), _cited(state, proof.root_sha256, folder)))
    cited.sort(key=lambda pair: (pair[0], pair[1].campaign))
    return _drafted(campaign, ev.ProcessCited(tuple(batch for _, batch in cited)), at)


def _begun(state: Campaign) -> datetime:
    """Return when a batch began: its first phase, or its opening."""
    moves = [e.occurred_at for e in state.all(ev.PhaseMoved) if e.body.state == "execute"]
    return min(moves or [event.occurred_at for event in state.all(ev.CampaignOpened)])


def _cited(state: Campaign, root_sha256: str, folder: str | Path) -> ev.CitedBatch:
    made = this_batch(state)
    if made is None:
        raise RefusedError(
            f"{folder}: its batch was neither made nor lost", "cite batches that came to an end"
        )
    ended: list[datetime] = [event.occurred_at for event in state.all(ev.Lost)]
    if made.outcome != "lost":
        ended = [e.occurred_at for e in state.all(ev.DispositionDecided)] or [_last_known(state)]
    return ev.CitedBatch(
        campaign=state.id,
        recipe=made.recipe,
        version=made.version,
        lot=made.lot,
        decision=made.outcome,
        decided_at=ended[-1],
        entries=state.size,
        root_sha256=root_sha256,
    )


def _last_known(state: Campaign) -> datetime:
    assert state.recorded_until is not None
    return state.recorded_until


def _drafted(
    campaign: OpenCampaign, body: ev.SistersSearched | ev.ProcessCited, at: datetime | None
) -> Draft:
    return Draft(
        type=ev.TYPE_OF[type(body)],
        body=body,
        at=at or datetime.now(UTC).replace(microsecond=0),
        writer=campaign.events()[0].writer,
        origin="recorded",
        source="",
    )
