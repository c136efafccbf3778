"""Parameters of real materials: they relax where the materials do."""

import pytest

from relaxnet.studies.relaxation.physics import chr_program, describe, simulate
from relaxnet.studies.relaxation.physics.published import MATERIALS

# glass transition temperatures of calorimetry at 10 or 20 K/min, as handbooks and reviews give them
TG_K = {"As2Se3": 456.0, "a-Se": 313.0, "acetaminophen": 296.0, "griseofulvin": 361.0, "nifedipine": 316.0}


@pytest.mark.parametrize("name", TG_K)
def test_a_material_softens_at_its_glass_transition(name):
    found = describe(simulate(MATERIALS[name], chr_program([10.0])))
    assert found.half_rise_k[0, 0] == pytest.approx(TG_K[name], abs=5.0)


def test_the_mixture_softens_below_its_stronger_component():
    mixture, pure = (
        describe(simulate(MATERIALS[name])).half_rise_k.min() for name in ("acetaminophen-aspirin", "acetaminophen")
    )
    assert 240.0 < mixture < pure


def test_all_scans_are_ordinary_ones():
    assert len(MATERIALS) == 6
    assert all(1.2 < describe(simulate(material)).cp_n_max.max() < 6.0 for material in MATERIALS.values())
