"""Elastic constants that lie within the bounds of Voigt and Reuss and obey Hill's relations, whatever a network says.

In the plane of an extruded cell, without strain along the axis, the stiffness against (e11 + e22, e11 - e22) / sqrt 2
is a symmetric 2x2 matrix C between R, that of uniform stress, and V, that of uniform strain.  Both are diagonal: twice
the harmonic and the arithmetic mean of K = lambda + mu, and of mu.  So C = R + D S D with D = sqrt(V - R), for any
symmetric S with eigenvalues in (0, 1): here a logistic function of a symmetric matrix H.  The shear moduli lie
between the means of mu alike.  A network adds to the H of the estimate to second order in the contrast, and chooses the
reference media of that (`second_order`).

What happens along the axis follows (Hill, J. Mech. Phys. Solids 12 (1964) 199).  For e11 = e22 = e0 e33 with
e0 = -(lambda_2 - lambda_1) / (2 (K_2 - K_1)) both phases have the same in-plane stress, so that this uniform strain is
a solution for every arrangement of the phases, and its stress gives C13, C23 and C33.
"""

from typing import Any

import keras
import numpy as np
from keras import ops

from relaxnet.core.errors import InvalidInputError
from relaxnet.datasets.targets import Scaling

from ..physics.constants import CONSTANTS
from .second_order import in_plane, out_of_plane

PACKAGE = "relaxnet"
EVEN = 6  # columns of what `WithinBounds` takes that a quarter turn does not change; two more change their sign
_TINY = 1e-12
_MARGIN = 1e-4  # of the estimate to second order from the bounds, which layers reach: a logit must be finite


def check_outputs(outputs: int, network: str) -> None:
    """Refuse a loss that asks for more than the constants.

    Raises
    ------
    InvalidInputError
    """
    if outputs != len(CONSTANTS):
        allowed = f"one with {len(CONSTANTS)} outputs, the constants, which {network} computes"
        raise InvalidInputError("loss", f"one with {outputs} outputs", allowed)


class _Scaled(keras.layers.Layer):
    """Puts out constants in GPa by the scaling of the targets, which is adopted, not trained."""

    def build(self, *_: Any) -> None:
        """Make room for the scaling."""
        for name, start in (("offset", "zeros"), ("scale", "ones")):
            setattr(self, name, self.add_weight(shape=(9,), initializer=start, trainable=False, name=name))
        self.built = True

    def adopt(self, scaling: Scaling) -> None:
        """Put constants out in this scaling."""
        self.offset.assign(np.asarray(scaling.offset, dtype=np.float32))
        self.scale.assign(np.asarray(scaling.scale, dtype=np.float32))

    def call(self, *tensors: Any) -> Any:
        """Scaled constants, shape (n, 9)."""
        return (self.constants_gpa(*tensors) - self.offset) / self.scale

    def constants_gpa(self, *tensors: Any) -> Any:
        """C11, C22, C33, C12, C23, C13, C44, C55, C66 in GPa, shape (n, 9)."""
        raise NotImplementedError


@keras.saving.register_keras_serializable(package=PACKAGE)
class WithinBounds(_Scaled):
    """From a network's say (n, 8), moments (n, 5) of `SpectralMoments` and phases (n, 4) to scaled constants (n, 9).

    The columns of the first are added to h_kk, h_dd, h_66, the mean of h_44 and h_55; two place the reference media for
    the plane and for the shears out of it between the phases, by their logarithms; the last, odd under a quarter turn,
    are added to h_kd and to half of h_44 - h_55.
    """

    def constants_gpa(self, values: Any, moments: Any, phases: Any) -> Any:
        """Nine constants, without a division by K_2 - K_1, which may be 0."""
        return _constants_gpa(ops.unstack(values, EVEN + 2, axis=1), moments[:, 0], moments[:, 1:], phases)


@keras.saving.register_keras_serializable(package=PACKAGE)
class MeanOfBounds(_Scaled):
    """From the fraction (n, 1) and the phases (n, 4): the mean of the bounds of the stiffness (Hill's average)."""

    def constants_gpa(self, fraction: Any, phases: Any) -> Any:
        """Nine constants."""
        lame, mu = lame_gpa(phases)
        bulk = tuple(one + 2.0 / 3.0 * other for one, other in zip(lame, mu, strict=True))
        k, g = ((_low(fraction[:, 0], *pair) + _mean(fraction[:, 0], *pair)) / 2.0 for pair in (bulk, mu))
        return ops.stack([k + 4.0 / 3.0 * g] * 3 + [k - 2.0 / 3.0 * g] * 3 + [g] * 3, axis=1)


def lame_gpa(phases: Any) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    """Lame's constants lambda of the soft and the stiff phase, and their mu, in GPa, of phases (n, 4)."""
    lame, mu = [], []
    for place in (0, 2):
        e, nu = phases[:, place], phases[:, place + 1]
        lame.append(e * nu / ((1.0 + nu) * (1.0 - 2.0 * nu)))
        mu.append(e / (2.0 * (1.0 + nu)))
    return (lame[0], lame[1]), (mu[0], mu[1])


def logistic(a: Any, b: Any, c: Any) -> tuple[Any, Any, Any]:
    """Logistic function of the symmetric matrices ((a, c), (c, b)), by their eigenvalues; a and b come first."""
    middle, half = (a + b) / 2.0, (a - b) / 2.0
    radius = ops.sqrt(half * half + c * c + _TINY)
    high, low = ops.sigmoid(middle + radius), ops.sigmoid(middle - radius)
    slope = (high - low) / (2.0 * radius)
    return (high + low) / 2.0 + slope * half, (high + low) / 2.0 - slope * half, slope * c


def inverse_logistic(a: Any, b: Any, c: Any) -> tuple[Any, Any, Any]:
    """Inverse of `logistic`; eigenvalues that are 0 or 1, or beyond by rounding, count as `_MARGIN` away from it."""
    middle, half = (a + b) / 2.0, (a - b) / 2.0
    radius = ops.sqrt(half * half + c * c + _TINY)
    high, low = (_logit(value) for value in (middle + radius, middle - radius))
    slope = (high - low) / (2.0 * radius)
    return (high + low) / 2.0 + slope * half, (high + low) / 2.0 - slope * half, slope * c


def _logit(share: Any) -> Any:
    inside = ops.clip(share, _MARGIN, 1.0 - _MARGIN)
    return ops.log(inside / (1.0 - inside))


def _constants_gpa(h: Any, f: Any, moments: Any, phases: Any) -> Any:
    (lame, lame_stiff), (mu, mu_stiff) = lame_gpa(phases)
    k, dk, dmu, dlame = lame + mu, lame_stiff + mu_stiff - lame - mu, mu_stiff - mu, lame_stiff - lame
    k_gap, mu_gap = _gap(f, k, k + dk), _gap(f, mu, mu_stiff)  # mean - harmonic mean = contrast**2 gap
    k_low, mu_low, mu_range = _low(f, k, k + dk), _low(f, mu, mu_stiff), dmu * dmu * mu_gap
    first = _second_order(h[4], h[5], f, (k, k + dk, mu, mu_stiff), moments)
    k_width, mu_width = dk * dk * k_gap + _TINY, mu_range + _TINY
    start = inverse_logistic(
        (first[0] / 2.0 - k_low) / k_width,
        (first[1] / 2.0 - mu_low) / mu_width,
        first[2] / (2.0 * dk * dmu * ops.sqrt(k_gap * mu_gap) + _TINY),
    )
    s_kk, s_dd, s_kd = logistic(start[0] + h[0], start[1] + h[1], start[2] + h[6])
    h44, h55, h66 = (_logit((value - mu_low) / mu_width) for value in (*first[4:], first[3] / 2.0))
    kk_per_dk = 2.0 * (f * k / (f * k + (1.0 - f) * (k + dk)) + dk * k_gap * s_kk)  # (c_kk - 2 k) / dk
    kd_per_dk = 2.0 * dmu * ops.sqrt(k_gap * mu_gap) * s_kd
    kk, dd, kd = 2.0 * k + dk * kk_per_dk, 2.0 * (mu_low + mu_range * s_dd), dk * kd_per_dk
    axial = _mean(f, lame + 2.0 * mu, lame_stiff + 2.0 * mu_stiff) - dlame * dlame * k_gap * (1.0 - s_kk)
    logits = (h44 + h[3] + h[7], h55 + h[3] - h[7], h66 + h[2])
    shears = [mu_low + mu_range * ops.sigmoid(value) for value in logits]
    return ops.stack(
        [
            (kk + dd) / 2.0 + kd,
            (kk + dd) / 2.0 - kd,
            axial,
            (kk - dd) / 2.0,
            lame + dlame / 2.0 * (kk_per_dk - kd_per_dk),
            lame + dlame / 2.0 * (kk_per_dk + kd_per_dk),
            *shears,
        ],
        axis=1,
    )


def _second_order(plane: Any, out: Any, f: Any, moduli: Any, moments: Any) -> tuple[Any, ...]:
    """Entries kk, dd, kd, ss and C44, C55 by reference media placed between the phases, 0 being the middle."""
    k, k_stiff, mu, mu_stiff = moduli

    def between(place: Any, soft: Any, stiff: Any) -> Any:
        return soft * ops.exp(ops.sigmoid(place) * ops.log(stiff / soft))

    reference = between(plane, k, k_stiff), between(plane, mu, mu_stiff)
    return *in_plane(f, moduli, reference, moments), *out_of_plane(f, mu, mu_stiff, between(out, mu, mu_stiff), moments)


def _mean(f: Any, soft: Any, stiff: Any) -> Any:
    return soft + f * (stiff - soft)


def _low(f: Any, soft: Any, stiff: Any) -> Any:
    """Harmonic mean."""
    return soft * stiff / (f * soft + (1.0 - f) * stiff)


def _gap(f: Any, soft: Any, stiff: Any) -> Any:
    return f * (1.0 - f) / (f * soft + (1.0 - f) * stiff)
