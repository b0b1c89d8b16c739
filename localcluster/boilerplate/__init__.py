"""What recurs in texts without telling rows apart: salutations, signatures, footers, quoted mail.

``units`` takes a text apart, ``statistics`` counts how its parts recur over rows, ``density`` says how
near each is to parts of other rows, ``weights`` holds the constants that tell frame from content, and
``trim`` leaves the frame out of what models read.
"""

from localcluster.boilerplate.trim import Trimmed, Trimmer, recurring
from localcluster.boilerplate.units import units_of

__all__ = ["Trimmed", "Trimmer", "recurring", "units_of"]
