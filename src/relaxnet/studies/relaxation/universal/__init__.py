"""The universal network: any glass of the plane, any rates, up to six measured scans; with a covariance.

Two small networks share the work.  One guesses the parameters from a coarse picture of the scans.  The other emulates a
scan in reduced coordinates, in which a scan depends on four numbers only (`reduced`), and so exactly that a few
Gauss-Newton steps from the guess reach the least-squares fit, whose covariance is known.
"""
