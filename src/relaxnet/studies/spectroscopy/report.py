"""How evaluations and reports present this study."""

from relaxnet.reporting.spec import Descriptor, ReportSpec, SseColumn

from .assignment.claims import CLAIMS
from .measures import MEANS
from .samples.targets import SPECTRUM

REPORT = ReportSpec(
    title="Comparison of spectroscopy networks",
    sample="molecule",
    samples="molecules",
    headline=((SPECTRUM, 0.1),),
    sse=(
        SseColumn(
            "sse_spectrum",
            of="spectra",
            axis="mean squared error of a spectrum (1/eV²)",
            text="Spectra: the mean over the energies of the squared error.",
            targets=(SPECTRUM,),
        ),
    ),
    means=MEANS,
    claims=CLAIMS,
    descriptors=(
        Descriptor("atoms", "atoms of the molecule (–)"),
        Descriptor("ionisation_ev", "ionisation energy, −HOMO (eV)"),
    ),
)
