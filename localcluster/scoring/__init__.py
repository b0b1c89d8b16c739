"""Agreement with known labels: ACC, NMI and ARI of the plain baseline and of ours, over seeds.

``run_benchmark(config, ("label",))`` gives a :class:`Benchmark`. Labels score what is finished; the fits
get the texts and, where asked, the number of distinct labels (``labels.texts_only``).
"""

from localcluster.scoring.fits import run_benchmark
from localcluster.scoring.summary import MEASURES, Benchmark, Comparison, Fit, Row, shown

__all__ = ["MEASURES", "Benchmark", "Comparison", "Fit", "Row", "run_benchmark", "shown"]
