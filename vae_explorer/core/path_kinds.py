"""The kinds of paths, apart from what computes them: whoever only names one need not import that."""

from __future__ import annotations

from typing import Literal

#: linear: the straight line. spherical: along a great circle, the distance from the origin changing evenly.
#: geodesic: the shortest in decoder space. neighbours: through the means of real digits, each near the one before.
PathKind = Literal["linear", "spherical", "geodesic", "neighbours"]
PATH_KINDS: tuple[PathKind, ...] = ("linear", "spherical", "geodesic", "neighbours")
#: What is the same from frame to frame between two anchors: the way on the map, or the change of the image. None: the
#: path's own pace, which is the way for a straight line, the angle on a great circle, about the change for a geodesic,
#: and a digit at a time for neighbours.
Even = Literal["latent", "decoder"] | None
#: How strongly a geodesic is kept near the data unless one says otherwise; see `core.near_data`. Between digits at the
#: rim of the bundled deep model's data, shortest paths are off the data (emptiness above 1.5) on 16 % of the way. With
#: this it is 2 %, as on the straight line, and the path is still shorter than that, by 16 % in place of 20 %.
NEAR_DATA = 0.5
