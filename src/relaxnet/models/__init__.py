"""Keras layers and the zoo of architectures."""

from relaxnet.core.backend import load_keras

load_keras()
