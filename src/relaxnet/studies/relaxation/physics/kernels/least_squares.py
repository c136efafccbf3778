"""Weights of an exponential sum, by least squares: the same bits on every machine, as linear algebra libraries are not.

They choose their code by processor, and the weights amplify the last bits of whatever they are computed from.
"""

import math

import numpy as np

from .compiling import kernel
from .elementary import exp

_POINTS_A_RATE, _FEWEST_POINTS = 3, 150
_MARGIN = 2.0  # of ln u, on both sides
_UNIT_SUM = 100.0  # weight of the row that makes the weights add up to one


@kernel()
def fit_weights(beta, rates, log_fastest, log_slowest, ridge):
    """Weights (K,) of ``exp(-rates u)`` (K,) that follow ``exp(-u**beta)`` and its logarithmic derivative.

    The points lie evenly in ln u, from below ``log_fastest`` to above ``log_slowest``; ``ridge`` damps the weights,
    relative to the norm of the matrix.
    """
    terms = len(rates)
    points = max(_POINTS_A_RATE * terms, _FEWEST_POINTS)
    first = log_fastest - _MARGIN
    step = (log_slowest + _MARGIN - first) / (points - 1)
    matrix = np.zeros((2 * points + 1 + terms, terms + 1))  # the last column is the right-hand side
    for i in range(points):
        log_u = first + i * step
        u, stretched = exp(log_u), exp(beta * log_u)
        for k in range(terms):
            term = exp(-u * rates[k])
            matrix[2 * i, k] = term
            matrix[2 * i + 1, k] = -u * rates[k] * term
        matrix[2 * i, terms] = exp(-stretched)
        matrix[2 * i + 1, terms] = -beta * stretched * exp(-stretched)
    matrix[2 * points, :] = _UNIT_SUM
    square = 0.0
    for i in range(2 * points + 1):
        for k in range(terms):
            square += matrix[i, k] * matrix[i, k]
    for k in range(terms):
        matrix[2 * points + 1 + k, k] = ridge * math.sqrt(square)
    weights = solve(matrix)
    total = 0.0
    for k in range(terms):
        total += weights[k]
    for k in range(terms):
        weights[k] /= total
    return weights


@kernel()
def solve(matrix):
    """Least-squares solution (K,) of a system (M, K + 1), right-hand side last, by Householder reflections in place.

    Rows go outside and columns inside: so the loops become vector code without any sum in another order.
    """
    rows, columns = matrix.shape
    unknowns = columns - 1
    products = np.empty(columns)
    for k in range(unknowns):
        square = 0.0
        for i in range(k, rows):
            square += matrix[i, k] * matrix[i, k]
        diagonal = -math.copysign(math.sqrt(square), matrix[k, k])
        matrix[k, k] -= diagonal
        scale = -1.0 / (diagonal * matrix[k, k])  # 2 over the square of the reflecting vector
        products[k + 1 :] = 0.0
        for i in range(k, rows):
            for j in range(k + 1, columns):
                products[j] += matrix[i, k] * matrix[i, j]
        for j in range(k + 1, columns):
            products[j] *= scale
        for i in range(k, rows):
            for j in range(k + 1, columns):
                matrix[i, j] -= matrix[i, k] * products[j]
        matrix[k, k] = diagonal
    solution = np.empty(unknowns)
    for k in range(unknowns - 1, -1, -1):
        rest = matrix[k, unknowns]
        for j in range(k + 1, unknowns):
            rest -= matrix[k, j] * solution[j]
        solution[k] = rest / matrix[k, k]
    return solution
