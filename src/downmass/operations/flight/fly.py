"""``downmass fly``: a campaign flown on a simulated device, by the commands a real one would be given."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from downmass.base.errors import NotFoundError, RefusedError
from downmass.base.instant import Window
from downmass.disciplines.ledger.bundle import write_bundle
from downmass.facts import event as ev
from downmass.operations.desk import Desk
from downmass.operations.draft import Draft
from downmass.operations.edge import Edge
from downmass.operations.files import LEDGER, read_text
from downmass.operations.flight.again import Again
from downmass.operations.flight.control import CITED, Control
from downmass.operations.flight.executive import Executive, Orders
from downmass.operations.flight.fitting import fit_faults, fit_script
from downmass.operations.flight.logger import Recorder, packed
from downmass.operations.flight.plant import SimulatedPlant
from downmass.operations.flight.script import Act, Fault, read_faults, read_script
from downmass.operations.flight.world import World
from downmass.operations.keys import ExampleKeys
from downmass.operations.knowledge import TEMPLATES, data_text, example_folder
from downmass.operations.opening import FLOWN, OpenCampaign, campaign_id
from downmass.operations.promise import read_promise
from downmass.operations.sisters import cite_batches, search_sisters
from downmass.operations.syncing import FolderInbox
from downmass.stores.port import Store
from downmass.stores.sqlite import SqliteStore

SCRIPT = "flight.toml"
DEVICES = "devices"

SEARCHED = "investigation.searched"

LONGEST_STEP = timedelta(days=7)
"""Longest step of a flight: nobody looks at anything less often."""


def _whole_second(at: datetime) -> datetime:
    """Return the first whole second not before an instant: steps of less would measure nothing."""
    return at if not at.microsecond else at.replace(microsecond=0) + timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Flown:
    """What came of a flight, or of the part of it that was flown."""

    campaign: str
    folder: Path
    entries: int
    now: datetime
    finished: bool
    faults: tuple[str, ...] = ()

    def lines(self) -> tuple[str, ...]:
        """Return it in words: how far it came, and each fault it met."""
        state = "flown to its end" if self.finished else "not at its end: the same command flies on"
        came = f"{self.campaign}: {self.entries} entries by {self.now:%Y-%m-%d %H:%M} UTC, {state}"
        return (came, *(f"  {fault}" for fault in self.faults))


def flight_folder(campaign: str, out: Path) -> Path:
    """Return the folder a campaign is flown in; that of an example is made, once, from its documents.

    Raises
    ------
    NotFoundError
        If there is neither such a folder nor such an example.
    """
    if Path(campaign).is_dir():
        return Path(campaign)
    source = example_folder(campaign)
    folder = out / campaign
    if not folder.exists():
        folder.mkdir(parents=True)
        for name in ("campaign.toml", SCRIPT):
            if (source / name).is_file():
                shutil.copy(source / name, folder / name)
    return folder


class Flight:
    """A flight in a folder: it begins there, or goes on where it was cut off.

    Parameters
    ----------
    folder
        A campaign folder with ``campaign.toml`` and ``flight.toml``.
    seed
        Seed of everything that scatters; the campaign's own where left out.
    faults
        A fault script in place of the flight's own faults.
    earlier
        Folders of earlier batches, searched and cited as acts of the script ask for it.

    Raises
    ------
    NotFoundError
        If the folder has no flight script.
    InputError
        If script or faults name what the campaign does not have; the message names file and field.
    RefusedError
        If the folder's campaign was opened for good and not by a flight: nothing is simulated into a
        record of real work.
    """

    def __init__(
        self,
        folder: Path,
        seed: int | None = None,
        faults: Path | None = None,
        earlier: Sequence[Path] = (),
    ) -> None:
        if not (folder / SCRIPT).is_file():
            raise NotFoundError(
                f"{folder} has no {SCRIPT}", "take one from an example: downmass fly zblan flies a copy of it"
            )
        self.folder = folder
        opening = self._opening(seed)
        script = read_script(read_text(folder / SCRIPT), str(folder / SCRIPT))
        fit_script(script, opening, str(folder / SCRIPT))
        if faults is not None:
            script = script.with_faults(read_faults(read_text(faults), str(faults)))
            fit_faults(script.faults, opening, str(faults))
        self.script = script
        self.id = campaign_id(folder)
        self._stood: dict[str, int] = {}
        self._store: Store = SqliteStore(folder / LEDGER)
        if self._store.head(self.id) and not (folder / DEVICES).is_dir():
            self._store.close()
            raise RefusedError(
                f"the campaign in {folder} is open and was not flown by a simulator",
                "fly in a folder of its own",
            )
        own = next(draft.body.seed for draft in opening if isinstance(draft.body, ev.CampaignOpened))
        self._ahead: datetime | None = None
        self.world = self._world(own)
        self._ground = opening[0].writer
        self._keys = ExampleKeys()
        self._store = self._as_it_stood(self._store, self._ground)
        self.desk = Desk(self._store, self.id, self._keys, lambda: self.world.now)
        if not self._store.head(self.id):
            self.desk.record(opening)
        self._devices: dict[str, Store] = {}
        self._earlier = tuple(earlier)
        self._crew()

    def _opening(self, seed: int | None) -> list[Draft]:
        name = str(self.folder / "campaign.toml")
        opening = list(read_promise(read_text(self.folder / "campaign.toml"), data_text(TEMPLATES), name))
        if seed is None:
            return opening
        return [
            replace(draft, body=replace(draft.body, seed=seed))
            if isinstance(draft.body, ev.CampaignOpened)
            else draft
            for draft in opening
        ]

    def _world(self, seed: int) -> World:
        path = self.folder / FLOWN
        if path.is_file():
            world, self._ahead, self._stood = World.load(self.script, seed, path)
            return world
        path.parent.mkdir(exist_ok=True)
        return World.at_beginning(self.script, seed)

    def _as_it_stood(self, store: Store, writer: str) -> Store:
        """Return a log as it stood when the step began that is now done again; new ones as they are."""
        return Again(store, self.id, self._stood[writer]) if writer in self._stood else store

    def _crew(self) -> None:
        told, world = self.script.device, self.world
        device = self._edge(
            told.writer,
            lambda: world.clock(told.writer, told.clock_error_s, told.clock_drift_ppm, jumps=True),
        )
        roster = self.script.roster
        orders = Orders(
            told.software, told.clock_uncertainty_s, told.drift_bound_ppm, told.sample_s,
            roster.minds.get("crew", ""), self.script.source,
        )  # fmt: skip
        self._device = device
        self._executive = Executive(device, SimulatedPlant(world), orders)
        inbox = FolderInbox(self.folder / "inbox")
        self._control = Control(
            self.desk, self._ground, device, inbox, world, self._from_earlier if self._earlier else None
        )
        self._recorder = None
        if self.script.logger is not None:
            logger = self.script.logger
            edge = self._edge(
                logger.writer,
                lambda: world.clock(logger.writer, logger.clock_error_s, logger.clock_drift_ppm, jumps=False),
            )
            source = self.script.source
            self._recorder = Recorder(edge, self.desk, self._ground, inbox, world, logger, source)

    def _from_earlier(self, act: Act) -> Draft | None:
        """Return what an act records of earlier batches: the sisters searched, or the batches cited."""
        if act.type not in (CITED, SEARCHED):
            return None
        campaign = OpenCampaign(self.id, str(self.folder), self._store, self._keys)
        if act.type == CITED:
            draft = cite_batches(campaign, self._earlier, at=self.world.now)
        else:
            nonconformity = str((act.body or {})["nonconformity"])
            draft = search_sisters(campaign, nonconformity, self._earlier, at=self.world.now)
        source = f"{self.script.source}, act {act.id}"
        return replace(draft, writer=self._ground, origin="simulated", source=source)

    def _edge(self, writer: str, clock: Callable[[], datetime]) -> Edge:
        """Return a device on its own store, commissioned from the ground's log where it is new."""
        place = self.folder / DEVICES / writer
        place.mkdir(parents=True, exist_ok=True)
        store = self._devices[writer] = self._as_it_stood(SqliteStore(place / LEDGER), writer)
        monotonic, told = self.world.elapsed_s, self.script.source
        if store.head(self.id):
            edge = Edge(store, self.id, writer, self._keys, clock, monotonic, None, "simulated", told)
        else:
            bundle = write_bundle(self.desk.entries(), self._store.checkpoint(self.id) or "")
            edge = Edge.commission(
                store, bundle, writer, self._keys, clock, monotonic, None, "simulated", told
            )
        edge.keep_time()
        return edge

    def fly(self, until: datetime | None = None) -> Iterator[datetime]:
        """Fly step by step, yielding the true time after each; everything is on disk by then."""
        ends = min(until, self.script.ends) if until else self.script.ends
        if not (self.folder / FLOWN).is_file():
            self._keep(self.world.now)
        while self._ahead or not (self.finished() or self.world.now >= ends):
            if self._ahead is None:
                self._keep(min(self._next(), ends))
            assert self._ahead is not None
            self._advance(self._ahead)
            self._step()
            self._ahead = None
            yield self.world.now
        self._keep(None)

    def _keep(self, ahead: datetime | None) -> None:
        """Keep the world before time passes: who is cut off in a step does that same step again, in full."""
        stood = {writer: store.head(self.id) for writer, store in self._devices.items()}
        stood[self._ground] = self._store.head(self.id)
        self.world.save(self.folder / FLOWN, ahead, stood if ahead else {})
        self._ahead = ahead

    def _advance(self, to: datetime) -> None:
        before = self._device.now()
        self.world.advance(to)
        after = self._device.now()
        self._span = Window(before, after) if after > before else None

    _span: Window | None = None

    def _step(self) -> None:
        if self._control.did(self.script.device.after) and not self.world.trouble("brown_out"):
            self.world.begun.setdefault(f"clock:{self.script.device.writer}", self.world.now)
            self._executive.step(self._span, self.world.power_sessions())
        self._control.step()
        logger = self.script.logger
        if self._recorder is not None and logger is not None:
            self._recorder.step(packed(self._device, logger.begins), self._control.did(logger.ends))
            self._control.step()

    def finished(self) -> bool:
        """Tell whether nothing is left to happen."""
        executive = self._executive
        return self._control.finished() and not executive.active() and not executive.waiting()

    def _next(self) -> datetime:
        """Return when something can happen next."""
        now = self.world.now
        later = [edge for edge in self.world.edges() if edge > now]
        later += [due for due in self._control.next_due() if due > now]
        shadow = self.world.next_shadow_edge()
        soon = self._executive.looks_in()
        if soon is not None and not self.world.trouble("brown_out"):
            return _whole_second(now + soon)
        active = self._executive.active()
        if active:
            later.append(now + timedelta(minutes=float(self.script.device.seal_min)))
            later += [due for due in self._timers() if due > now]
            if shadow is not None and self._executive.wants_sun():
                later.append(shadow)
        later += self._recorder.next_due() if self._recorder else ()
        return _whole_second(min([*(moment for moment in later if moment > now), now + LONGEST_STEP]))

    def _timers(self) -> Iterator[datetime]:
        """Yield when the device's timers fall due, in true time."""
        for left in self._executive.timers():
            yield self.world.now + left

    def flown(self) -> Flown:
        """Return what came of it so far."""
        faults = tuple(
            f"{fault.id}: {fault.text} ({lasts.opens:%Y-%m-%d %H:%M} to {lasts.closes:%Y-%m-%d %H:%M} UTC)"
            for fault, lasts in self.faults()
        )
        return Flown(self.id, self.folder, self.entries(), self.world.now, self.finished(), faults)

    def entries(self) -> int:
        """Return how many entries the ground's log has."""
        return self._store.head(self.id)

    def faults(self) -> list[tuple[Fault, Window]]:
        """Return the faults that have come, each with when it lasted, in true time."""
        return [(fault, lasts) for fault, lasts in self.world.faults() if lasts.opens <= self.world.now]

    def close(self) -> None:
        """Close every store; all is on disk already."""
        for store in (self._store, *self._devices.values()):
            store.close()
