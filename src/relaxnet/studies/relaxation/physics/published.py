"""Parameters of real materials, as open sources print them."""

from .parameters import GAS_CONSTANT, TNMParameters

MATERIALS = {
    name: TNMParameters(ln_a, dh_over_r_kk * 1e3 * GAS_CONSTANT, x, beta)
    for name, (dh_over_r_kk, ln_a, x, beta) in {
        "As2Se3": (38.3, -79.21, 0.57, 0.71),
        "a-Se": (42.8, -133.0, 0.52, 0.65),
        "acetaminophen": (55.0, -183.0, 0.40, 0.75),
        "griseofulvin": (62.1, -170.0, 0.45, 0.75),
        "nifedipine": (60.5, -189.0, 0.39, 0.69),
        "acetaminophen-aspirin": (43.7, -160.0, 0.50, 0.70),
    }.items()
}
