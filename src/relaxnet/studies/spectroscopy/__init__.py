"""The study *spectroscopy*: networks that estimate the spectrum of occupied levels of a molecule from its geometry."""
