"""Files are read as far as they can be, and say what is wrong with them."""

import gzip
import secrets
from pathlib import Path

import pytest

from redismart.loading.files import beginning, opened, readable, shape, until_damage
from redismart.loading.problems import LoadError
from redismart.loading.records import Record

ROWS = 12_000


def read(path: Path, skip: int = 0) -> list[Record]:
    reader, _columns = shape(path, beginning(path))
    with opened(path) as (_raw, file):
        return list(until_damage(file, reader, skip))


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    path = tmp_path / "rows.jsonl.gz"
    path.write_bytes(gzip.compress(b"".join(b'{"a": "%s"}\n' % secrets.token_hex(90).encode() for _ in range(ROWS))))
    return path


def test_a_whole_file_gives_all_its_records(packed: Path) -> None:
    assert [record.position for record in read(packed)] == list(range(1, ROWS + 1))


@pytest.mark.parametrize("skip", [0, 100])
def test_a_file_cut_short_gives_what_is_whole_and_then_says_so(packed: Path, skip: int) -> None:
    packed.write_bytes(packed.read_bytes()[: packed.stat().st_size // 2])
    *whole, last = read(packed, skip)
    assert whole[0].position == skip + 1
    assert not any(record.problem for record in whole)
    assert last.position == whole[-1].position + 1
    assert "damaged from here on" in last.problem
    assert "fetch it again" in last.problem


def test_a_file_that_is_missing_or_no_file_at_all_is_told_by_its_name(tmp_path: Path) -> None:
    with (
        pytest.raises(LoadError, match=r"none\.csv does not exist: check the spelling"),
        readable(tmp_path / "none.csv"),
    ):
        pass
    with pytest.raises(LoadError, match=r"cannot be read: .*Is a directory"), readable(tmp_path):
        tmp_path.read_bytes()
