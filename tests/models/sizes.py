"""Small sizes of every architecture, for tests."""

MCNN = {"filters": [4, 6, 8], "pool": 4, "dense": 12, "dropout": 0.1, "segment_points": 40}
SIZES = {
    "cnn": {"filters": [8, 8], "kernel": 5, "pool": 4, "dense": 16, "dropout": 0.1},
    "resnet": {"filters": [8, 8], "kernel": 3, "stride": 2, "pool": 2, "dense": 16},
    "perceptron": {"points": 30, "hidden": [32, 16]},
    "pca-ridge": {"points": 30, "components": 5},
}


def sizes(architecture):
    return SIZES.get(architecture, MCNN)
