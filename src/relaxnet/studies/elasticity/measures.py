"""What describes a test cell beside its constants."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd

from .physics.constants import CONSTANTS

if TYPE_CHECKING:
    from relaxnet.workflow.measure import Tested

    from .params import ElasticityParams
    from .samples.source import CellSource


def measures(tested: Tested, _params: ElasticityParams) -> pd.DataFrame:
    """Morphology, volume fraction, and how much stiffer a cell is along axis 1 than along axis 2, one row a cell."""
    cells = cast("CellSource", tested.source).cells.take(tested.index)
    along, across = (cells.stiffness_gpa[:, CONSTANTS.index(name)] for name in ("C11", "C22"))
    tested.progress(len(tested.index))
    return pd.DataFrame(
        {"morphology": cells.morphology, "volume_fraction": cells.fraction, "anisotropy": np.log(along / across)}
    )
