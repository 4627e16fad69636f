from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from safetensors.numpy import load

from vae_explorer.core.tensor_file import DTYPES, encode_tensors, is_safetensors, parse_table

tensors = st.dictionaries(
    st.text(min_size=1, max_size=9).filter(lambda name: name != "__metadata__"),
    arrays.arrays(
        st.sampled_from([np.dtype(name) for name in DTYPES]),
        arrays.array_shapes(min_dims=0, max_dims=3, max_side=4, min_side=0),
    ),
    max_size=5,
)


@given(tensors, st.text())
def test_the_library_reads_what_is_written(written: dict[str, np.ndarray], text: str) -> None:
    content = encode_tensors(written, {"key": text})
    assert is_safetensors(content)
    read = load(content)
    assert read.keys() == written.keys()
    for name, values in written.items():
        assert (read[name].dtype, read[name].shape) == (values.dtype, values.shape)
        assert read[name].tobytes() == values.tobytes()
    table = parse_table(content)
    assert table.metadata == {"key": text}
    assert table.end == len(content)
    assert {name: shape for name, (_, shape) in table.forms.items()} == {
        name: values.shape for name, values in written.items()
    }


@pytest.mark.parametrize("change", [lambda a: a.T, lambda a: a[::2, ::-1], lambda a: a.astype(">f4")])
def test_any_layout_is_written_as_rows(change: Callable[[np.ndarray], np.ndarray]) -> None:
    values = change(np.arange(24, dtype=np.float32).reshape(4, 6))
    np.testing.assert_array_equal(load(encode_tensors({"a": values}, {}))["a"], values)
