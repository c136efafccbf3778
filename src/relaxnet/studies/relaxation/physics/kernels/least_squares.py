"""Weights of an exponential sum, by least squares: the same bits on every machine, as linear algebra libraries are not.

They choose their code by processor, and the weights amplify the last bits of whatever they are computed from.  The
points of the fit lie on the same logarithmic ladder as the rates, so that the matrix is that of every sum with as many
terms: it is factored once (`factored`), and a stretching exponent costs a right-hand side (`fit_weights`).
"""

import math

import numpy as np

from .compiling import kernel
from .elementary import exp, power

_UNIT_SUM = 100.0  # weight of the row that makes the weights add up to one


@kernel()
def factored(times_rate, terms, points_a_rate, ridge):
    """Householder reflections (K, M) and upper triangle (K, K) of the matrix of a sum of K terms.

    ``times_rate`` (points + ``points_a_rate`` (K - 1),) are the products of a time and a rate: at point ``i`` and term
    ``k``, slowest first, the element ``i + points_a_rate * k``.  Rows: value and logarithmic derivative at each point,
    the sum of the weights, and ``ridge``, relative to the norm of those before, that damps each weight.
    """
    points = len(times_rate) - points_a_rate * (terms - 1)
    rows = 2 * points + 1
    columns = np.zeros((terms, rows + terms))
    square = 0.0
    for k in range(terms):
        for i in range(points):
            product = times_rate[i + points_a_rate * k]
            term = exp(-product)
            columns[k, 2 * i] = term
            columns[k, 2 * i + 1] = -product * term
        columns[k, 2 * points] = _UNIT_SUM
        for i in range(rows):
            square += columns[k, i] * columns[k, i]
    for k in range(terms):
        columns[k, rows + k] = ridge * math.sqrt(square)
    return columns, _reflect(columns, rows)


@kernel()
def _reflect(columns, rows):
    """Bring the matrix with these columns to triangular form; column k is left with its reflecting vector.

    The vector has length sqrt(2), and is 0 above element k and in the ridge's rows after the k-th.
    """
    terms = len(columns)
    triangle = np.zeros((terms, terms))
    for k in range(terms):
        end = rows + k + 1
        square = 0.0
        for i in range(k, end):
            square += columns[k, i] * columns[k, i]
        diagonal = -math.copysign(math.sqrt(square), columns[k, k])
        scale = math.sqrt(-1.0 / (diagonal * (columns[k, k] - diagonal)))
        columns[k, k] -= diagonal
        triangle[k, k] = diagonal
        for i in range(k):
            triangle[i, k], columns[k, i] = columns[k, i], 0.0
        for i in range(k, end):
            columns[k, i] *= scale
        for j in range(k + 1, terms):
            mirror(columns[k], columns[j], k, end)
    return triangle


@kernel()
def mirror(vector, values, first, end):
    """Reflect ``values`` in place by a ``vector`` of length sqrt(2), whose elements from ``first`` to ``end`` count."""
    product = 0.0
    for i in range(first, end):
        product += vector[i] * values[i]
    for i in range(first, end):
        values[i] -= product * vector[i]


@kernel()
def fit_weights(beta, times, reflections, triangle):
    """Weights (K,) of ``exp(-rate u)`` that follow ``exp(-u**beta)`` and its logarithmic derivative at ``times``."""
    terms, rows = reflections.shape
    points = len(times)
    values = np.zeros(rows)
    for i in range(points):
        stretched = power(times[i], beta)
        values[2 * i] = exp(-stretched)
        values[2 * i + 1] = -beta * stretched * exp(-stretched)
    values[2 * points] = _UNIT_SUM
    for k in range(terms):
        mirror(reflections[k], values, k, rows - terms + k + 1)
    weights = np.empty(terms)
    total = 0.0
    for k in range(terms - 1, -1, -1):
        rest = values[k]
        for j in range(k + 1, terms):
            rest -= triangle[k, j] * weights[j]
        weights[k] = rest / triangle[k, k]
        total += weights[k]
    for k in range(terms):
        weights[k] /= total
    return weights
