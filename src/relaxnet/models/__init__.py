"""Networks: Keras layers, and the architectures by name."""
