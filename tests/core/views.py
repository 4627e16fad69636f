"""Parts of the map that a user may look at: left, bottom, right and top."""

from hypothesis import strategies as st

_coordinates = st.floats(-50, 50)
_sizes = st.floats(0.1, 30)
views = st.builds(lambda x, y, w, h: (x, y, x + w, y + h), _coordinates, _coordinates, _sizes, _sizes)
