"""Training of any study's networks: data, loss, loop, estimator."""

from relaxnet.core.backend import load_keras

load_keras()
