"""From a question's word to its answer: the table of the nine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any

from downmass.answers.answer import QUESTIONS, Answer
from downmass.answers.case import Case
from downmass.answers.custody import custody
from downmass.answers.failures import failures
from downmass.answers.pays import pays
from downmass.answers.quality import quality
from downmass.answers.slip import slip
from downmass.answers.track import track
from downmass.answers.when import when
from downmass.answers.where import where
from downmass.answers.worth import worth
from downmass.base.errors import InputError

ANSWERS: Mapping[str, Callable[..., Answer]] = {
    "when": when,
    "slip": slip,
    "quality": quality,
    "custody": custody,
    "track": track,
    "failures": failures,
    "pays": pays,
    "worth": worth,
    "where": where,
}


def answer_question(question: str, case: Case, options: Mapping[str, Any]) -> Answer:
    """Answer one of the nine questions about a case.

    Parameters
    ----------
    options
        ``days`` or ``until`` for ``slip``, ``break_even`` for ``worth``; none are ignored.

    Raises
    ------
    InputError
        If there is no such question, or it does not take an option.
    """
    if question not in ANSWERS:
        near = get_close_matches(question, QUESTIONS, 1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise InputError(
            f"{question!r} is not one of the nine questions", f"{hint}ask {', '.join(QUESTIONS)}"
        )
    given = {key: value for key, value in options.items() if value is not None}
    allowed = {"slip": {"days", "until"}, "worth": {"break_even"}}.get(question, set())
    strange = sorted(set(given) - allowed)
    if strange:
        raise InputError(
            f"{question} takes no option {strange[0]!r}", f"it takes {', '.join(sorted(allowed)) or 'none'}"
        )
    return ANSWERS[question](case, **given)
