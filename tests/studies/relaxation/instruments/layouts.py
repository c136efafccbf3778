"""A known measurement as each maker's program writes it, in its syntax, encoding, decimal mark and sign."""

import json
from dataclasses import dataclass

import numpy as np

MASS_MG, RATE, SAMPLE = 5.0, 10.0, "glass 7"
HEATING_C = np.arange(-20.0, 120.0, 0.5)
TG_C = 60.0


@dataclass(frozen=True)
class Layout:
    """Bytes of a file, and what must be read from it."""

    data: bytes
    maker: str
    quantity: str = "heat_flow_mw"
    heatings: int = 1
    coolings: int = 0
    mass_mg: float | None = MASS_MG
    sample: str | None = SAMPLE
    exo: str | None = None  # what the user must add
    cooled_at: float | None = None


def heat_flow_mw(temperature_c, rate=RATE):
    """Endothermic up: a heat capacity of 1.2 J/(g K) that rises by 0.3 at the transition."""
    capacity = 1.2 + 0.001 * temperature_c + 0.3 / (1.0 + np.exp(-(temperature_c - TG_C) / 2.0))
    return MASS_MG * capacity * rate / 60.0


def time_min(temperature_c, rate=RATE, start=0.0):
    """Times of a ramp."""
    return start + np.abs(temperature_c - temperature_c[0]) / abs(rate)


def rows(*columns, separator="\t", decimal=".", digits=6):
    """Lines of a table."""
    lines = [separator.join(f"{value:.{digits}f}" for value in row) for row in zip(*columns, strict=True)]
    return [line.replace(".", decimal) for line in lines]


COOLING_C = HEATING_C[::-1]
TIME, FLOW = time_min(HEATING_C), heat_flow_mw(HEATING_C)
COOLING_TIME, COOLING_FLOW = time_min(COOLING_C), heat_flow_mw(COOLING_C, -RATE)
AFTER = COOLING_TIME[-1] + 0.05  # when the heating after the cooling begins


def netzsch(segments=False, decimal=",", exo=-1):
    """Proteus: one segment, or cooling and heating with a column that counts them."""
    head = [
        f"#EXPORTTYPE:                 ;DATA {'ALL' if segments else 'SINGLE'}",
        "#FORMAT:                     ;NETZSCH5",
        f"#IDENTITY:                   ;{SAMPLE}", "#DECIMAL:                    ;COMMA",
        "#SEPARATOR:                  ;SEMICOLON", "#MTYPE:                      ;DSC",
        "#INSTRUMENT:                 ;NETZSCH DSC 204F1", f"#SAMPLE:                     ;{SAMPLE}",
        "#SAMPLE MASS /mg:            ;5,0", f"#EXO:                        ;{exo}",
        "#RANGE:                      ;-20°C/10,0(K/min)/119,5°C",
    ]  # fmt: skip
    w_per_g = -exo * FLOW / MASS_MG
    if not segments:
        head += ["#SEGMENT:                    ;S4/4", "#SEG. 4:                     ;-20°C/10,0(K/min)/119,5°C", ""]
        table = rows(HEATING_C, TIME, w_per_g, np.full(len(TIME), 3.2), separator=";", decimal=decimal)
        titles = ["##Temp./°C;Time/min;DSC/(mW/mg);Sensit./(uV/mW)"]
    else:
        head += ["#SEGMENT:                    ;S1-2/2", "#SEG. 1:                     ;119,5°C/10,0(K/min)/-20°C"]
        head += ["#SEG. 2:                     ;-20°C/10,0(K/min)/119,5°C", ""]
        cooling = (COOLING_C, COOLING_TIME, -exo * COOLING_FLOW / MASS_MG, np.full(len(TIME), 1.0))
        heating = (HEATING_C, AFTER + TIME, w_per_g, np.full(len(TIME), 2.0))
        table = [*rows(*cooling, separator=";", decimal=decimal), *rows(*heating, separator=";", decimal=decimal)]
        titles = ["##Temp./°C;Time/min;DSC/(mW/mg);Segment"]
    return "\r\n".join([*head, *titles, *table, ""]).encode("latin-1")


def netzsch_compare():
    """Proteus: two measurements side by side, the second shorter."""
    titles = "##Temp./°C;Time/min;DSC/(mW/mg);Temp./°C;Time/min;DSC/(mW/mg)"
    one = rows(HEATING_C, TIME, FLOW / MASS_MG, separator=";")
    two = [*one[:200], *[";;"] * (len(one) - 200)]
    head = ["#EXPORTTYPE:;DATA COMPARE", f"#SAMPLE:;{SAMPLE};;;{SAMPLE}", "#SAMPLE MASS /mg:;5.0;;;5.0", "#EXO:;-1"]
    return "\n".join([*head, titles, *(";".join(pair) for pair in zip(one, two, strict=True)), ""]).encode("latin-1")


def mettler(curves=2, name="[]]15[$glass 7, heating"):
    """STARe: curves one after the other, exothermic up."""
    text = ["Title                                      22.01.2025 13:43", "_" * 80, "", "Title", ""]
    for _ in range(curves):
        text += ["Curve Name:", f"  {name}", "Curve Values:"]
        text += ["          Index              t             Ts             Tr          Value"]
        text += ["                           [s]           [°C]           [°C]           [mW]"]
        columns = (60.0 * TIME, HEATING_C, HEATING_C + 0.4, -FLOW)
        text += [f"{n:>10} {row}" for n, row in enumerate(rows(*columns, separator="   "))]
        text += ["Results:", "Texts:", "Sample:", f"  {SAMPLE}, 5.0000 mg", "Sample Remarks:", ""]
    text += ["TA Module:", "  DSC3+", "  Type           : DSC 3+", "Not signed       STARe SW 18.00"]
    return "\r\n".join(text).encode("latin-1")


def universal_analysis():
    """Universal Analysis: cooling and heating parted by marker rows, exothermic up, cp437."""
    head = [
        "CLOSED", "Version\t0.4", "Instrument\t2920 MDSC      V2.6A", "Module\tDSC Standard Cell", f"Sample\t{SAMPLE}",
        "Size\t5.00000\tmg", "Exotherm\tUp", "Nsig\t3", "Sig1\tTime (min)", "Sig2\tTemperature (°C)",
        "Sig3\tHeat Flow (mW)", "StartOfData",
    ]  # fmt: skip
    marker = ["-1.000000\t69.19148\t0.0000000"]
    table = [*marker, *rows(COOLING_TIME, COOLING_C, -COOLING_FLOW), *marker, *rows(AFTER + TIME, HEATING_C, -FLOW)]
    return "\r\n".join([*head, *table, *marker, ""]).encode("cp437")


def trios(encoding="utf-8", decimal=","):
    """TRIOS: two steps, rows without temperature at their end."""
    head = [
        "Filename\tx", "[File Parameters]", "Trios version\t5.1", "[Procedure]", f"Sample Name\t{SAMPLE}",
        f"Sample Mass\t5{decimal}0 mg", "[Configuration]", "Instrument Type\tDSC25", "Exotherm Direction\tDown",
    ]  # fmt: skip
    units = ["Time\tTemperature\tHeat Flow (Normalized)", "min\t°C\tW/g"]
    cooling = rows(COOLING_TIME, COOLING_C, COOLING_FLOW / MASS_MG, decimal=decimal)
    heating = rows(AFTER + TIME, HEATING_C, FLOW / MASS_MG, decimal=decimal)
    tail = [f"{AFTER + TIME[-1] + 0.01:.3f}\t\t".replace(".", decimal)] * 3
    steps = ["[step]", "Ramp 10.00 °C/min to -20.000 °C", *units, *cooling]
    steps += ["[step]", "Ramp 10.00 °C/min to 119.500 °C", *units, *heating, *tail, ""]
    return "\n".join([*head, *steps]).encode(encoding)


def trios_json():
    """TRIOS: rows of named values."""
    keys = {"t": ("Time", "min"), "T": ("Temperature", "°C"), "q": ("Heat Flow (Normalized)", "W/g")}
    headers = {k: {"DisplayName": n, "ValueType": "Number", "Unit": {"Name": u}} for k, (n, u) in keys.items()}
    headers["Results Step Id"] = {"DisplayName": "Results Step Id", "ValueType": "Uuid"}
    table = [{"t": t, "T": c, "q": q, "Results Step Id": "a"}
             for t, c, q in zip(TIME.tolist(), HEATING_C.tolist(), (FLOW / MASS_MG).tolist(), strict=True)]  # fmt: skip
    steps = [{"Id": "a", "Name": "Ramp 10.00 °C/min to 119.500 °C"}]
    instrument = {"Type": "DSC2500", "ExothermDirection": "Down"}
    content = {
        "Schema": {"Url": "TRIOSJSONExportSchema"}, "Operators": [],
        "Sample": {"Name": SAMPLE, "Mass": {"Value": 5.0, "Unit": {"Name": "mg"}}},
        "Procedure": {"Steps": [], "Configuration": {"InstrumentConfigurations": [instrument]}},
        "Results": {"Processed": {"ResultsSteps": steps, "ColumnHeaders": headers, "Rows": table}},
    }  # fmt: skip
    return json.dumps(content).encode()


def pyris():
    """Pyris: a hold and a heating, titles in two lines, endothermic up."""
    head = [
        "Filename:\tC:\\run.ds8d ", f"Sample ID:\t{SAMPLE} ", "Sample Weight:\t5.000 mg ", "Display Weight:\t5.000 ",
        "Method Steps: ", "1)\tHold for 1.0 min at -20.00°C ",
        "2)\tHeat from -20.00°C to 119.50°C at 10.00°C/min ", " ",
    ]  # fmt: skip
    titles = ["\tTime     \tUnsubtracted\tBaseline     \tProgram     \tSample     \tApprox.     ",
              "\t          \tHeat Flow     \tHeat Flow     \tTemperature\tTemperature\tGas Flow     "]  # fmt: skip
    hold_min = np.arange(0.0, 1.0, 0.02)
    zero = np.zeros(len(hold_min))
    hold = rows(hold_min, zero + 1.0, zero, zero - 20.0, zero - 20.0, zero)
    heating = rows(1.0 + TIME, FLOW, 0 * TIME, HEATING_C + 0.3, HEATING_C, 0 * TIME)
    steps = ["1) DSC 8500 Isothermal ", *titles, *(f"\t{row} " for row in hold)]
    steps += ["2) DSC 8500 Temperature Scan ", *(f"\t{row} " for row in heating)]
    steps += [" ", "\tDSC8500 CALIBRATION VALUES: "]
    return "\r\n".join([*head, *steps, "Reference\tExpected (°C)", ""]).encode("latin-1")


def setaram():
    """SETARAM: furnace and sample temperature, decimal comma, cp1251 with Cyrillic remarks."""
    titles = "Time (s);Furnace Temperature (°C);Sample Temperature (°C);HeatFlow (mW)"
    table = rows(60.0 * TIME, HEATING_C + 1.0, HEATING_C, -FLOW, separator=";", decimal=",")
    return "\n".join([f"Sample: {SAMPLE}", "Образец: стекло, mass 5,0 mg", titles, *table, ""]).encode("cp1251")


def table(separator=",", decimal=".", encoding="utf-8", titles=None, units=None):
    """A plain table in seconds, kelvin and mW, or as its titles say."""
    titles = titles or ["time [s]", "temperature [K]", "heat flow [mW]"]
    lines = [separator.join(titles), *([separator.join(units)] if units else [])]
    lines += rows(60.0 * TIME, HEATING_C + 273.15, FLOW, separator=separator, decimal=decimal)
    return "\n".join([*lines, ""]).encode(encoding)


def tidy():
    """The curves of ``relaxnet simulate``: two cooling rates one after the other."""
    share = 1.0 / (1.0 + np.exp(-(HEATING_C - TG_C) / 2.0))
    lines = ["cooling_rate_k_per_min,temperature_c,cp_n"]
    lines += [f"{rate},{t:.3f},{c:.6f}" for rate in (1.0, 20.0) for t, c in zip(HEATING_C, share, strict=True)]
    return "\n".join([*lines, ""]).encode()


def capacities():
    """Heat capacities, which need no sign."""
    lines = ["Temp (°C)\tcp (J/(g K))\ttime (min)"]
    lines += rows(HEATING_C, FLOW / MASS_MG * 60.0 / RATE, TIME)
    return "\n".join([*lines, ""]).encode()


PLAIN = {"maker": "table", "mass_mg": None, "sample": None, "exo": "down"}
LAYOUTS = {
    "netzsch": Layout(netzsch(), "netzsch", "heat_flow_w_per_g"),
    "netzsch point": Layout(netzsch(decimal="."), "netzsch", "heat_flow_w_per_g"),
    "netzsch exo up": Layout(netzsch(exo=1), "netzsch", "heat_flow_w_per_g"),
    "netzsch segments": Layout(netzsch(segments=True), "netzsch", "heat_flow_w_per_g", coolings=1, cooled_at=RATE),
    "netzsch compare": Layout(netzsch_compare(), "netzsch", "heat_flow_w_per_g", heatings=2),
    "mettler": Layout(mettler(), "mettler", heatings=2),
    "universal analysis": Layout(universal_analysis(), "ta", coolings=1, cooled_at=RATE),
    "trios": Layout(trios(), "ta", "heat_flow_w_per_g", coolings=1, cooled_at=RATE),
    "trios utf-16": Layout(trios("utf-16", "."), "ta", "heat_flow_w_per_g", coolings=1, cooled_at=RATE),
    "trios json": Layout(trios_json(), "ta", "heat_flow_w_per_g"),
    "pyris": Layout(pyris(), "perkinelmer"),
    "setaram": Layout(setaram(), "setaram", exo="up"),
    "csv": Layout(table(), **PLAIN),
    "csv bom": Layout(table(encoding="utf-8-sig"), **PLAIN),
    "tsv utf-16": Layout(table("\t", encoding="utf-16"), **PLAIN),
    "semicolons": Layout(table(";", ","), **PLAIN),
    "row of units": Layout(table(titles=["Time", "Temp", "Heat Flow"], units=["[s]", "[k]", "[mW]"]), **PLAIN),
    "columns of blanks": Layout(table("   ", titles=["t [s]", "T [K]", "Q [mW]"]), **PLAIN),
    "snake": Layout(table(titles=["time_s", "temperature_k", "heat_flow_mw"]), **PLAIN),
    "sign in title": Layout(
        table(titles=["t/s", "T/K", "heat flow endo up [mW]"]), maker="table", mass_mg=None, sample=None
    ),
    "tidy": Layout(tidy(), "table", "cp_n", heatings=2, mass_mg=None, sample=None, cooled_at=20.0),
    "capacities": Layout(capacities(), "table", "heat_capacity_j_per_g_k", mass_mg=None, sample=None),
}
