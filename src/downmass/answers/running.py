"""What runs on the batch: phases and what moved them, commands on their way, timers, equipment, alarms."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from downmass.answers.answer import Table, Value
from downmass.answers.case import Case
from downmass.answers.telling import minute
from downmass.disciplines.execution.conduct import (
    charges,
    equipment_standings,
    execution_findings,
    open_alarms,
)
from downmass.disciplines.execution.packml import ACTING, PAUSED
from downmass.disciplines.execution.recipes import governing_recipe
from downmass.disciplines.execution.soundness import blocking
from downmass.disciplines.execution.standing import (
    CommandStanding,
    PhaseStanding,
    command_standings,
    phase_standings,
    timer_standings,
)
from downmass.disciplines.ledger.expected import standings as devices
from downmass.disciplines.quality.exceptions import means_findings, open_alarm_findings
from downmass.disciplines.quality.release import as_assessed
from downmass.facts import event as ev
from downmass.facts.finding import Finding

CAUSES = {
    "inside": "a cause inside the unit",
    "outside": "a cause outside the unit",
    "timer": "a timer",
    "done": "its own end",
}
"""What moved a phase, in words; a command and a person are named."""


QUIET = timedelta(minutes=45)
"""How old the last word of a device may be before a headline says so."""


def now_running(case: Case) -> str:
    """Return the clause of the headline that names the phase that runs, stands or ended badly; or ``""``."""
    standings = phase_standings(case.campaign, case.as_of)
    paused = [s for s in standings if s.state in PAUSED]
    broken = [s for s in standings if s.state in ("aborting", "aborted", "stopping", "stopped", "clearing")]
    running = [s for s in standings if s.state in ACTING and s not in paused and s not in broken]
    told = [(one, _pause(one)) for one in paused] + [(one, _since(one)) for one in (*broken, *running)]
    return f"; {told[0][1]}{_silence(case, told[0][0])}" if told else ""


def _silence(case: Case, standing: PhaseStanding) -> str:
    """Return since when nothing was heard of the device that runs a phase, where that is a while."""
    writer = standing.last.writer if standing.last else ""
    heard = [one.heard_at for one in devices(case.campaign) if one.writer == writer and one.heard_at]
    if not heard or case.as_of - heard[0] < QUIET:
        return ""
    return f", as last heard at {minute(heard[0])} UTC"


def _pause(standing: PhaseStanding) -> str:
    since = minute(standing.paused_since)
    why = standing.reason or "no reason told"
    side = {"inside": ", inside the unit", "outside": ", outside the unit"}.get(standing.cause or "", "")
    return f"{standing.phase.title} has been {standing.state} since {since} UTC ({why}{side})"


def _since(standing: PhaseStanding) -> str:
    verb = "running" if standing.state == "execute" else standing.state
    why = f" ({standing.reason})" if standing.reason and standing.state != "execute" else ""
    return f"{standing.phase.title} has been {verb} since {minute(standing.since)} UTC{why}"


def lasting(span: timedelta | None) -> str:
    """Return a time span in the unit it is read best in, or a dash.

    Examples
    --------
    >>> lasting(timedelta(seconds=2.6)), lasting(timedelta(minutes=90)), lasting(timedelta(days=30))
    ('2.6 s', '90.0 min', '30.0 d')
    """
    if span is None:
        return "-"
    seconds = span.total_seconds()
    for unit, length, most in (("s", 1, 120), ("min", 60, 7200), ("h", 3600, 172_800)):
        if abs(seconds) < most:
            return f"{seconds / length:.1f} {unit}"
    return f"{seconds / 86_400:.1f} d"


def running_values(case: Case) -> Iterator[Value]:
    """Yield how far the procedure is, and what is on its way to or from the device."""
    if case.campaign.last(ev.ControlRecipeFrozen) is None:
        return
    standings = phase_standings(case.campaign, case.as_of)
    complete = sum(one.state == "complete" for one in standings)
    pending = sum(one.outcome == "pending" for one in command_standings(case.campaign))
    yield Value(
        "phases complete", "1", exact=str(complete), note=f"of {len(standings)} in the control recipe"
    )
    yield Value("commands not answered", "1", exact=str(pending))
    yield Value("alarms open", "1", exact=str(len(open_alarms(case.campaign))))


def running_tables(case: Case) -> Iterator[Table]:
    """Yield the phases, then commands, timers, alarms, equipment and materials where there are any."""
    made = (_phases(case), _commands(case), _timers(case), _alarms(case), _equipment(case), _materials(case))
    yield from (table for table in made if table.rows)


def running_findings(case: Case) -> tuple[Finding, ...]:
    """Return what was out of order in the execution as of the moment, what blocks first.

    What a closed nonconformity has assessed blocks no more; whether one takes up each alarm is told
    by the answer about quality.
    """
    if case.campaign.last(ev.ControlRecipeFrozen) is None:
        return ()
    judged = execution_findings(case.campaign, case.as_of), means_findings(case.campaign, case.as_of)
    found = (
        *as_assessed(case.campaign, [finding for findings in judged for finding in findings]),
        *open_alarm_findings(case.campaign),
    )
    return tuple(dict.fromkeys([*blocking(found), *found]))


def _phases(case: Case) -> Table:
    recipe = governing_recipe(case.campaign)
    standings = {one.phase.id: one for one in phase_standings(case.campaign, case.as_of)}
    commands = {one.command: one for one in command_standings(case.campaign)}
    rows = []
    for procedure in recipe.procedure if recipe else ():
        for operation in procedure.operations:
            for phase in operation.phases:
                stands = standings[phase.id]
                rows.append(
                    (
                        f"{procedure.title} > {operation.title} > {phase.title}",
                        stands.state,
                        minute(stands.since),
                        _mover(stands, commands),
                        lasting(stands.executed) if stands.runs else "-",
                        f"{phase.duration_h} h",
                        phase.autonomy,
                        stands.last.origin if stands.last else "-",
                    )
                )
    columns = ("phase", "state", "since (UTC)", "moved by", "ran", "planned", "autonomy", "origin")
    return Table("Phases of the control recipe", columns, tuple(rows))


def _mover(standing: PhaseStanding, commands: dict[str, CommandStanding]) -> str:
    """Return who or what moved a phase to where it stands, and why."""
    move = standing.moved_by
    if move is None:
        return "-"
    why = f": {standing.reason}" if standing.reason else ""
    command = commands.get(move.body.command)
    if command is not None:
        return f"{command.verb} by {command.by} ({command.command}){why}"
    cause = CAUSES.get(move.body.cause, "")
    return f"{cause}{why}" if cause else standing.reason or "-"


def _commands(case: Case) -> Table:
    rows = tuple(
        (
            f"{one.command}: {one.verb} {one.phase}",
            one.by,
            minute(one.sent_at),
            minute(one.received_at),
            minute(one.executed_at),
            lasting(one.underway),
            lasting(one.waited),
            one.outcome + (f": {one.reason}" if one.reason else ""),
        )
        for one in command_standings(case.campaign)
    )
    columns = ("command", "by", "sent (UTC)", "received", "executed", "under way", "waited", "outcome")
    return Table("Commands", columns, rows)


def _timers(case: Case) -> Table:
    rows = tuple(
        (
            one.timer,
            one.purpose,
            one.phase,
            minute(one.due),
            f"{one.status} {minute(one.ended_at)}" if one.ended_at else "open",
            lasting(one.overdue(case.as_of)) if one.overdue(case.as_of) else "-",
        )
        for one in timer_standings(case.campaign)
    )
    return Table("Timers", ("timer", "for", "phase", "due (UTC)", "state", "overdue"), rows)


def _alarms(case: Case) -> Table:
    seen = {event.body.alarm: event.body for event in case.campaign.all(ev.AlarmAcknowledged)}
    rows = []
    for event in case.campaign.all(ev.AlarmRaised):
        told, answer = event.body, seen.get(event.body.alarm)
        by = f"{answer.person}: {answer.action}" if answer else "open"
        rows.append((told.alarm, told.severity, minute(event.occurred_at), told.text, told.phase or "-", by))
    columns = ("alarm", "severity", "raised (UTC)", "what", "phase", "acknowledged by")
    return Table("Alarms", columns, tuple(rows))


def _equipment(case: Case) -> Table:
    rows = tuple(
        (
            one.unit,
            f"{one.equipment} ({one.model})",
            minute(one.calibrated_until),
            minute(one.cleaned_at),
            ", ".join(minute(at) for at in one.used_at) or "not yet",
        )
        for one in equipment_standings(case.campaign)
    )
    columns = ("unit", "equipment", "calibrated until (UTC)", "cleaned", "runs begun on it")
    return Table("Equipment", columns, rows)


def _materials(case: Case) -> Table:
    rows = tuple(
        (one.title, f"{one.wanted} {one.unit}", f"{one.charged} {one.unit}", ", ".join(one.lots) or "-")
        for one in charges(case.campaign)
    )
    return Table("Materials charged", ("material", "formula", "charged", "from lots"), rows)
