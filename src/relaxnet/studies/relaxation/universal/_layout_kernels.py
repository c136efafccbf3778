"""Kernels of the layout."""

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
def edges(centre_k, width_k, out):
    """Temperatures between the bins."""
    for k in range(len(out)):
        out[k] = centre_k + STRETCH * width_k * np.sinh(FIRST + (LAST - FIRST) * k / (len(out) - 1))


@kernel()
def average(temperature_k, cp_n, centre_k, edges_k, mean_k, mean_cp_n, count, spread_k2):
    """Mean temperature and signal of the points in each bin, their number, and the variance of their temperature."""
    bins = len(count)
    mean_k[:], mean_cp_n[:], count[:], spread_k2[:] = 0.0, 0.0, 0.0, 0.0
    k = 0
    for i in range(len(temperature_k)):
        t = temperature_k[i]
        if t < edges_k[0]:
            continue
        while k < bins and t >= edges_k[k + 1]:
            k += 1
        if k == bins:
            break
        mean_k[k] += t
        spread_k2[k] += (t - centre_k) ** 2
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
    per_k, per_v = 1.0 / (STRETCH * width_k), (places - 1) / (LAST - FIRST)
    for k in range(len(count)):
        if count[k] == 0.0:
            continue
        z = (mean_k[k] - centre_k) * per_k
        v = np.log(abs(z) + np.sqrt(z * z + 1.0))  # arcsinh, faster
        place = ((v if z > 0.0 else -v) - FIRST) * per_v
        first = int(place)
        if 0 <= first < places - 1:
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


@kernel()
def lay_out_all(
    ends, temperatures_k, signals, noise, mean_k, spread_k2, mean_cp_n, count, picture, centre_k, width_k, usable
):  # fmt: skip
    """Lay out n samples whose scans stand one after the other.

    ``ends`` (n, scans + 1) says where each scan begins and ends; a sample's last scan is that after the fastest
    cooling, and scans that it lacks come after it, without points.  The others are columns of `Layout`.  A sample whose
    last scan is not one from glass to liquid is not usable.
    """
    edges_k = np.empty(count.shape[2] + 1)
    for q in range(len(ends)):
        last = 0
        for s in range(ends.shape[1] - 1):
            if ends[q, s + 1] > ends[q, s]:
                last = s
        part = slice(ends[q, last], ends[q, last + 1])
        centre_k[q], width_k[q] = centre_and_width(temperatures_k[part], signals[part], noise[q])
        first_k, last_k = temperatures_k[ends[q, last]], temperatures_k[ends[q, last + 1] - 1]
        usable[q] = first_k < centre_k[q] < last_k
        if not usable[q]:
            centre_k[q], width_k[q] = 0.5 * (first_k + last_k), 0.25 * (last_k - first_k)
        mean_k[q] = centre_k[q]
        edges(centre_k[q], width_k[q], edges_k)
        for s in range(last + 1):
            part = slice(ends[q, s], ends[q, s + 1])
            bins = mean_k[q, s], mean_cp_n[q, s], count[q, s]
            average(temperatures_k[part], signals[part], centre_k[q], edges_k, *bins, spread_k2[q, s])
            draw(*bins, centre_k[q], width_k[q], picture[q, s])
