"""Networks from a Coulomb matrix to a spectrum.

Named in params as ``relaxnet.studies.spectroscopy.networks.<module>:<name>``.
"""
