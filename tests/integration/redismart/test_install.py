"""``make`` on a machine that lacks something: one line that says what to install, and nothing half-made left."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.redis_nodes import ROOT


def clone(folder: Path) -> Path:
    """A fresh clone, as far as its installation is concerned, with packages that install at once."""
    (folder / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "install", folder / ".ci")
    (folder / "requirements.txt").write_text("# nothing\n")
    (folder / "requirements-dev.txt").write_text("-r requirements.txt\n# nothing more\n")
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return clone(tmp_path)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = clone(tmp_path_factory.mktemp("template"))
    first = install(folder)
    assert first.returncode == 0, first.stderr
    assert "Creating .venv with Python 3" in first.stdout
    return folder


@pytest.fixture
def installed(template: Path, tmp_path: Path) -> Path:
    """A clone whose packages were installed before."""
    shutil.copytree(template, tmp_path, symlinks=True, dirs_exist_ok=True)
    return tmp_path


def fake(project: Path, name: str, script: str) -> None:
    """A program that comes before all others of its name."""
    path = project / "path" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def install(project: Path, *files: str, **environment: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(project / "path"), os.environ["PATH"]])
    return subprocess.run(
        [".ci/install", *(files or ("requirements.txt",))],
        cwd=project,
        env=os.environ | {"PATH": path, "PYTHON": ""} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


OLD = 'case "$*" in *version_info*) exit 1 ;; *) echo "Python 3.9.2" ;; esac'


def test_an_old_python_is_refused_with_how_to_get_a_newer_one(project: Path) -> None:
    for name in ("python", "python3", "python3.11", "python3.12", "python3.13"):
        fake(project, name, OLD)
    refused = install(project)
    assert refused.returncode == 1
    assert refused.stderr.startswith("redismart: Python 3.11 or newer is needed")
    assert "apt install python3" in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert not (project / ".venv").exists()


def test_a_python_without_venv_is_named_with_the_package_that_has_it(project: Path) -> None:
    for name in ("python", "python3", "python3.11", "python3.12", "python3.13"):
        fake(project, name, 'case "$*" in "-m venv"*) mkdir -p .venv; exit 1 ;; *) exit 0 ;; esac')
    refused = install(project)
    assert refused.returncode == 1
    assert "apt install python3-venv" in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert not (project / ".venv").exists()


def test_a_second_run_does_nothing(installed: Path) -> None:
    again = install(installed)
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")


def test_changed_requirements_are_installed(installed: Path) -> None:
    (installed / "requirements.txt").write_text("# other\n")
    assert "Installing the packages of requirements.txt" in install(installed).stdout
    assert install(installed).stdout == ""


def test_what_serves_development_serves_the_demo(installed: Path) -> None:
    assert "requirements-dev.txt" in install(installed, "requirements.txt", "requirements-dev.txt").stdout
    assert install(installed).stdout == ""


def test_an_interrupted_installation_is_started_afresh(installed: Path) -> None:
    (installed / ".venv" / "unfinished").touch()
    repaired = install(installed)
    assert repaired.returncode == 0
    assert "interrupted: starting it afresh" in repaired.stdout
    assert install(installed).stdout == ""


def test_a_damaged_environment_is_made_again(installed: Path) -> None:
    (installed / ".venv" / "bin" / "python").unlink()
    assert "Creating .venv" in install(installed).stdout
    assert install(installed).stdout == ""


def test_packages_that_cannot_be_installed_are_reported_and_tried_again(installed: Path) -> None:
    (installed / "requirements.txt").write_text("./no-such-folder\n")
    failed = install(installed)
    assert failed.returncode == 1
    assert "redismart: The packages of requirements.txt could not be installed" in failed.stderr
    (installed / "requirements.txt").write_text("# something else\n")
    assert install(installed).returncode == 0
