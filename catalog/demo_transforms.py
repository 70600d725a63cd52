"""Turn one source picture into the square picture that a product card shows.

Pure functions from image to image: no files, no network. A recipe entry names a source and a
`Transform`; the same pair always gives the same pixels, which is what makes a second run of the
fetcher a no-op.
"""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image, ImageChops, ImageColor, ImageDraw, ImageFilter

Box = tuple[float, float, float, float]
"""Left, top, right, bottom as fractions (0-1) of the source's width and height."""

DEFAULT_SCALE = 0.7
SHADOW_OPACITY = 70
WHEEL = 256
GREY_SATURATION = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Transform:
    """What happens to a source picture; every default means "leave it alone".

    `hue` turns the colour wheel by degrees; `within` limits all colour changes to source hues between
    two degrees (wrapping through 360), so that a blue sofa can turn green while its lamp stays orange;
    `greys` limits them to the source's greys, so that a laptop's case changes and its screen does not.
    `saturation` multiplies, `lightness` is a gamma (above 1 is lighter; it never clips).
    `tint` multiplies by a colour, the way to colour something white. `soften` blurs boxes: lettering
    that does not belong to the product. `pad` shows a photo whole, its plain edges drawn out to a square,
    instead of cutting it. `scale` is the part of the square that a cut-out fills.
    """

    crop: Box | None = None
    soften: tuple[Box, ...] = ()
    hue: float = 0.0
    within: tuple[float, float] | None = None
    greys: bool = False
    saturation: float = 1.0
    lightness: float = 1.0
    tint: str | None = None
    flip: bool = False
    pad: bool = False
    scale: float = DEFAULT_SCALE

    @property
    def recolours(self) -> bool:
        """Whether any pixel changes its colour."""
        return bool(self.hue % 360 or self.tint or self.saturation != 1 or self.lightness != 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Backdrop:
    """The two ends of the soft vertical gradient behind a cut-out, and the ink of a drawn picture."""

    top: str
    bottom: str
    ink: str


def compose(*, source: Image.Image, transform: Transform, backdrop: Backdrop, size: int) -> Image.Image:
    """The finished RGB square of `size` pixels: a photo fills it, a cut-out stands on the backdrop."""
    picture = _recolour(_soften(source, transform.soften), transform)
    if transform.crop:
        picture = picture.crop(_pixels(transform.crop, picture.size))
    if transform.flip:
        picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    if "A" in picture.getbands():
        return _stand(picture, backdrop=backdrop, size=size, scale=transform.scale)
    return _fill(_padded(picture) if transform.pad else picture, size=size)


def gradient(*, backdrop: Backdrop, size: int) -> Image.Image:
    """A square that runs softly from the backdrop's top colour to its bottom colour."""
    ramp = Image.linear_gradient("L").resize((size, size))
    top, bottom = (Image.new("RGB", (size, size), colour) for colour in (backdrop.top, backdrop.bottom))
    return Image.composite(bottom, top, ramp)


def _pixels(box: Box, size: tuple[int, int]) -> tuple[int, int, int, int]:
    width, height = size
    left, top, right, bottom = box
    return round(left * width), round(top * height), round(right * width), round(bottom * height)


def _soften(picture: Image.Image, boxes: tuple[Box, ...]) -> Image.Image:
    """Blur the boxes with feathered edges, so that no edge betrays the retouching."""
    if not boxes:
        return picture
    mask = Image.new("L", picture.size)
    draw = ImageDraw.Draw(mask)
    for box in boxes:
        draw.rounded_rectangle(_pixels(box, picture.size), radius=max(picture.size) // 150, fill=255)
    feather = max(picture.size) / 300
    blurred = picture.filter(ImageFilter.GaussianBlur(max(picture.size) / 50))
    return Image.composite(blurred, picture, mask.filter(ImageFilter.GaussianBlur(feather)))


def _recolour(picture: Image.Image, transform: Transform) -> Image.Image:
    if not transform.recolours:
        return picture
    plain = picture.convert("RGB")
    hue, saturation, value = plain.convert("HSV").split()
    changed = Image.merge(
        "HSV",
        (
            hue.point(_turn(transform.hue)),
            saturation.point(_scale(transform.saturation)),
            value.point(_gamma(transform.lightness)),
        ),
    ).convert("RGB")
    if transform.tint:
        changed = ImageChops.multiply(changed, Image.new("RGB", plain.size, transform.tint))
    if transform.within:
        changed = Image.composite(changed, plain, hue.point(_window(*transform.within)))
    if transform.greys:
        changed = Image.composite(changed, plain, saturation.point(_below(GREY_SATURATION)))
    if "A" in picture.getbands():
        changed.putalpha(picture.getchannel("A"))
    return changed


def _turn(degrees: float) -> list[int]:
    shift = round(degrees / 360 * WHEEL)
    return [(hue + shift) % WHEEL for hue in range(WHEEL)]


def _scale(factor: float) -> list[int]:
    return [min(255, round(level * factor)) for level in range(256)]


def _gamma(lightness: float) -> list[int]:
    return [round(255 * (level / 255) ** (1 / lightness)) for level in range(256)]


def _window(start: float, end: float) -> list[int]:
    """255 for the hues between two degrees; a start after the end wraps through red."""
    width = (end - start) % 360
    return [255 if (hue * 360 / WHEEL - start) % 360 <= width else 0 for hue in range(WHEEL)]


def _below(limit: int) -> list[int]:
    return [255 if level < limit else 0 for level in range(256)]


def _padded(picture: Image.Image) -> Image.Image:
    """A square around a whole photo, filled by drawing out the photo's own (plain) edges."""
    edge = max(picture.size)
    left, top = (edge - picture.width) // 2, (edge - picture.height) // 2
    square = Image.new("RGB", (edge, edge))
    last_x, last_y = picture.width - 1, picture.height - 1
    for line, place, shape in (
        ((0, 0, picture.width, 1), (0, 0), (edge, top)),
        ((0, last_y, picture.width, picture.height), (0, top + picture.height), (edge, edge - top - picture.height)),
        ((0, 0, 1, picture.height), (0, 0), (left, edge)),
        ((last_x, 0, picture.width, picture.height), (left + picture.width, 0), (edge - left - picture.width, edge)),
    ):
        if min(shape) > 0 and shape[0] != shape[1]:
            square.paste(picture.crop(line).resize(shape).filter(ImageFilter.GaussianBlur(edge / 120)), place)
    square.paste(picture, (left, top))
    return square


def _fill(picture: Image.Image, *, size: int) -> Image.Image:
    """The largest centred square of a photo."""
    edge = min(picture.size)
    left, top = (picture.width - edge) // 2, (picture.height - edge) // 2
    square = picture.convert("RGB").crop((left, top, left + edge, top + edge))
    enlarged = edge < size
    square = square.resize((size, size), Image.Resampling.LANCZOS, reducing_gap=3.0)
    return square.filter(ImageFilter.UnsharpMask(1.6, 60, 2)) if enlarged else square


def _stand(picture: Image.Image, *, backdrop: Backdrop, size: int, scale: float) -> Image.Image:
    """Put a cut-out in the middle of the backdrop, above its own soft shadow.

    Transparent borders are trimmed first, so that objects of all shapes look equally large.
    """
    cut = picture.crop(picture.getchannel("A").getbbox() or (0, 0, *picture.size))
    factor = size * scale / max(cut.size)
    shape = (max(1, round(cut.width * factor)), max(1, round(cut.height * factor)))
    cut = cut.resize(shape, Image.Resampling.LANCZOS).filter(ImageFilter.UnsharpMask(1.2, 45, 2))
    place = ((size - cut.width) // 2, (size - cut.height) // 2)
    square = gradient(backdrop=backdrop, size=size)
    square.paste(_darker(backdrop.ink), (0, 0), _shadow(cut, place=place, size=size))
    square.paste(cut, place, cut)
    return square


def _shadow(cut: Image.Image, *, place: tuple[int, int], size: int) -> Image.Image:
    """How strongly the shadow covers each pixel: the silhouette, lowered and blurred."""
    mask = Image.new("L", (size, size))
    lowered = (place[0], place[1] + round(size * 0.03))
    mask.paste(cut.getchannel("A").point(_scale(SHADOW_OPACITY / 255)), lowered)
    return mask.filter(ImageFilter.GaussianBlur(size * 0.028))


def _darker(colour: str) -> tuple[int, int, int]:
    red, green, blue = ImageColor.getrgb(colour)[:3]
    return round(red * 0.6), round(green * 0.6), round(blue * 0.6)
