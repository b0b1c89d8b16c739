"""Every number taken from a paper, with its source. What we chose ourselves stands where it is used.

ClusterLLM: Zhang, Wang, Shang (2023), arXiv 2305.14871, and its released code
(zhang-yu-wei/ClusterLLM, "code" below). ESMC: arXiv 2512.00725.
"""

from __future__ import annotations

from typing import Final

# --- ClusterLLM, entropy-based triplet sampling (section 3.1; code: perspective/1_predict_triplet) ---

#: Degrees of freedom of the Student's t kernel in the soft assignment (equation 1).
STUDENT_T_FREEDOM: Final = 1.0
#: Share of all clusters that count as closest to a row ...
CLOSEST_SHARE: Final = 0.02
#: ... but at least this many (section 3.1).
CLOSEST_MIN: Final = 2
#: Share of rows, by falling entropy, that queries are drawn from (code).
UNCERTAIN_SHARE: Final = 0.2
#: Triplets asked on a data set (section 4.2).
TRIPLETS: Final = 1024

# --- ClusterLLM, fine-tuning (section 3.1, equation 4; code: perspective/2_finetune) ---

#: Temperature of the contrastive loss over positive, negative and in-batch candidates.
FINETUNE_TEMPERATURE: Final = 0.01
#: Learning rate.
FINETUNE_LEARNING_RATE: Final = 2e-6
#: Passes over the triplets.
FINETUNE_EPOCHS: Final = 15
#: Triplets per step.
FINETUNE_BATCH: Final = 4

# --- ClusterLLM, questions (section 3.2; code: granularity/predict_pairs.py) ---

#: Worked examples, pairs with their answer, in front of each pairwise question.
WORKED_EXAMPLES: Final = 4

# --- ClusterLLM, granularity (section 3.2; code: granularity/) ---

#: Fewest and most clusters considered: pairs are drawn from the merges between them (code).
GRANULARITY_K_MIN: Final = 2
GRANULARITY_K_MAX: Final = 200
#: Pairs asked per merge (code; three is the paper's larger setting).
GRANULARITY_PAIRS_PER_STEP: Final = 1
#: Weight of recall against precision in the F-beta of a cut and the answers (section 3.2; code).
GRANULARITY_BETA: Final = 0.92

# --- ESMC, clustering head (released code, JCSTARS/Embedding-Selective-Multiple-Clustering) ---

#: Units of the layer between the two linear maps.
HEAD_HIDDEN: Final = 512
#: Learning rate of Adam.
HEAD_LEARNING_RATE: Final = 1e-4
#: Passes over the pseudo labels; ours stops earlier where held-out pseudo labels say so.
HEAD_EPOCHS: Final = 200
#: Share of every cluster, nearest its centre, that serves as pseudo labels.
HEAD_CONFIDENT_SHARE: Final = 0.3
