"""An estimator that returns what it is told: its errors are known."""


class Oracle:
    def __init__(self, targets, estimates, mean):
        self.targets, self.estimates, self.train_mean = targets, estimates, mean

    def estimate(self, inputs):
        assert len(inputs) == len(self.estimates)
        return self.estimates
