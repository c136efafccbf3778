"""Classical methods: what the field estimates without a fit of whole scans, and the plain fit that most people write.

Each takes heating scans and gives an `Estimate`, as the fit does; what a method cannot tell is NaN and has a flag.
"""
