"""The run folder: checkpoints that survive kill -9, the finished result, and the exported tables.

Open it with :meth:`RunFolder.open`, compute through :meth:`RunFolder.arrays`, :meth:`RunFolder.json`
and :meth:`RunFolder.chunked` under a key from :func:`key_of`, and end with :func:`result_to_folder`.
What a model was asked, and answered, is in an :class:`AnswerStore`.
"""

from localcluster.store.answers import ANSWERS, COLUMNS, AnswerStore, find_answers
from localcluster.store.answers_export import export_answers
from localcluster.store.export import cluster_columns, clusters_csv, slug, write_clusters_csv
from localcluster.store.files import write_atomic
from localcluster.store.keys import key_of
from localcluster.store.readings import Decision, Kind, Purpose, Reading, ReadingCount
from localcluster.store.result import load_result, result_to_folder, withdraw_result
from localcluster.store.row_evidence import RowEvidence, read_row_evidence, write_row_evidence
from localcluster.store.run_folder import RunFolder, check_usable

__all__ = [
    "ANSWERS",
    "COLUMNS",
    "AnswerStore",
    "Decision",
    "Kind",
    "Purpose",
    "Reading",
    "ReadingCount",
    "RowEvidence",
    "RunFolder",
    "check_usable",
    "cluster_columns",
    "clusters_csv",
    "export_answers",
    "find_answers",
    "key_of",
    "load_result",
    "read_row_evidence",
    "result_to_folder",
    "slug",
    "withdraw_result",
    "write_atomic",
    "write_clusters_csv",
    "write_row_evidence",
]
