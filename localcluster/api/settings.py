"""Parameters as a notebook gives them, as the settings of a run."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import Any, TypeAlias

import numpy as np
from sklearn.utils import check_random_state

from localcluster.config import K
from localcluster.errors import ConfigError, InputError
from localcluster.items import Items
from localcluster.items.notes import counted

#: One number for all criteria (an int, a range, or None), or a list with one for each.
Clusters: TypeAlias = K | Sequence[K]
RandomState: TypeAlias = int | np.random.RandomState | None

_MAX_SEED = 2**32 - 1


def criteria_of(by: str | Sequence[str]) -> tuple[str, ...]:
    """One criterion or several as a tuple.

    Raises
    ------
    ConfigError
        For none, an empty one, one given twice, or what is no string.
    """
    given = (by,) if isinstance(by, str) else tuple(by) if isinstance(by, (list, tuple)) else ()
    if not given or not all(isinstance(criterion, str) and criterion.strip() for criterion in given):
        raise ConfigError(
            f"by={by!r} is no criterion. Say in a few words what to cluster by, or give a list of such "
            'phrases: by="topic", by=["topic", "mood of the writer"].'
        )
    if len({" ".join(criterion.split()).casefold() for criterion in given}) < len(given):
        raise ConfigError(f"by={by!r} names a criterion twice. Name each once.")
    return given


def criterion_of(by: str) -> str:
    """The one criterion of a stage; :class:`ConfigError` for several, none, or what is no string."""
    if not isinstance(by, str) or not by.strip():
        raise ConfigError(
            f'by={by!r} is not one criterion. Say in a few words what to cluster by: by="topic".'
        )
    return by


def clusters_of(n_clusters: Clusters, n_criteria: int) -> tuple[K, ...]:
    """Numbers of clusters as the settings hold them: one for all, or one for each criterion.

    A tuple of two is a range, a list has one entry per criterion.

    >>> clusters_of((5, 50), 2), clusters_of([2, (3, 9)], 2)
    (((5, 50),), (2, (3, 9)))

    Raises
    ------
    ConfigError
        For another type, fewer than 2 clusters, an empty range, or a list of another length.
    """
    if isinstance(n_clusters, list):
        if len(n_clusters) != n_criteria:
            raise ConfigError(
                f"n_clusters has {len(n_clusters)} entries for {n_criteria} criteria. Give one for each, or "
                "one for all: n_clusters=5, n_clusters=(5, 50) or n_clusters=None."
            )
        return tuple(_clusters(entry) for entry in n_clusters)
    return (_clusters(n_clusters),)


def _clusters(given: Any) -> K:
    if given is None:
        return None
    if _is_int(given) and given >= 2:
        return int(given)
    if isinstance(given, tuple) and len(given) == 2 and all(map(_is_int, given)):
        low, high = int(given[0]), int(given[1])
        if 2 <= low < high:
            return low, high
    raise ConfigError(
        f"n_clusters={given!r} is no number of clusters. Give a whole number of at least 2, a range such as "
        "(5, 50), or None to have it found; for several criteria one for all or a list with one for each."
    )


def _is_int(given: object) -> bool:
    return isinstance(given, Integral) and not isinstance(given, bool)


def seed_of(random_state: object) -> int:
    """A seed from what scikit-learn calls a random state; None draws one.

    Raises
    ------
    ConfigError
        For anything that scikit-learn would not take either.
    """
    if isinstance(random_state, Integral) and 0 <= int(random_state) <= _MAX_SEED:
        return int(random_state)
    try:
        return int(check_random_state(random_state).randint(np.iinfo(np.int32).max))
    except ValueError as error:
        raise ConfigError(
            f"random_state={random_state!r} is no seed. Give a whole number from 0 to {_MAX_SEED}, a "
            "numpy RandomState, or None for another result each time."
        ) from error


def check_rows(items: Items, ks: Sequence[K]) -> None:
    """Raise :class:`InputError` where there are fewer distinct rows than clusters asked for."""
    fewest = max((k[0] if isinstance(k, tuple) else k or 2) for k in ks)
    distinct = len(np.unique(items.inverse[~items.empty]))
    if distinct < fewest:
        raise InputError(
            f"{fewest} clusters need as many distinct rows, and there {'is' if distinct == 1 else 'are'} "
            f"{distinct} ({counted(len(items), 'row')} in all, those without content not counted). Give more "
            "rows" + (f", or n_clusters={distinct}." if distinct >= 2 else ".")
        )
