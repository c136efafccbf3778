"""Training of any study's networks: data, loss, loop, estimator."""

from ..backend import load_keras

load_keras()
