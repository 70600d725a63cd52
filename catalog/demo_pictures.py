"""Fetch the demo shop's pictures: from npm where it can be had, drawn where it cannot.

A picture is written beside its place and renamed into it, and carries in its own metadata the
fingerprint of what it was made from. So an interrupted run leaves no half picture, a second run
touches nothing that is already right, and a shop that was set up without npm gets the real pictures
from the next run that has it.
"""

from __future__ import annotations

import io
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image

from catalog.demo_packages import PackageUnavailableError, package_files
from catalog.demo_placeholders import draw_placeholder
from catalog.demo_recipe import Package, Picture, Recipe, load_recipe
from catalog.demo_transforms import compose

NPM = "npm"
DESCRIPTION_TAG, COPYRIGHT_TAG = 0x010E, 0x8298
WORKERS = min(4, os.cpu_count() or 1)

Files = dict[str, dict[str, bytes]]
"""Package spec -> path inside the package -> content."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureReport:
    """What a run did: numbers of pictures, and sentences to show to whoever started it."""

    fetched: int
    drawn: int
    reused: int
    problems: list[str] = field(default_factory=list)


def fetch_pictures(
    *,
    target: Path,
    npm: str | None = NPM,
    progress: Callable[[int, int], None] | None = None,
    recipe: Recipe | None = None,
) -> PictureReport:
    """Make `target` hold every picture of the recipe; safe to repeat and to interrupt.

    `npm` is the program's name or path; `None` means to do without it. `progress` is told (pictures
    done, pictures in all), first with those that were already there. Unavailable packages are
    reported, not raised; an unwritable target raises `OSError`.
    """
    recipe = recipe or load_recipe()
    target.mkdir(parents=True, exist_ok=True)
    pending = [picture for picture in recipe.pictures if not _is_real(target, picture, recipe)]
    files, missing = _bring(pending, npm=npm)
    done = Counter(reused=len(recipe.pictures) - len(pending))
    _tell(progress, done, recipe)
    for outcome in _make_all(pending, files=files, target=target, recipe=recipe):
        done[outcome] += 1
        _tell(progress, done, recipe)
    return PictureReport(
        fetched=done["fetched"], drawn=done["drawn"], reused=done["reused"], problems=_problems(missing, pending, files)
    )


def _tell(progress: Callable[[int, int], None] | None, done: Counter[str], recipe: Recipe) -> None:
    if progress:
        progress(done.total(), len(recipe.pictures))


def _bring(pending: Sequence[Picture], *, npm: str | None) -> tuple[Files, dict[str, str]]:
    """The files that the pending pictures need, and a reason for each package that is missing."""
    wanted: dict[Package, set[str]] = {}
    for picture in pending:
        wanted.setdefault(picture.package, set()).add(picture.file)
    program = shutil.which(npm) if npm else None
    if program is None:
        reason = "npm was not found. Install Node.js with npm and run this again."
        return {}, {package.spec: f"{package.spec} is missing: {reason}" for package in wanted}
    return _bring_all(wanted, program=program)


def _bring_all(wanted: dict[Package, set[str]], *, program: str) -> tuple[Files, dict[str, str]]:
    files: Files = {}
    missing: dict[str, str] = {}
    with ThreadPoolExecutor(WORKERS) as pool:
        jobs = {
            pool.submit(package_files, package=package, wanted=names, npm=program): package.spec
            for package, names in wanted.items()
        }
        for job in as_completed(jobs):
            try:
                files[jobs[job]] = job.result()
            except PackageUnavailableError as problem:
                missing[jobs[job]] = str(problem)
    return files, missing


def _problems(missing: dict[str, str], pending: Sequence[Picture], files: Files) -> list[str]:
    """One sentence per missing package, and one per picture whose package came without its file."""
    affected = Counter(picture.package.spec for picture in pending)
    sentences = [f"{missing[spec]} Drawn for now: {affected[spec]} pictures." for spec in sorted(missing)]
    lacking = [p for p in pending if p.package.spec in files and p.file not in files[p.package.spec]]
    return sentences + [f"{p.package.spec} has no file {p.file}, so {p.name} is drawn." for p in lacking]


def _make_all(pending: Sequence[Picture], *, files: Files, target: Path, recipe: Recipe) -> Iterator[str]:
    """Make pictures side by side (Pillow works outside the interpreter lock); yields each outcome."""
    pool = ThreadPoolExecutor(WORKERS)
    try:
        jobs = [
            pool.submit(_make, picture, files.get(picture.package.spec, {}).get(picture.file), target, recipe)
            for picture in pending
        ]
        for job in as_completed(jobs):
            yield job.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _make(picture: Picture, content: bytes | None, target: Path, recipe: Recipe) -> str:
    """Write one picture and say what became of it: fetched, drawn, or reused (drawn earlier)."""
    drawn = content is None
    stamp = recipe.fingerprint(picture=picture, drawn=drawn)
    if drawn and _stamp(target / picture.name) == stamp:
        return "reused"
    credit = "" if drawn else picture.package.credit
    image = _paint(picture, content, recipe)
    _write(target / picture.name, image=image, stamp=stamp, credit=credit, quality=recipe.quality)
    return "drawn" if drawn else "fetched"


def _paint(picture: Picture, content: bytes | None, recipe: Recipe) -> Image.Image:
    if content is None:
        return draw_placeholder(picture=picture, size=recipe.size)
    with Image.open(io.BytesIO(content)) as source:
        plain = source.convert("RGBA" if source.has_transparency_data else "RGB")
    return compose(source=plain, transform=picture.transform, backdrop=picture.backdrop, size=recipe.size)


def _write(path: Path, *, image: Image.Image, stamp: str, credit: str, quality: int) -> None:
    exif = Image.Exif()
    exif[DESCRIPTION_TAG] = stamp
    if credit:
        exif[COPYRIGHT_TAG] = credit
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        image.save(beside, "WEBP", quality=quality, method=2, exif=exif)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _is_real(target: Path, picture: Picture, recipe: Recipe) -> bool:
    return _stamp(target / picture.name) == recipe.fingerprint(picture=picture, drawn=False)


def _stamp(path: Path) -> str | None:
    """The fingerprint that a picture carries; None for a missing, foreign or damaged file."""
    try:
        with Image.open(path) as image:
            return str(image.getexif().get(DESCRIPTION_TAG))
    except (OSError, SyntaxError, ValueError):
        return None
