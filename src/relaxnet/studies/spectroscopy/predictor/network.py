"""The predictor of a trained network: geometries in, spectra with their standard deviations out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from relaxnet.core.backend import load_keras
from relaxnet.core.config import parse
from relaxnet.core.errors import InvalidInputError
from relaxnet.core.files import read_json

from ..molecules.molecule import ELEMENTS
from ..molecules.xyz import parse_xyz
from ..physics.constants import LEVELS, MAX_ATOMS
from ..physics.spectra import MAX_SIGMA_EV
from ..samples.source import COULOMB, sorted_matrices
from .facts import Facts

if TYPE_CHECKING:
    from relaxnet.training.estimator import Estimator

FACTS_FILE = "facts.json"
XYZ, SIGMA = "xyz", "sigma_ev"
_LEAST_SIGMA_EV = 0.01
_VALENCE = {1: 1, 6: 4, 7: 5, 8: 6, 9: 7}


class NetworkPredictor:
    """Spectra of molecules in tables.

    Parameters
    ----------
    estimator : Estimator
    facts : Facts
    """

    def __init__(self, estimator: Estimator, facts: Facts) -> None:
        self.estimator, self.facts = estimator, facts
        axis = estimator.targets.items[0].axis
        self.energies_ev = np.asarray(axis.values if axis else (), dtype=np.float64)

    def predict(self, table: pd.DataFrame) -> pd.DataFrame:
        """Estimate the molecules of a table.

        Parameters
        ----------
        table : DataFrame
            Column ``xyz``: the text of an .xyz file, number of atoms, comment, then element and position in angstrom
            of each atom.  Column ``sigma_ev``, which may be absent: the broadening of the spectrum; by default that of
            the training, any other for a network of levels only.

        Returns
        -------
        DataFrame
            One row a molecule and energy: ``molecule``, the number of its row in the table, from 0, ``energy_ev``,
            ``intensity_per_ev``, the spectrum in states per eV, ``std_per_ev``, the root-mean-square error of the
            network at this energy on the molecules that it was chosen by, NaN for another broadening than theirs, and
            ``remarks``, empty for a molecule like those of its training.

        Raises
        ------
        InvalidInputError
            Naming the row, for a geometry that cannot be read, an element that is not of H, C, N, O, F, or more than
            29 atoms; for a broadening that the network cannot give.
        """
        if XYZ not in table:
            raise InvalidInputError("columns", ", ".join(map(str, table.columns)) or "(none)", f"{XYZ} among them")
        if table.empty:
            raise InvalidInputError("rows", 0, "at least 1, one for each molecule")
        numbers, matrices = self._read(list(table[XYZ]))
        sigma_ev = self._broadenings(table)
        spectra = self._spectra(matrices, sigma_ev)
        count, points = spectra.shape
        std = np.where((sigma_ev == self.facts.sigma_ev)[:, None], np.array(self.facts.rms_error_per_ev), np.nan)
        return pd.DataFrame(
            {
                "molecule": np.repeat(np.arange(count, dtype=np.float64), points),
                "energy_ev": np.tile(self.energies_ev, count),
                "intensity_per_ev": spectra.ravel(),
                "std_per_ev": std.ravel(),
                "remarks": np.repeat([self._remark(row) for row in numbers], points),
            }
        )

    def _broadenings(self, table: pd.DataFrame) -> NDArray[np.float64]:
        if SIGMA not in table:
            return np.full(len(table), self.facts.sigma_ev)
        try:
            values = table[SIGMA].astype(np.float64).fillna(self.facts.sigma_ev).to_numpy()
        except (TypeError, ValueError) as error:
            raise InvalidInputError(SIGMA, str(error), "numbers") from None
        for value in values:
            if not _LEAST_SIGMA_EV <= value <= MAX_SIGMA_EV:
                raise InvalidInputError(SIGMA, value, f"from {_LEAST_SIGMA_EV} to {MAX_SIGMA_EV:g}")
        return np.asarray(values)

    def _spectra(self, matrices: NDArray[np.float32], sigma_ev: NDArray[np.float64]) -> NDArray[np.float64]:
        spectra, other = self.estimator.estimate({COULOMB: matrices}), sigma_ev != self.facts.sigma_ev
        if other.any():
            from ..networks.levels import components, rebroadened

            found = components(self.estimator.network, matrices)
            if found is None:
                allowed = (
                    f"{self.facts.sigma_ev:g}, as in the training of this model; networks of levels give any other"
                )
                raise InvalidInputError(SIGMA, sigma_ev[other][0], allowed)
            for row in np.flatnonzero(other):
                one = found[row : row + 1]
                spectra[row] = rebroadened(one, self.facts.sigma_ev, sigma_ev[row], self.energies_ev)[0]
        return spectra

    def _read(self, texts: list[object]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
        numbers = np.zeros((len(texts), MAX_ATOMS), dtype=np.int8)
        positions = np.zeros((len(texts), MAX_ATOMS, 3))
        for row, text in enumerate(texts):
            where = f"{XYZ} of row {row}"
            if not isinstance(text, str):
                raise InvalidInputError(where, f"a {type(text).__name__}", "the text of an .xyz file")
            found, places = parse_xyz(text, where)
            numbers[row, : len(found)], positions[row, : len(found)] = found, places
        return numbers, sorted_matrices(numbers, positions)

    def _remark(self, numbers: NDArray[np.int8]) -> str:
        found = []
        own = set(numbers[numbers > 0].tolist())
        strange = [symbol for symbol, number in ELEMENTS.items() if number in own - set(self.facts.elements)]
        if strange:
            found.append(f"{', '.join(strange)}: in no molecule of the training")
        electrons = sum(_VALENCE[int(number)] for number in numbers if number)
        if electrons % 2:
            found.append("an odd number of electrons: the training had none")
        elif electrons < 2 * LEVELS:
            found.append(f"{electrons // 2} occupied levels: the spectra of the training had {LEVELS}")
        least, most = self.facts.atoms
        if not least <= (numbers > 0).sum() <= most:
            found.append(f"{(numbers > 0).sum()} atoms: the training had {least} to {most}")
        return "; ".join(found)


def load(folder: Path) -> NetworkPredictor:
    """Predictor whose files are in ``folder``, see `relaxnet.tracking.predictors.Predictor.loader`."""
    load_keras()
    from relaxnet.training.estimator import Estimator

    return NetworkPredictor(Estimator.load(folder), parse(Facts, read_json(folder / FACTS_FILE), FACTS_FILE))
