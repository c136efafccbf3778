"""Training of any study's networks: loss, batches, loop, checkpoints, the estimator that comes out."""
