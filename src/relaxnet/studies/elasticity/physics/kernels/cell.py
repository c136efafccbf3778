"""Numba kernels of one periodic cell: forces of displacements, and the steps of conjugate gradients.

Pixels carry stress and strain, their corners (nodes) displacements.  The strain of a pixel is the mean over it of that
of the bilinear interpolation, so that both derivatives of both displacements are taken at the same point, its centre.

Eight fields are solved for at once: the in-plane displacements of three load cases (fields 0 to 5, in pairs), and the
displacements out of the plane of two (6 and 7).  Directions and stresses are padded by a row and a column, so that
their loops know no edge.  Sums are kept by column: in vectors, and yet in the order of the source.
"""

import numpy as np

from .compiling import kernel

FIELDS, CASES, PLANE_CASES = 8, 5, 3


@kernel()
def case_of(field):
    """Load case to which a field belongs."""
    return field // 2 if field < 2 * PLANE_CASES else field - PLANE_CASES


@kernel()
def load(chi, forces):
    """Forces (8, rows, columns) of unit eigenstresses in the stiff phase, where ``chi`` is 1.

    By load case: 11 and 22; 11 and minus 22; 12; 13; 23.
    """
    rows, columns = chi.shape
    for i in range(rows):
        for j in range(columns):
            falling, rising = chi[i, j] - chi[i - 1, j - 1], chi[i - 1, j] - chi[i, j - 1]  # -1 is the last
            along_1, along_2 = 0.5 * (falling + rising), 0.5 * (falling - rising)
            forces[0, i, j], forces[1, i, j] = along_1, along_2
            forces[2, i, j], forces[3, i, j] = along_1, -along_2
            forces[4, i, j], forces[5, i, j] = along_2, along_1
            forces[6, i, j], forces[7, i, j] = along_1, along_2


@kernel()
def _plane_stress(lam, mu, u, v, stress):
    """Stresses 11, 22 and 12 of the pixels."""
    rows, columns = lam.shape
    for i in range(rows):
        for j in range(columns):
            falling_u, rising_u = u[i + 1, j + 1] - u[i, j], u[i, j + 1] - u[i + 1, j]
            falling_v, rising_v = v[i + 1, j + 1] - v[i, j], v[i, j + 1] - v[i + 1, j]
            strain_1, strain_2 = 0.5 * (falling_u + rising_u), 0.5 * (falling_v - rising_v)
            mean = lam[i, j] * (strain_1 + strain_2)
            stress[0, i + 1, j + 1] = mean + 2.0 * mu[i, j] * strain_1
            stress[1, i + 1, j + 1] = mean + 2.0 * mu[i, j] * strain_2
            stress[2, i + 1, j + 1] = 0.5 * mu[i, j] * (falling_u - rising_u + falling_v + rising_v)
    _pad(stress, 3)


@kernel()
def _antiplane_stress(mu, w, stress):
    """Stresses 13 and 23 of the pixels."""
    rows, columns = mu.shape
    for i in range(rows):
        for j in range(columns):
            falling, rising = w[i + 1, j + 1] - w[i, j], w[i, j + 1] - w[i + 1, j]
            stress[0, i + 1, j + 1] = 0.5 * mu[i, j] * (falling + rising)
            stress[1, i + 1, j + 1] = 0.5 * mu[i, j] * (falling - rising)
    _pad(stress, 2)


@kernel()
def _pad(stress, parts):
    for part in range(parts):
        stress[part, 0, :] = stress[part, -1, :]
        stress[part, :, 0] = stress[part, :, -1]


@kernel()
def _force(along_1, along_2, direction, force, sums):
    """Minus the divergence at the nodes; its products with the direction are added to ``sums``."""
    rows, columns = force.shape
    for i in range(rows):
        for j in range(columns):
            falling_1, rising_1 = along_1[i + 1, j + 1] - along_1[i, j], along_1[i, j + 1] - along_1[i + 1, j]
            falling_2, rising_2 = along_2[i + 1, j + 1] - along_2[i, j], along_2[i, j + 1] - along_2[i + 1, j]
            force[i, j] = -0.5 * (falling_1 + rising_1 + falling_2 - rising_2)
            sums[j] += force[i, j] * direction[i, j]


@kernel()
def apply(lam, mu, direction, stress, forces, energy):
    """Forces of the displacements ``direction``, and their products with it by load case.

    ``lam`` and ``mu`` (rows, columns) are the moduli of the pixels, ``stress`` (3, rows + 1, columns + 1) is room.
    """
    sums = np.empty(lam.shape[1])
    for case in range(CASES):
        sums[:] = 0.0
        if case < PLANE_CASES:
            u, v = 2 * case, 2 * case + 1
            _plane_stress(lam, mu, direction[u], direction[v], stress)
            _force(stress[0], stress[2], direction[u], forces[u], sums)
            _force(stress[2], stress[1], direction[v], forces[v], sums)
        else:
            w = case + PLANE_CASES
            _antiplane_stress(mu, direction[w], stress)
            _force(stress[0], stress[1], direction[w], forces[w], sums)
        energy[case] = _total(sums)


@kernel()
def _total(sums):
    total = 0.0
    for value in sums:
        total += value
    return total


@kernel()
def advance(step, direction, forces, displacement, residual, rounded):
    """Go a ``step`` (5,) along the direction; ``rounded`` is the new residual in single precision."""
    fields, rows, columns = displacement.shape
    for field in range(fields):
        length = step[case_of(field)]
        for i in range(rows):
            for j in range(columns):
                displacement[field, i, j] += length * direction[field, i, j]
                residual[field, i, j] -= length * forces[field, i, j]
                rounded[field, i, j] = residual[field, i, j]


@kernel()
def precondition(plane_11, plane_12, plane_22, antiplane, spectrum):
    """Displacements of a uniform medium under forces, both as Fourier coefficients, in place."""
    fields, rows, columns = spectrum.shape
    for i in range(rows):
        for case in range(PLANE_CASES):
            for j in range(columns):
                a, b = spectrum[2 * case, i, j], spectrum[2 * case + 1, i, j]
                spectrum[2 * case, i, j] = plane_11[i, j] * a + plane_12[i, j] * b
                spectrum[2 * case + 1, i, j] = plane_12[i, j] * a + plane_22[i, j] * b
        for field in range(2 * PLANE_CASES, fields):
            for j in range(columns):
                spectrum[field, i, j] *= antiplane[i, j]


@kernel()
def products(a, b, result):
    """Inner products (5,) of two sets of fields by load case."""
    fields, rows, columns = a.shape
    sums = np.empty(columns)
    result[:] = 0.0
    for field in range(fields):
        sums[:] = 0.0
        for i in range(rows):
            for j in range(columns):
                sums[j] += a[field, i, j] * b[field, i, j]
        result[case_of(field)] += _total(sums)


@kernel()
def turn(share, preconditioned, direction):
    """New direction: the preconditioned residual and a ``share`` (5,) of the old direction."""
    fields, rows, columns = preconditioned.shape
    for field in range(fields):
        kept = share[case_of(field)]
        for i in range(rows):
            for j in range(columns):
                direction[field, i, j] = preconditioned[field, i, j] + kept * direction[field, i, j]
            direction[field, i, columns] = direction[field, i, 0]
        direction[field, rows, :] = direction[field, 0, :]


@kernel()
def cross(forces, displacement, residual, plane, antiplane):
    """Changes of the mean stress by the displacements, (3, 3) in the plane and (2, 2) out of it, for each two loads.

    An error of the displacements enters squared: what the residual says of it is taken into account.
    """
    _, rows, columns = forces.shape
    sums = np.empty(columns)
    for case in range(CASES):
        for other in range(CASES):
            if (case < PLANE_CASES) != (other < PLANE_CASES):
                continue
            sums[:] = 0.0
            for part in range(2 if case < PLANE_CASES else 1):
                a = 2 * case + part if case < PLANE_CASES else case + PLANE_CASES
                b = 2 * other + part if other < PLANE_CASES else other + PLANE_CASES
                for i in range(rows):
                    for j in range(columns):
                        sums[j] -= forces[a, i, j] * displacement[b, i, j] + displacement[a, i, j] * residual[b, i, j]
            mean = _total(sums) / (rows * columns)
            if case < PLANE_CASES:
                plane[case, other] = mean
            else:
                antiplane[case - PLANE_CASES, other - PLANE_CASES] = mean
