"""The zoo: each file is one architecture, named as in params, and found by its name.

A file defines ``ARCHITECTURE``; see `relaxnet.models.blocks.architectures`.  What several
architectures share is in `relaxnet.models.blocks`, so that a new one does not make the networks of others out of date.
"""
