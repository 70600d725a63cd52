"""The command that measures image models on labelled pictures."""

import json
from io import StringIO
from pathlib import Path

import pytest
import torch
from django.core.management import CommandError, call_command
from PIL import Image

from tests.pictures import SHAPES, thing, wall

NOISE = 4
SMALL = "lite0,size=96,views=fit,pooling=centre,dimension=256"


def evaluate(*arguments: str | Path) -> tuple[str, str]:
    out, notes = StringIO(), StringIO()
    call_command("evaluate_imagesearch", *map(str, arguments), stdout=out, stderr=notes)
    return out.getvalue(), notes.getvalue()


def row(table: str, name: str) -> list[str]:
    (line,) = (line for line in table.splitlines() if line.startswith(f"{name} "))
    return line.removeprefix(name).split()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three shapes, four of each in the gallery and two asked for; and walls."""
    torch.set_num_threads(1)
    lines = []
    for number in range(6):
        for shape in SHAPES:
            thing(shape, number).save(tmp_path / f"{shape}{number}.png")
            split = "gallery" if number < 4 else "query"
            group = "Round" if shape == "ring" else "Straight"
            lines.append({"file": f"{shape}{number}.png", "concept": shape, "group": group, "split": split})
    for number in range(4):
        wall(6 * number + NOISE).save(tmp_path / f"wall{number}.png")
        lines.append({"file": f"wall{number}.png", "split": "distractor"})
    return manifest(tmp_path, lines)


def manifest(folder: Path, lines: list[dict[str, str]]) -> Path:
    (folder / "manifest.jsonl").write_text("\n".join(map(json.dumps, lines)))
    return folder


def lines_of(folder: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in (folder / "manifest.jsonl").read_text().splitlines()]


def test_the_table_has_a_line_for_each_model_and_each_category(folder: Path) -> None:
    table, notes = evaluate(folder, "--variant", SMALL, "--variant", "plain")
    assert row(table, SMALL)[:2] == ["1.000", "1.000"]
    assert row(table, "plain")[0] == "1.000"
    assert [line.split()[:2] for line in table.splitlines() if line.startswith("Round")] == [["Round", "2"]] * 2
    assert [line.split()[:2] for line in table.splitlines() if line.startswith("Straight")] == [["Straight", "4"]] * 2
    assert notes.count("by the gallery alone") == 2


def test_walls_are_refused_and_things_are_not(folder: Path) -> None:
    table, _notes = evaluate(folder, "--model", "efficientnet-lite2")
    assert row(table, "efficientnet-lite2")[5:8] == ["0.620", "100%", "0%"]


def test_the_json_file_has_the_figures_and_every_query(folder: Path, tmp_path: Path) -> None:
    evaluate(folder, "--variant", SMALL, "--json", tmp_path / "figures.json")
    (found,) = json.loads((tmp_path / "figures.json").read_text()).values()
    assert found["overall"]["queries"] == 6
    assert found["timing"]["p95"] >= found["timing"]["p50"] > 0
    first = found["queries"][0]
    assert (first["file"], first["concept"], len(first["nearest"])) == ("ring4.png", "ring", 5)
    assert [one["distance"] for one in first["nearest"]] == sorted(one["distance"] for one in first["nearest"])


def test_what_went_wrong_is_drawn(folder: Path, tmp_path: Path) -> None:
    lines = lines_of(folder)
    for line in lines:
        if line["split"] == "query" and line["concept"] == "ring":
            line["concept"] = "bars"
    evaluate(manifest(folder, lines), "--variant", SMALL, "--picture", tmp_path / "wrong.png")
    with Image.open(tmp_path / "wrong.png") as sheet:
        assert sheet.size == (8 + 6 * 136, 8 + 2 * 166)
        red, green = (185, 28, 28), (21, 128, 61)
        assert red in {colour for _count, colour in sheet.getcolors(1 << 20) or ()}
        assert green not in {sheet.getpixel((8 + 136 - 2, 8))}


def test_nothing_is_drawn_when_nothing_went_wrong(folder: Path, tmp_path: Path) -> None:
    _table, notes = evaluate(folder, "--variant", SMALL, "--picture", tmp_path / "wrong.png")
    assert "Nothing was found wrongly" in notes
    assert not (tmp_path / "wrong.png").exists()


def test_a_damaged_picture_is_named_and_left_out(folder: Path) -> None:
    (folder / "ring0.png").write_bytes(b"no picture")
    table, notes = evaluate(folder, "--variant", SMALL)
    assert f"{folder / 'ring0.png'} is not a picture of a kind we take" in notes
    assert row(table, SMALL)[0] == "1.000"


def test_a_query_of_what_the_gallery_lacks_is_left_out(folder: Path) -> None:
    lines = lines_of(folder)
    lines[-5] |= {"concept": "star", "split": "query"}
    _table, notes = evaluate(manifest(folder, lines), "--variant", SMALL)
    assert "1 queries show what the gallery has not: left out." in notes


def test_a_gallery_of_other_things_cannot_be_measured(folder: Path) -> None:
    lines = [line | ({"concept": "star"} if line["split"] == "query" else {}) for line in lines_of(folder)]
    with pytest.raises(CommandError, match="No query shows anything that the gallery has"):
        evaluate(manifest(folder, lines), "--variant", SMALL)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--variant", "lite9"], "lite0, lite1, lite2"),
        (["--variant", "lite0,size=1"], "64 to 512"),
        (["--model", "no/such/model/here"], "cannot be loaded"),
        (["--threads", "0"], "1 or more"),
        (["--variant", SMALL, "--json", "/proc/none/figures.json"], "cannot be written"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_line(folder: Path, arguments: list[str], told: str) -> None:
    with pytest.raises(CommandError, match=told):
        evaluate(folder, *arguments)


def test_a_picture_of_no_known_kind_is_not_drawn(folder: Path, tmp_path: Path) -> None:
    lines = lines_of(folder)
    lines[12]["concept"] = "cross" if lines[12]["concept"] != "cross" else "ring"
    with pytest.raises(CommandError, match=r"wrong\.xyz cannot be written"):
        evaluate(manifest(folder, lines), "--variant", SMALL, "--picture", tmp_path / "wrong.xyz")


def test_a_folder_without_pictures_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"manifest\.jsonl cannot be read.*docs/image-search\.md"):
        evaluate(tmp_path)
