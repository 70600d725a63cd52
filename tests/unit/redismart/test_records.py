"""Records are read one by one, and a bad one never costs another."""

import io
import random
import tracemalloc

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redismart.loading.lines import LONGEST_LINE
from redismart.loading.records import Record, csv_rows, json_array, json_lines

TEXTS = st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)


def read(reader: object, data: bytes, skip: int = 0) -> list[Record]:
    return list(reader(io.BytesIO(data), skip))  # type: ignore[operator]


def test_a_broken_line_is_told_and_the_next_is_read() -> None:
    records = read(json_lines, b'{"a": 1}\n{"a": \n\n[1]\n{"a": 2}')
    assert [record.position for record in records] == [1, 2, 4, 5]
    assert [bool(record.problem) for record in records] == [False, True, True, False]
    assert "not valid JSON" in records[1].problem
    assert records[2].problem == "is not a JSON object"


@pytest.mark.parametrize("token", [b"NaN", b"Infinity", b"-Infinity", b"1e999"])
def test_numbers_that_json_does_not_have_are_told(token: bytes) -> None:
    (record,) = read(json_lines, b'{"price": ' + token + b"}")
    assert "not valid JSON" in record.problem


def test_bytes_that_are_no_text_are_told() -> None:
    (bad, good) = read(json_lines, b'{"a": "\xff"}\n{"a": 1}\n')
    assert "not UTF-8 (byte 8" in bad.problem
    assert good.fields == {"a": 1}


def test_a_line_of_ten_megabytes_is_told_without_being_held() -> None:
    data = io.BytesIO(b'{"a": "' + b"x" * 10 * 1024 * 1024 + b'"}\n{"a": 1}\n')
    tracemalloc.start()
    (long, good) = json_lines(data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "has 10.0 MB" in long.problem
    assert (good.position, good.fields) == (2, {"a": 1})
    assert peak < LONGEST_LINE * 2.5


def test_an_array_is_read_object_by_object_with_exact_numbers() -> None:
    records = read(json_array, b'[{"price": 0.10},\n 5, {"a": [1, 2]}]')
    assert str(records[0].fields["price"]) == "0.10"
    assert records[1].problem == "is not a JSON object"
    assert records[2].fields == {"a": [1, 2]}


def test_an_object_that_is_too_large_is_told_after_those_before_it() -> None:
    records = read(json_array, b'[{"a": 1}, {"a": "' + b"x" * 10 * 1024 * 1024 + b'"}]')
    assert records[0].fields == {"a": 1}
    assert records[1].problem.endswith("it has more than 4 MB")


def test_a_broken_array_is_told_where_it_breaks() -> None:
    records = read(json_array, b'[{"a": 1}, {"a": }, {"a": 3}]')
    assert records[0].fields == {"a": 1}
    assert (records[1].position, len(records)) == (2, 2)
    assert "rest of the file cannot be read" in records[1].problem


def test_csv_rows_are_numbered_by_the_line_they_begin_in() -> None:
    records = read(csv_rows(","), b'sku,name\n1,"two\nlines"\n2,x\n')
    assert [(record.position, record.fields["name"]) for record in records] == [(2, "two\nlines"), (4, "x")]


def test_csv_rows_of_another_width_are_told() -> None:
    records = read(csv_rows(","), b"sku,name\n1\n2,b,c\n3,d\n")
    assert [record.problem for record in records] == [
        "has 1 columns where the first line names 2",
        "has 3 columns where the first line names 2",
        "",
    ]


@pytest.mark.parametrize(
    ("row", "words"),
    [(b'"a"b,c', "not valid CSV"), (b"\xff,b", "not UTF-8"), (b"x" * (LONGEST_LINE + 1) + b",b", "MB")],
    ids=["quote", "bytes", "length"],
)
def test_a_bad_csv_row_is_told_and_the_next_is_read(row: bytes, words: str) -> None:
    (bad, good) = read(csv_rows(","), b"sku,name\n" + row + b"\n2,b\n")
    assert words in bad.problem
    assert good.fields == {"sku": "2", "name": "b"}


def test_an_open_quote_does_not_swallow_a_whole_file() -> None:
    records = read(csv_rows(","), b'sku,name\n1,"open\n' + b"2,b\n" * 400_000)
    assert "not valid CSV" in records[0].problem
    assert len(records) > 100_000


@pytest.mark.parametrize(
    ("rest", "words"),
    [
        (b"2,b\n" * 500, "unexpected end of data; lines 2 to 502 were"),
        (b'2,b\n3,"c"\n4,d\n', "not valid CSV"),
        (b'2,b\n3,c",more\n4,d\n', "has 3 columns where the first line names 2; lines 2 to 4 were"),
    ],
    ids=["to the end", "to a quote", "into another column"],
)
def test_the_rows_that_an_open_quote_swallows_are_told(rest: bytes, words: str) -> None:
    bad = read(csv_rows(","), b'sku,name\n1,"open,1\n' + rest)[0]
    assert bad.position == 2
    assert words in bad.problem
    assert "lines 2 to" in bad.problem
    assert bad.problem.endswith("and load again")


@settings(deadline=None)
@given(
    st.lists(st.dictionaries(TEXTS, TEXTS | st.integers(-(2**53), 2**53), max_size=3), max_size=30), st.integers(0, 35)
)
def test_skipping_leaves_exactly_the_rest(rows: list[dict[str, object]], skip: int) -> None:
    as_lines = b"\n".join(orjson.dumps(row) for row in rows)
    assert [record.fields for record in read(json_lines, as_lines, skip)] == rows[skip:]
    assert [record.fields for record in read(json_array, orjson.dumps(rows), skip)] == rows[skip:]


@settings(deadline=None)
@given(st.binary(max_size=300), st.sampled_from([json_lines, json_array, csv_rows(","), csv_rows("\t")]))
def test_any_bytes_can_be_read(data: bytes, reader: object) -> None:
    assert all(record.problem or record.fields is not None for record in read(reader, data))


def test_skipping_csv_rows_leaves_exactly_the_rest() -> None:
    chance = random.Random(1)
    rows = [f'{n},"{"line" + chr(10) if chance.random() < 0.3 else "x"}"' for n in range(50)]
    records = read(csv_rows(","), ("sku,name\n" + "\n".join(rows)).encode(), 20)
    assert [record.fields["sku"] for record in records] == [str(n) for n in range(20, 50)]
