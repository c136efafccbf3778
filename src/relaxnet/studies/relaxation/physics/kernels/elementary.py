"""Exponential, logarithm, power: the same bits on every machine.

Those of the system choose their code by processor and C library.  These consist of nothing but IEEE arithmetic in a
fixed order, within two units in the last place.
"""

import math
from decimal import Decimal, localcontext

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from .compiling import kernel

_TABLE_BITS = 5
_PARTS = 1 << _TABLE_BITS  # of a factor of two


def _constants():
    """``2**(j/_PARTS)`` for all j, and ``ln 2 / _PARTS`` in two parts, the first of few bits, correctly rounded."""
    with localcontext() as context:
        context.prec = 50
        part = Decimal(2).ln() / _PARTS
        high = math.ldexp(math.floor(math.ldexp(float(part), 37)), -37)
        powers = tuple(float((part * j).exp()) for j in range(_PARTS))
        return powers, high, float(part - Decimal(high))


_POWERS, _PART_HIGH, _PART_LOW = _constants()
_LN_2_HIGH, _LN_2_LOW = _PART_HIGH * _PARTS, _PART_LOW * _PARTS
LN_2, LOG2_E = float(Decimal(2).ln()), float(1 / Decimal(2).ln())
_LARGEST, _SMALLEST = 709.0, -708.0  # beyond: infinity and zero, without subnormal numbers
# of atanh(s)/s - 1 in s**2, for the mantissas from sqrt(1/2) to sqrt(2): the series up to 1e-17
_L_1, _L_2, _L_3, _L_4, _L_5, _L_6, _L_7, _L_8, _L_9, _L_10 = (2.0 / (2 * n + 1) for n in range(1, 11))
_HALF_LN_2_PI = 0.9189385332046728


@intrinsic
def float_of_bits(_typing, _bits):
    """The float64 whose bits are those of an int64."""

    def generate(_context, builder, _signature, arguments):
        return builder.bitcast(arguments[0], ir.DoubleType())

    return types.float64(types.int64), generate


@intrinsic
def bits_of_float(_typing, _value):
    """The bits of a float64 as an int64."""

    def generate(_context, builder, _signature, arguments):
        return builder.bitcast(arguments[0], ir.IntType(64))

    return types.int64(types.float64), generate


@kernel()
def exp(value):
    """``e**value``; beyond the range of normal numbers 0 or infinity."""
    if not value < _LARGEST:
        return value if value != value else math.inf
    if value < _SMALLEST:
        return 0.0
    steps = math.floor(value * (LOG2_E * _PARTS) + 0.5)
    r = (value - steps * _PART_HIGH) - steps * _PART_LOW
    square = r * r
    rest = r + square * (0.5 + r * (1 / 6) + square * (1 / 24 + r * (1 / 120) + square * (1 / 720)))
    number = int(steps)
    power = _POWERS[number & (_PARTS - 1)]
    return (power + power * rest) * float_of_bits(((number >> _TABLE_BITS) + 1023) << 52)


@kernel()
def log(value):
    """Natural logarithm of a positive normal number; of 0 minus infinity, of others not a number."""
    if not value > 0.0:
        return -math.inf if value == 0.0 else math.nan
    if value == math.inf:
        return value
    bits = bits_of_float(value)
    # from sqrt(1/2) to sqrt(2): 0x3FE6A09E... are the bits of the former
    exponent = (bits - 0x3FE6A09E667F3BCD) >> 52
    mantissa = float_of_bits(bits - (exponent << 52))
    f = mantissa - 1.0
    s = f / (2.0 + f)
    z = s * s
    w = z * z
    even = w * (_L_2 + w * (_L_4 + w * (_L_6 + w * (_L_8 + w * _L_10))))
    odd = z * (_L_1 + w * (_L_3 + w * (_L_5 + w * (_L_7 + w * _L_9))))
    half_square = 0.5 * f * f
    low = s * (half_square + (even + odd)) + exponent * _LN_2_LOW
    return exponent * _LN_2_HIGH - ((half_square - low) - f)


@kernel()
def power(base, exponent):
    """``base**exponent`` of a base that is not negative."""
    return exp(exponent * log(base)) if base > 0.0 else 0.0


@kernel()
def log_gamma(value):
    """Logarithm of the gamma function at ``value >= 1``, within 1e-12, by Stirling's series above 9."""
    product = 1.0
    while value < 9.0:
        product *= value
        value += 1.0
    i = 1.0 / value
    series = i * (1 / 12 - i * i * (1 / 360 - i * i * (1 / 1260 - i * i * (1 / 1680))))
    return (value - 0.5) * log(value) - value + _HALF_LN_2_PI + series - log(product)
