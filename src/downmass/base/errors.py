"""The tree of refusals; each says what was refused, where, and the way out.

```
DownmassError
├── InputError                what a person supplied cannot be read or cannot be true
│   ├── InstantError          a time without a zone, or that is no time
│   ├── UnitError             an unknown unit, or one of another dimension
│   ├── ElementsError         an element set that is torn or outside SGP4's range
│   └── VersionError          a document or campaign from a newer version
├── NotFoundError             a campaign, entry, site or catalogue row that is not there
├── RefusedError              an act the rules do not allow to this person or at this point
├── StoreError                a store that cannot promise what was asked of it
│   └── StaleHeadError        somebody else appended first; nothing was written
├── DamageError               stored bytes that do not prove what they claim
└── NoPlanError               a plan that cannot exist, with the constraints that forbid it
```

Faults in what people recorded are not errors but findings
(:class:`downmass.facts.finding.Finding`).
"""

from __future__ import annotations


class DownmassError(Exception):
    """Something was refused.

    Parameters
    ----------
    message
        What was refused and where (file, line, entry id).
    remedy
        The way out, as an instruction to a person.
    """

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.remedy = remedy


class InputError(DownmassError, ValueError):
    """What a person supplied cannot be read or cannot be true."""


class InstantError(InputError):
    """A time without a zone, or text that is no time."""


class UnitError(InputError):
    """An unknown unit, or a unit of another dimension."""


class ElementsError(InputError):
    """An element set that is torn, damaged or outside SGP4's range."""


class VersionError(InputError):
    """A document or campaign written by a newer version."""


class NotFoundError(DownmassError):
    """A campaign, entry, site or catalogue row that is not there."""


class RefusedError(DownmassError):
    """An act the rules do not allow to this person or at this point."""


class StoreError(DownmassError):
    """A store that cannot promise what was asked of it."""


class StaleHeadError(StoreError):
    """Somebody else appended first; nothing of ours was written and nothing was lost."""


class DamageError(DownmassError):
    """Stored bytes that do not prove what they claim."""


class NoPlanError(DownmassError):
    """A plan that cannot exist; the message names the constraints that forbid it."""
