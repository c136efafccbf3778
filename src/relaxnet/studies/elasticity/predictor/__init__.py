"""What a logged model runs: images of cells in, elastic constants in GPa out."""
