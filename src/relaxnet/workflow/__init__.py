"""The stages of a study's pipeline, from simulation to registration."""
