from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.datasets.files import levels
from vae_explorer.core.datasets import tables
from vae_explorer.core.datasets.choices import Choices
from vae_explorer.core.datasets.data_set import DataSet
from vae_explorer.core.datasets.reading import preview, read
from vae_explorer.core.decoder_space import CancelledError
from vae_explorer.core.errors import DataError


def written(folder: Path, rows: list[list[object]], delimiter: str = ",", name: str = "table.csv") -> Path:
    path = folder / name
    path.write_text("".join(delimiter.join(map(str, row)) + "\n" for row in rows), "utf-8")
    return path


def numbers(images: int, side: int = 3) -> list[list[object]]:
    rows: list[list[object]] = levels(images, side).reshape(images, -1).tolist()
    return rows


def everything(data: DataSet) -> np.ndarray:
    """All images as gray levels, in the order of the lines."""
    order = np.argsort(np.concatenate((data.train.rows, data.test.rows)))
    return np.concatenate((data.train.levels(slice(None)), data.test.levels(slice(None))))[order]


def names_of(data: DataSet) -> list[str]:
    """The class of each image, in the order of the lines."""
    assert data.train.labels is not None
    assert data.test.labels is not None
    labels = np.concatenate((data.train.labels, data.test.labels))
    order = np.argsort(np.concatenate((data.train.rows, data.test.rows)))
    return [data.class_names[label] for label in labels[order]]


def reasons(data: DataSet) -> dict[str, tuple[str, ...]]:
    return {str(skipped.reason): skipped.examples for skipped in data.skipped}


@given(
    st.sampled_from([",", ";", "\t", "|", " "]),
    st.booleans(),
    st.sampled_from([None, "numbers", "words"]),
    st.integers(0, 10_000),
)
def test_delimiter_heading_and_label_are_found(
    tmp_path_factory: pytest.TempPathFactory, delimiter: str, heading: bool, kind: str | None, seed: int
) -> None:
    images = levels(12, 4, seed).reshape(12, 16)
    labels = [f"{'class' if kind == 'words' else ''}{i % 3}" for i in range(12)]
    rows = [
        [*([label] if kind else []), *image] for label, image in zip(labels, images.tolist(), strict=True)
    ]
    if heading:
        rows.insert(0, [*(["label"] if kind else []), *(f"pixel{i}" for i in range(16))])
    data = read(written(tmp_path_factory.getbasetemp(), rows, delimiter))
    np.testing.assert_array_equal(everything(data), images)
    assert data.labelled is (kind is not None)
    if kind:
        assert names_of(data) == labels
    assert not data.skipped


@given(st.lists(st.floats(0, 1, width=32), min_size=9, max_size=9), st.booleans())
def test_fractions_come_back(
    tmp_path_factory: pytest.TempPathFactory, values: list[float], comma: bool
) -> None:
    rows = [[*values], [0.5] * 9, [0, *[1] * 8]]
    texts = [[str(value).replace(".", ",") if comma else value for value in row] for row in rows]
    data = read(written(tmp_path_factory.getbasetemp(), texts, ";" if comma else ","))
    floats = np.concatenate((data.train.floats(slice(None)), data.test.floats(slice(None))))
    order = np.argsort(np.concatenate((data.train.rows, data.test.rows)))
    np.testing.assert_allclose(floats[order], np.array(rows, np.float32), atol=1e-6)


def test_a_label_column_by_name_or_number(tmp_path: Path) -> None:
    rows = [
        ["a", "sort", *"bcdefgh", "i"],
        *([*row[:1], i % 2, *row[1:]] for i, row in enumerate(numbers(6))),
    ]
    path = written(tmp_path, rows)
    for choice in ("sort", "2"):
        data = read(path, Choices(labels=choice))
        assert names_of(data) == ["0", "1"] * 3
        np.testing.assert_array_equal(everything(data), numbers(6))
    with pytest.raises(DataError, match=r"no column “none”.*a, sort, b"):
        preview(path, Choices(labels="none"))


def test_a_label_at_either_end_of_lines_without_a_heading(tmp_path: Path) -> None:
    first = written(tmp_path, [[i % 2, *row] for i, row in enumerate(numbers(6))])
    np.testing.assert_array_equal(everything(read(first)), numbers(6))
    last = written(tmp_path, [[0.5 / (i + 1), *row[1:], i % 2] for i, row in enumerate(numbers(6))])
    assert names_of(read(last)) == ["0", "1"] * 3


def test_columns_that_are_numbered_are_a_heading(tmp_path: Path) -> None:
    rows: list[list[object]] = [["", *range(9)], *([i, *row] for i, row in enumerate(numbers(6)))]
    data = read(written(tmp_path, rows))
    np.testing.assert_array_equal(everything(data), numbers(6))
    assert not data.labelled


def test_lines_that_cannot_be_used_are_counted_with_their_reason(tmp_path: Path) -> None:
    rows = numbers(12)
    rows[2][4], rows[3][0], rows[4][8] = "nan", "", "inf"
    rows[5], rows[6] = rows[5][:8], [*rows[6], 7]
    rows[7][1] = "seven"
    path = written(tmp_path, rows)
    path.write_text(path.read_text() + "\n\n")
    data = read(path)
    assert len(data) == 6
    assert reasons(data) == {
        "a value is not a number (NaN) or infinite": ("line 3", "line 5"),
        "a field is empty or no number": ("line 4", "line 8"),
        "it has more or fewer fields than the first line of numbers": ("line 6", "line 7"),
    }
    np.testing.assert_array_equal(everything(data), np.delete(levels(12, 3).reshape(12, -1), range(2, 8), 0))
    shown = preview(path)
    assert (shown.found, shown.images, shown.skipped) == (12, 6, data.skipped)


def test_labels_from_another_file_follow_the_lines_that_are_kept(tmp_path: Path) -> None:
    rows = numbers(8)
    rows[3][4] = "nan"
    (tmp_path / "labels.txt").write_text("\n".join("abcdefgh"))
    data = read(written(tmp_path, rows), Choices(labels_path=tmp_path / "labels.txt"))
    assert names_of(data) == list("abcefgh")


def test_lines_without_a_label_are_left_out(tmp_path: Path) -> None:
    rows = [["label", *range(9)], *([("cat", "dog", "")[i % 3], *row] for i, row in enumerate(numbers(9)))]
    data = read(written(tmp_path, rows))
    assert names_of(data) == ["cat", "dog"] * 3
    assert [(str(skipped.reason), skipped.count) for skipped in data.skipped] == [("it has no label", 3)]


def test_vectors_of_no_square_length(tmp_path: Path) -> None:
    path = written(tmp_path, [row[:7] for row in numbers(6)])
    with pytest.raises(DataError, match="7 values"):
        preview(path)
    data = read(path, Choices(pad_vectors=True))
    np.testing.assert_array_equal(everything(data)[:, :7], [row[:7] for row in numbers(6)])
    assert not everything(data)[:, 7:].any()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"\n\n\n", "not a table"),
        (b"\x00\x01\x02" * 100, "not a table"),
        (b"label,a,b,c,d\n", "only a heading"),
        (b"a,b,c,d\nw,x,y,z\n", "None of the lines"),
        (b"a,b,c,d\nnan,1,2,3\n", "None of the lines .* line 2"),
        (b"1,2,3,4\n", "1 images to train on and 0 to test"),
        (b"-7,2,3,4\n5,1000,3,4\n", "go from -7 to 1000"),
        (b'1,2,3,4\n"' + b"9" * 200_000, "not a table"),
    ],
)
def test_what_is_no_table_of_images_is_refused(content: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    for way in (preview, read):
        with pytest.raises(DataError, match=said):
            way(path)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_marks_of_encodings_are_read(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    rows = [["naïve" if i % 2 else "élan", *row] for i, row in enumerate(numbers(6))]
    path.write_text("".join(",".join(map(str, row)) + "\r\n" for row in rows), encoding)
    assert set(names_of(read(path))) == {"naïve", "élan"}


def test_a_long_table_is_shown_by_its_first_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "LOOKED_AT", 256)
    path = written(tmp_path, [["label", *range(9)], *([i % 2, *row] for i, row in enumerate(numbers(1000)))])
    shown = preview(path)
    assert (shown.found, shown.looked_at, shown.images) == (1000, 256, 1000)
    assert not shown.whole
    assert shown.test == len(read(path).test)


def test_quoted_fields(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    lines = [",".join(f'"{field}"' for field in ("a, b", *row)) for row in numbers(6)]
    path.write_text("\n".join(lines))
    assert names_of(read(path)) == ["a, b"] * 6


def test_reading_tells_its_progress_and_ends_when_told(tmp_path: Path) -> None:
    path = written(tmp_path, numbers(2000))
    told: list[float] = []
    read(path, progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1
    for way in (preview, read):
        with pytest.raises(CancelledError):
            way(path, cancelled=lambda: True)
