"""What a logged model runs: an .xyz block in, a spectrum out."""
