"""From the scans of a differential scanning calorimeter (DSC) to the parameters of the TNM model."""
