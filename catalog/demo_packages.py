"""Bring files out of an npm package without installing it.

`npm pack` downloads the archive and runs nothing from it. The archive is compared with the hash
pinned in the recipe before a single byte of it is interpreted, and files are read into memory by
name: no name inside the archive ever becomes a path on this machine.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import io
import subprocess
import tarfile
import tempfile
from collections.abc import Collection
from pathlib import Path, PurePosixPath

from catalog.demo_recipe import Package

TIMEOUT_SECONDS = 60
LARGEST_FILE = 8 * 1024 * 1024
FLAGS = (
    "--ignore-scripts",
    "--prefer-offline",
    "--loglevel=error",
    "--fetch-retries=1",
    "--fetch-timeout=20000",
)


class PackageUnavailableError(Exception):
    """A package cannot be had or must not be used; the message says why and what to do."""


class IntegrityError(PackageUnavailableError):
    """The archive is not the one that was pinned."""


class UnsafeArchiveError(PackageUnavailableError):
    """The archive holds a member that no honest package has."""


def package_files(*, package: Package, wanted: Collection[str], npm: str) -> dict[str, bytes]:
    """The wanted files of a package by their path inside it. `npm` is the program to run.

    Raises `PackageUnavailableError`; files that the package lacks are simply absent.
    """
    archive = _download(package=package, npm=npm)
    verify(archive=archive, package=package)
    return read_members(archive=archive, wanted=wanted, spec=package.spec)


def verify(*, archive: bytes, package: Package) -> None:
    """Refuse an archive whose SHA-512 differs from the pinned one (Subresource Integrity form)."""
    found = "sha512-" + base64.b64encode(hashlib.sha512(archive).digest()).decode()
    if not hmac.compare_digest(found, package.integrity):
        raise IntegrityError(
            f"{package.spec} does not match its pinned hash, so nothing of it was used. "
            "Clear the npm cache, check which registry npm uses, and try again."
        )


def read_members(*, archive: bytes, wanted: Collection[str], spec: str) -> dict[str, bytes]:
    """Read wanted files from a gzipped tar whose members all lie under one top folder."""
    try:
        with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as tar:
            return {path: _read(tar, member, spec) for member in tar if (path := _path(member, spec)) in wanted}
    except (tarfile.TarError, OSError, EOFError) as problem:
        raise PackageUnavailableError(f"{spec} is not a readable archive ({problem}). Try again.") from problem


def _path(member: tarfile.TarInfo, spec: str) -> str:
    path = PurePosixPath(member.name)
    if path.is_absolute() or ".." in path.parts or "\\" in member.name:
        raise UnsafeArchiveError(f"{spec} contains {member.name!r}, which leaves its folder; nothing of it was used.")
    return str(PurePosixPath(*path.parts[1:]))


def _read(tar: tarfile.TarFile, member: tarfile.TarInfo, spec: str) -> bytes:
    source = tar.extractfile(member) if member.isfile() and member.size <= LARGEST_FILE else None
    if source is None:
        raise UnsafeArchiveError(f"{spec}: {member.name!r} is a link, a device or too large; nothing of it was used.")
    return source.read()


def _download(*, package: Package, npm: str) -> bytes:
    with tempfile.TemporaryDirectory(prefix="demo-pictures-") as folder:
        _pack(spec=package.spec, npm=npm, folder=folder)
        archives = list(Path(folder).glob("*.tgz"))
        if len(archives) != 1:
            raise PackageUnavailableError(f"npm reported success but left no archive of {package.spec}. Update npm.")
        return archives[0].read_bytes()


def _pack(*, spec: str, npm: str, folder: str) -> None:
    """Run npm inside an empty folder, so that no project's settings apply to it."""
    command = [npm, "pack", spec, *FLAGS]
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        raise PackageUnavailableError(
            f"npm did not bring {spec} within {TIMEOUT_SECONDS} seconds. Check the network and try again."
        ) from late
    except OSError as problem:
        raise PackageUnavailableError(f"{npm} could not be started ({problem}). Install Node.js with npm.") from problem
    if done.returncode:
        raise PackageUnavailableError(
            f"npm could not bring {spec} ({_reason(done.stderr)}). Check the network and npm's registry, and try again."
        )


def _reason(stderr: str) -> str:
    """The first thing npm said that is meant for people."""
    lines = [line.removeprefix("npm error").removeprefix("npm ERR!").strip() for line in stderr.splitlines()]
    told = [line for line in lines if line and not line.startswith(("code ", "npm warn", "A complete log"))]
    return told[0][:200] if told else "no reason given"
