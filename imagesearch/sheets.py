"""A picture of what an encoder got wrong, to be looked at by people."""

from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont, ImageOps

from imagesearch.framing import on_white
from imagesearch.judging import Answer
from imagesearch.samples import Sample

TILE, GAP, LINE = 128, 8, 30
MOST_ROWS = 60
RIGHT, WRONG, INK, PAPER = "#15803d", "#b91c1c", "#111111", "#ffffff"
FONT_SIZE = 11
LETTERS = 20


def contact_sheet(answers: Sequence[Answer]) -> Image.Image | None:
    """A row for each answer whose first picture is wrong: the query and what was found, worst first; ``None`` if none.

    What shows the same thing as the query has a green frame, what does not a red one.
    """
    wrong = [answer for answer in answers if answer.nearest and answer.nearest[0][0].concept != answer.sample.concept]
    rows = sorted(wrong, key=lambda answer: answer.quality.average_precision)[:MOST_ROWS]
    if not rows:
        return None
    columns = 1 + max(len(answer.nearest) for answer in rows)
    sheet = Image.new("RGB", (columns * (TILE + GAP) + GAP, len(rows) * (TILE + LINE + GAP) + GAP), PAPER)
    for number, answer in enumerate(rows):
        _row(sheet, answer, top=GAP + number * (TILE + LINE + GAP))
    return sheet


def _row(sheet: Image.Image, answer: Answer, *, top: int) -> None:
    _tile(sheet, answer.sample, "searched by", INK, (GAP, top))
    for column, (sample, far) in enumerate(answer.nearest, start=1):
        colour = RIGHT if sample.concept == answer.sample.concept else WRONG
        _tile(sheet, sample, f"{far:.3f}", colour, (GAP + column * (TILE + GAP), top))


def _tile(sheet: Image.Image, sample: Sample, note: str, colour: str, place: tuple[int, int]) -> None:
    left, top = place
    sheet.paste(ImageOps.pad(on_white(sample.picture()), (TILE, TILE), color=PAPER), place)
    draw = ImageDraw.Draw(sheet)
    draw.rectangle((left - 2, top - 2, left + TILE + 1, top + TILE + 1), outline=colour, width=2)
    text = f"{sample.concept[:LETTERS]}\n{note}"
    draw.multiline_text((left, top + TILE + 2), text, fill=colour, font=ImageFont.load_default(FONT_SIZE))
