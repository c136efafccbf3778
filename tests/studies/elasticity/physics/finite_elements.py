"""Homogenisation by finite elements of scikit-fem: bilinear or biquadratic squares, all six strains, a direct solver.

It shares nothing with the package: no Fourier transform, no superposition of loads, no iteration.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.sparse.linalg import splu
from skfem import Basis, BilinearForm, ElementQuad1, ElementQuad2, ElementVector, LinearForm, MeshQuad

Float = NDArray[np.float64]


def stiffness_by_elements(
    image: NDArray, young: Float, poisson: Float, *, refine: int = 1, order: int = 2, one_point: bool = False
) -> Float:
    """Stiffness (6, 6) of a periodic cell, each pixel of it ``refine`` x ``refine`` elements.

    ``order`` 1 is bilinear, 2 biquadratic; they are integrated exactly, or at ``one_point`` in the middle.
    """
    rows, columns = image.shape
    lam, mu = young * poisson / ((1 + poisson) * (1 - 2 * poisson)), young / (2 * (1 + poisson))
    mesh = MeshQuad.init_tensor(np.linspace(0, columns, columns * refine + 1), np.linspace(0, rows, rows * refine + 1))
    centres = mesh.p[:, mesh.t].mean(axis=1).astype(int)
    phase = image[centres[1], centres[0]]
    lam, mu = lam[phase][:, None], mu[phase][:, None]
    scalar = ElementQuad1() if order == 1 else ElementQuad2()
    middle = (np.full((2, 1), 0.5), np.ones(1))
    how = {"quadrature": middle} if one_point else {"intorder": 2 * order + 1}
    matrix = np.zeros((6, 6))
    # displacements u_1 and u_2 under the strains 11, 22, 33 and 12; u_3 under 23 and 13
    plane, loads = Basis(mesh, ElementVector(scalar), **how), [0, 1, 2, 5]
    matrix[np.ix_(loads, loads)] = _energies(plane, [_plane(lam, mu, load) for load in loads], _plane_form(lam, mu))
    matrix[np.ix_(loads, loads)] += _mean(_plane_matrix(lam, mu), plane)
    antiplane, loads = Basis(mesh, scalar, **how), [3, 4]
    matrix[np.ix_(loads, loads)] = _energies(antiplane, [_antiplane(mu, load) for load in loads], _antiplane_form(mu))
    matrix[np.ix_(loads, loads)] += _mean(mu * np.eye(2)[:, :, None, None], antiplane)
    return matrix


def _energies(basis: Basis, loads: list[LinearForm], form: BilinearForm) -> Float:
    """Minus the energy that fluctuations take off, for each two loads, over the area."""
    to_periodic = _periodic(basis)
    stiffness = to_periodic.T @ form.assemble(basis) @ to_periodic
    forces = to_periodic.T @ np.column_stack([load.assemble(basis) for load in loads])
    kept = ~_null_nodes(basis, to_periodic)
    solution = np.zeros_like(forces)
    solution[kept] = splu(sp.csc_matrix(stiffness[kept][:, kept])).solve(forces[kept])
    return -forces.T @ solution / np.ptp(basis.mesh.p, axis=1).prod()


def _periodic(basis: Basis) -> sp.csr_matrix:
    """Matrix that copies values to places on the far edges, and keeps the components apart."""
    ends = basis.mesh.p.max(axis=1, keepdims=True)
    places = np.round(basis.doflocs * 8).astype(int) % np.round(ends * 8).astype(int)
    component = np.zeros(basis.N, dtype=int)
    if isinstance(basis.elem, ElementVector):
        for dofs in (basis.nodal_dofs, basis.facet_dofs, basis.interior_dofs):
            component[dofs[1::2]] = 1
    _, index = np.unique(np.vstack([places, component]), axis=1, return_inverse=True)
    return sp.csr_matrix((np.ones(basis.N), (np.arange(basis.N), index.ravel())))


def _null_nodes(basis: Basis, to_periodic: sp.csr_matrix) -> NDArray[np.bool_]:
    """Unknowns to hold: of one node, against translations."""
    first = basis.nodal_dofs[:, 0]
    held = np.zeros(to_periodic.shape[1], dtype=bool)
    held[to_periodic[first].indices] = True
    return held


def _mean(values: Float, basis: Basis) -> Float:
    weights = basis.dx / basis.dx.sum()
    return (values * weights).sum(axis=(-2, -1))


def _plane_matrix(lam: Float, mu: Float) -> Float:
    zero = np.zeros_like(lam)
    full = lam + 2 * mu
    return np.array([[full, lam, lam, zero], [lam, full, lam, zero], [lam, lam, full, zero], [zero, zero, zero, mu]])


def _plane(lam: Float, mu: Float, load: int) -> LinearForm:
    """Work of the uniform strain's stress on a fluctuation."""
    column = _plane_matrix(lam, mu)[:, [0, 1, 2, 5].index(load)]

    @LinearForm
    def work(v, _):
        return column[0] * v.grad[0, 0] + column[1] * v.grad[1, 1] + column[3] * (v.grad[0, 1] + v.grad[1, 0])

    return work


def _plane_form(lam: Float, mu: Float) -> BilinearForm:
    @BilinearForm
    def energy(u, v, _):
        shear = (u.grad[0, 1] + u.grad[1, 0]) * (v.grad[0, 1] + v.grad[1, 0])
        normal = u.grad[0, 0] * v.grad[0, 0] + u.grad[1, 1] * v.grad[1, 1]
        trace = (u.grad[0, 0] + u.grad[1, 1]) * (v.grad[0, 0] + v.grad[1, 1])
        return lam * trace + 2 * mu * normal + mu * shear

    return energy


def _antiplane(mu: Float, load: int) -> LinearForm:
    @LinearForm
    def work(v, _):
        return mu * v.grad[1 if load == 3 else 0]

    return work


def _antiplane_form(mu: Float) -> BilinearForm:
    @BilinearForm
    def energy(u, v, _):
        return mu * (u.grad[0] * v.grad[0] + u.grad[1] * v.grad[1])

    return energy
