"""Random points of the whole state space, dh, ln A, x and beta continuous; shared with ``benchmarks/``."""

import numpy as np

from relaxnet.studies.relaxation.dataset.state_space import ln_a_bounds
from relaxnet.studies.relaxation.physics import describe, simulate_many

LARGEST_CP_N = 6.0


def random_sets(count, seed):
    """Columns ``ln_a, dh_j_per_mol, x, beta`` of ``count`` sets with cp_n,max <= 6."""
    generator = np.random.default_rng(seed)
    kept = np.empty((0, 4))
    while len(kept) < count:
        dh = generator.uniform(2e5, 12e5, count)
        ln_a = generator.uniform(*ln_a_bounds(dh))
        sets = np.column_stack([ln_a, dh, *generator.uniform(0.2, 1.0, (2, count))])
        kept = np.concatenate([kept, sets[describe(simulate_many(sets)).cp_n_max.max(axis=1) <= LARGEST_CP_N]])
    return kept[:count]
