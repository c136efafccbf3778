"""Kernels of the layout: one scan at a time."""

import numpy as np

from ..physics.kernels.compiling import kernel

STRETCH = 2.0  # of the axis v = arcsinh((T - centre)/(width * STRETCH)) of bins and picture
FIRST, LAST = -4.2, 3.8  # of it: all scans of the state space, but for the last 0.2 % of the broadest
_FEWEST = 0.05  # weight of points at a place of the picture, below which it is interpolated
_FLAT = 3  # so many places without a point at an end of the picture are glass or liquid


@kernel()
def centre_and_width(temperature_k, cp_n, noise):
    """Equal-area fictive temperature, and the breadth of the scan around a step there, free of noise on average."""
    last = len(temperature_k) - 1
    area_k = 0.0
    for i in range(last):
        area_k += 0.5 * (cp_n[i] + cp_n[i + 1]) * (temperature_k[i + 1] - temperature_k[i])
    centre_k = temperature_k[last] - area_k
    width_k = 0.0
    for i in range(last + 1):
        step_k = 0.5 * (temperature_k[min(i + 1, last)] - temperature_k[max(i - 1, 0)])
        away = cp_n[i] - (1.0 if temperature_k[i] > centre_k else 0.0)
        width_k += (min(away * away, 1.0) - noise * noise) * step_k
    return centre_k, max(width_k, 1e-3 * (temperature_k[last] - temperature_k[0]))


@kernel()
def average(temperature_k, cp_n, centre_k, width_k, mean_k, mean_cp_n, count, spread_k2):
    """Mean temperature and signal of the points in each bin, their number, and the variance of their temperature."""
    bins = len(count)
    mean_k[:], mean_cp_n[:], count[:], spread_k2[:] = 0.0, 0.0, 0.0, 0.0
    for i in range(len(temperature_k)):
        v = np.arcsinh((temperature_k[i] - centre_k) / (STRETCH * width_k))
        place = (v - FIRST) / (LAST - FIRST) * bins
        if 0.0 <= place < bins:
            k = int(place)
            mean_k[k] += temperature_k[i]
            spread_k2[k] += (temperature_k[i] - centre_k) ** 2
            mean_cp_n[k] += cp_n[i]
            count[k] += 1.0
    for k in range(bins):
        if count[k] > 0.0:
            mean_k[k] /= count[k]
            mean_cp_n[k] /= count[k]
            spread_k2[k] = max(spread_k2[k] / count[k] - (mean_k[k] - centre_k) ** 2, 0.0)
        else:
            mean_k[k] = centre_k


@kernel()
def draw(mean_k, mean_cp_n, count, centre_k, width_k, picture):
    """The signal at even places of the axis: means with the weights of linear interpolation, or between neighbours."""
    places = len(picture)
    total, weight = np.zeros(places), np.zeros(places)
    for k in range(len(count)):
        v = np.arcsinh((mean_k[k] - centre_k) / (STRETCH * width_k))
        place = (v - FIRST) / (LAST - FIRST) * (places - 1)
        first = int(place)
        if count[k] > 0.0 and 0 <= first < places - 1:
            share = place - first
            total[first] += (1.0 - share) * count[k] * mean_cp_n[k]
            weight[first] += (1.0 - share) * count[k]
            total[first + 1] += share * count[k] * mean_cp_n[k]
            weight[first + 1] += share * count[k]
    before = -1
    for place in range(places):
        if weight[place] > _FEWEST:
            picture[place] = total[place] / weight[place]
            for gap in range(before + 1, place):
                if before < 0:
                    picture[gap] = picture[place] if place < _FLAT else 0.0
                else:
                    share = (gap - before) / (place - before)
                    picture[gap] = (1.0 - share) * picture[before] + share * picture[place]
            before = place
    for place in range(before + 1, places):
        picture[place] = picture[before] if before >= 0 and places - before <= _FLAT else 1.0
