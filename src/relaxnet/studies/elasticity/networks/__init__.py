"""Networks from an image of a cell, and its phases, to nine elastic constants.

Named in params as ``relaxnet.studies.elasticity.networks.<module>:<name>``.
"""
