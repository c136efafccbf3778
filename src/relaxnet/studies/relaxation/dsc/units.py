"""How quantities and steps of heat capacity are written for people."""

from .curve import Quantity

SIGNAL_LABELS: dict[Quantity, str] = {
    "heat_flow_mw": "heat flow (mW)",
    "heat_flow_w_per_g": "heat flow (W/g)",
    "heat_capacity_j_per_g_k": "heat capacity (J/(g K))",
    "cp_n": "$c_{p,n}$ (–)",
}
# a heat flow over the heating rate is a heat capacity: mW / (K/s) = mJ/K
_DCP_UNITS: dict[Quantity, str] = {
    "heat_flow_mw": "mJ/K",
    "heat_flow_w_per_g": "J/(g K)",
    "heat_capacity_j_per_g_k": "J/(g K)",
    "cp_n": "1",
}


def dcp_unit(quantity: Quantity) -> str:
    """Unit of the step of the heat capacity in scans of ``quantity``."""
    return _DCP_UNITS[quantity]
