"""Keras layers and the zoo of architectures."""

from ..backend import load_keras

load_keras()
