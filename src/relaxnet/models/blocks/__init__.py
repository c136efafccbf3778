"""What architectures are made of: layers, views, the network of two parts; no architecture by itself."""
