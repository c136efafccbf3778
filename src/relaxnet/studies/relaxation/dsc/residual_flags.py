"""Flags of what a fit leaves: events, or a misfit of the whole transition, of which no event is to blame."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .events import Event, events_in_residuals
from .result import Estimate, Flag, ScanFit
from .scan_events import of_both_signs
from .screening import Feature, feature_flag
from .windows import EVENT_FLAGS, NOT_CUT, event_text

_FEWEST_OF_EVENT = 20
_LEAST_HEIGHT = 0.03  # of an event in what a fit leaves; smaller humps are the misfit of the model
_QUIETEST = 1e-4  # noise in shares of the step
_PLATEAU = 0.02  # distance of cp_n from glass or liquid
_MOST_NAMES = 3


def residual_flags(estimate: Estimate, features: Sequence[Feature] = ()) -> list[Flag]:
    """Flags of what the fit has left of its scans.

    Where residuals within the transition have both signs no event made them: a wrong history does, which a scan that is
    fitted alone does not show.  Scans whose events are flagged already are left out.

    Parameters
    ----------
    features : sequence of Feature
        Small ones that the screening saw; told where they lie in what was fitted and nothing greater is left.
    """
    named = {flag.scan for flag in estimate.flags if flag.name in EVENT_FLAGS}
    left = {
        fit.scan.label: (fit, _events(fit, estimate.noise)) for fit in estimate.scans if fit.scan.label not in named
    }
    misfits = [label for label, (fit, found) in left.items() if of_both_signs(_within(fit, found))]
    flags = [_misfit(misfits)] if misfits else []
    # in the other scans a wrong history leaves what is smaller
    least = max((abs(event.height) for label in misfits for event in left[label][1]), default=0.0)
    told = [feature for feature in features if feature.label not in (*misfits, *named)]
    flags += [feature_flag(feature) for feature in told if _is_fitted(feature, estimate.scans)]
    for label, (_, found) in left.items():
        if label not in misfits:
            plain = [event for event in found if abs(event.height) > least]
            texts = [f"{event_text(event)}, is left by the fit: {NOT_CUT}" for event in plain]
            flags += [Flag("event_in_residuals", text, label) for text in texts]
    return flags


def _events(fit: ScanFit, noise: float) -> list[Event]:
    used = _used(fit)
    step = (fit.liquid_line - fit.glass_line)[used]
    if np.count_nonzero(used) < _FEWEST_OF_EVENT or not (step > 0).all():
        return []
    residual, noise = (fit.scan.signal - fit.model)[used] / step, max(noise, _QUIETEST)
    return events_in_residuals(fit.scan.temperature_k[used], residual, noise, least_height=_LEAST_HEIGHT)


def _within(fit: ScanFit, found: Sequence[Event]) -> list[Event]:
    """Events that overlap with the transition as the model has it."""
    used = _used(fit)
    cp_n = ((fit.model - fit.glass_line) / (fit.liquid_line - fit.glass_line))[used] if found else np.empty(0)
    moving = np.flatnonzero((np.abs(cp_n) > _PLATEAU) & (np.abs(1.0 - cp_n) > _PLATEAU))
    if not len(moving):
        return []
    low_k, high_k = fit.scan.temperature_k[used][moving[[0, -1]]]
    return [event for event in found if event.low_k < high_k and event.high_k > low_k]


def _used(fit: ScanFit) -> NDArray[np.bool_]:
    return np.asarray(fit.fitted & np.isfinite(fit.model))


def _is_fitted(feature: Feature, fits: Sequence[ScanFit]) -> bool:
    """Whether a feature lies in what was fitted of its scan."""
    inside = [
        fit.scan.temperature_k[fit.fitted] for fit in fits if fit.scan.label == feature.label and fit.fitted.any()
    ]
    return any(feature.event.high_k > part[0] and feature.event.low_k < part[-1] for part in inside)


def _misfit(labels: Sequence[str]) -> Flag:
    shown = [*labels[:_MOST_NAMES], *([f"{len(labels) - _MOST_NAMES} more"] if len(labels) > _MOST_NAMES else [])]
    which = " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)
    text = (
        f"The model does not describe {which} with the histories given: what is left "
        "within the transition has both signs. Look at the histories first (another cooling rate, ageing that nobody "
        "told), then at lines and events; or TNM does not describe this glass."
    )
    return Flag("does_not_fit", text)
