"""Heads of columns: what a column holds, and the factor and offset that bring it to our units."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from ..physics import ZERO_CELSIUS_K

Kind = Literal[
    "time_s", "temperature_k", "heat_flow_mw", "heat_flow_w_per_g", "heat_capacity_j_per_g_k", "heat_capacity_j_per_k",
    "cp_n", "rate_k_per_min", "segment", "mass", "unknown", "other",
]  # fmt: skip
SIGNALS = ("cp_n", "heat_flow_w_per_g", "heat_flow_mw", "heat_capacity_j_per_g_k", "heat_capacity_j_per_k")

_UNITS: dict[str, tuple[Kind, float, float]] = {
    "s": ("time_s", 1.0, 0.0), "sec": ("time_s", 1.0, 0.0), "seconds": ("time_s", 1.0, 0.0),
    "ms": ("time_s", 1e-3, 0.0), "min": ("time_s", 60.0, 0.0), "minutes": ("time_s", 60.0, 0.0),
    "h": ("time_s", 3600.0, 0.0), "hr": ("time_s", 3600.0, 0.0),
    "k": ("temperature_k", 1.0, 0.0), "kelvin": ("temperature_k", 1.0, 0.0),
    "°c": ("temperature_k", 1.0, ZERO_CELSIUS_K), "c": ("temperature_k", 1.0, ZERO_CELSIUS_K),
    "celsius": ("temperature_k", 1.0, ZERO_CELSIUS_K), "°celsius": ("temperature_k", 1.0, ZERO_CELSIUS_K),
    "mw": ("heat_flow_mw", 1.0, 0.0), "uw": ("heat_flow_mw", 1e-3, 0.0), "w": ("heat_flow_mw", 1e3, 0.0),
    "mw/mg": ("heat_flow_w_per_g", 1.0, 0.0), "w/g": ("heat_flow_w_per_g", 1.0, 0.0),
    "w/kg": ("heat_flow_w_per_g", 1e-3, 0.0), "mw/g": ("heat_flow_w_per_g", 1e-3, 0.0),
    "uw/mg": ("heat_flow_w_per_g", 1e-3, 0.0),
    "j/gk": ("heat_capacity_j_per_g_k", 1.0, 0.0), "j/kgk": ("heat_capacity_j_per_g_k", 1e-3, 0.0),
    "kj/kgk": ("heat_capacity_j_per_g_k", 1.0, 0.0), "mj/mgk": ("heat_capacity_j_per_g_k", 1.0, 0.0),
    "j/k": ("heat_capacity_j_per_k", 1.0, 0.0), "mj/k": ("heat_capacity_j_per_k", 1e-3, 0.0),
    "k/min": ("rate_k_per_min", 1.0, 0.0), "k/s": ("rate_k_per_min", 60.0, 0.0),
    "mg": ("mass", 1.0, 0.0), "g": ("mass", 1.0, 0.0), "%": ("mass", 1.0, 0.0), "mg/min": ("mass", 1.0, 0.0),
    "%/min": ("mass", 1.0, 0.0), "%/k": ("mass", 1.0, 0.0),
}  # fmt: skip
_SNAKE = {
    "_j_per_g_k": "J/gK", "_k_per_min": "K/min", "_k_per_s": "K/s", "_w_per_g": "W/g", "_mw_per_mg": "mW/mg",
    "_mw": "mW", "_degc": "°C", "_min": "min", "_c": "°C", "_k": "K", "_s": "s",
}  # fmt: skip
# a quantity that only one kind of unit goes with: with another unit, or none, the column is asked about
_NAMES: tuple[tuple[str, Kind], ...] = (
    (r"cp_n|cp,n|cpn|normali[sz]ed cp|normali[sz]ed heat capacity", "cp_n"),
    (r"(?!.*(phase|calibration))(.*\b)?(heat ?flow|hf|dsc|heat flux)\b.*", "heat_flow_mw"),
    (r"(spec\w*\.? )?heat capacity.*|cp\b.*|specific heat.*", "heat_capacity_j_per_g_k"),
    (r"(?!.*(junction|flange|heater|difference))(.*\b)?temp(erature)?\b.*|t[rs]|program", "temperature_k"),
    (r"time.*|zeit.*", "time_s"),
    (r"segment|seg\.?", "segment"),
)
USUAL_UNITS: dict[Kind, str] = {
    "time_s": "s", "temperature_k": "°C", "heat_flow_mw": "mW", "heat_capacity_j_per_g_k": "J/(g K)",
}  # fmt: skip
_NOT_THE_SAMPLES = re.compile(r"\b(tr|program\w*|furnace|reference|ref|set ?point|oven|heater|tzero|flange|junction)\b")
_LESS_WANTED = re.compile(r"baseline|uncorrected|unsubtracted|delivered|reversing|modulated|derivative|phase|calib")


@dataclass(frozen=True)
class Column:
    """Kind of a column, and ``factor * value + offset`` in our unit; ``rank`` 0 is the most wanted."""

    title: str
    name: str
    unit: str
    kind: Kind
    factor: float = 1.0
    offset: float = 0.0
    rank: int = 0


def column(title: str, unit: str = "") -> Column:
    """Make a `Column` of its title, and of its unit where that stands apart.

    Examples
    --------
    >>> column("Temp./°C").kind, column("DSC/(mW/mg)").kind, column("Heat Flow (Normalized)", "W/g").kind
    ('temperature_k', 'heat_flow_w_per_g', 'heat_flow_w_per_g')
    >>> column("Heat Flow [BTU/h]").kind
    'unknown'
    """
    name, found = (title, unit) if unit else split_title(title)
    name = re.sub(r"[\s_]+", " ", name.strip("#\"' ")).strip() if name != "cp_n" else name
    kind, factor, offset = _UNITS.get(_plain(found), ("other", 1.0, 0.0)) if found else ("other", 1.0, 0.0)
    by_name = _by_name(name)
    if by_name in ("cp_n", "segment") and _plain(found) in ("", "1", "-"):
        kind = by_name
    elif (kind == "mass" and by_name is not None) or (
        kind == "other" and by_name is not None
    ):  # DSC in %, heat flow in mg
        kind = "unknown"
    elif kind == "mass" and name.lower() in ("", "gas", "purge"):
        kind = "other"
    lower = name.lower()
    rank = 2 * bool(_LESS_WANTED.search(lower)) + bool(_NOT_THE_SAMPLES.search(lower))
    return Column(title.strip(), name, found, kind, factor, offset, rank)


def usual_unit(name: str) -> str | None:
    """Unit that a column of that name mostly has, None where the name tells nothing.

    Examples
    --------
    >>> usual_unit("Time"), usual_unit("Heat flow"), usual_unit("x")
    ('s', 'mW', None)
    """
    kind = _by_name(name)
    return USUAL_UNITS.get(kind) if kind else None


def split_title(title: str) -> tuple[str, str]:
    """Split the title of a column into name and unit, ``""`` if it has none.

    Examples
    --------
    >>> [split_title(title) for title in ("T [K]", "Cp (J/(g K))", "Temp./°C", "time_s", "Time, min", "Value")]
    [('T', 'K'), ('Cp', 'J/(g K)'), ('Temp.', '°C'), ('time', 's'), ('Time', 'min'), ('Value', '')]
    """
    title = title.strip().strip('"').lstrip("#").strip()
    opening = [match.start() for match in re.finditer(r"[\[(]", title)] if title.endswith(("]", ")")) else []
    inner = [(title[:at].strip(" /_"), title[at + 1 : -1].strip()) for at in opening]
    for name, unit in inner:
        if _plain(unit) in _UNITS and name:
            return name, unit
    for ending, unit in _SNAKE.items():
        if title.lower().endswith(ending):
            return title[: -len(ending)], unit
    for mark in ("/", ",", " "):
        name, found, unit = title.partition(mark) if mark != " " else title.rpartition(mark)
        whole = name.count("(") == name.count(")") and name.count("[") == name.count("]")
        if found and name and whole and _plain(unit) in _UNITS and not (mark == " " and len(_plain(unit)) == 1):
            return name.strip(), unit.strip().removeprefix("(").removesuffix(")") if "(" in unit else unit.strip()
    if inner and not re.fullmatch(r"normali[sz]ed", inner[-1][1].lower()) and inner[-1][0]:
        return inner[-1]
    return title, ""


def exotherm_in(title: str) -> Literal["up", "down"] | None:
    """Direction of an exothermic event, where a title tells: ``Heat flow (endo up)``, ``^exo``.

    Examples
    --------
    >>> exotherm_in("Heat flow [mW], endo up"), exotherm_in("^exo"), exotherm_in("Heat flow [mW]")
    ('down', 'up', None)
    """
    match = re.search(r"(endo|exo)\w*[\s._-]*(up|down)", title.lower())
    if match:
        return "up" if (match[1] == "exo") == (match[2] == "up") else "down"
    if re.search(r"\^\s*exo", title.lower()):
        return "up"
    return "down" if re.search(r"\^\s*endo", title.lower()) else None


def _plain(unit: str) -> str:
    plain = unit.lower().replace("â", "").replace("deg", "°").replace("grad", "°")
    plain = re.sub(r"[\s()*·⋅∙×^]|-1\b(?=.*\bx)", "", plain)
    plain = re.sub(r"[º˚ø]", "°", plain).replace("µ", "u").replace("μ", "u").replace("°k", "k")
    plain = re.sub(r"(?<=j/g)/?°c|(?<=j/g)/k", "k", plain)
    plain = re.sub(r"(?<=/)°c|(?<=g)°c", "k", plain)
    return plain.strip("[]\"'")


def _by_name(name: str) -> Kind | None:
    lower = name.lower().strip()
    return next((kind for pattern, kind in _NAMES if re.fullmatch(pattern, lower)), None)
