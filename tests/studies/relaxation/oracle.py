"""An estimator that returns what it is told: its errors are known."""


class Oracle:
    def __init__(self, targets, estimates, mean):
        self.targets, self.estimates, self.train_mean = targets, estimates, mean
        self.scaling = targets.scaling(estimates)  # by limits

    def estimate(self, inputs):
        (signals,) = inputs.values()
        assert len(signals) == len(self.estimates)
        return self.estimates
