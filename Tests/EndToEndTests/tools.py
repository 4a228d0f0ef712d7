"""Programs of other packages that some tests need."""

import os
import shutil

import pytest


def tool(name, package, required=True):
    """Where a program is; missing, it is a skip, or a failure if $ROUNDHOUSE_REQUIRE_ENGINES is set."""
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])
    if found := shutil.which(name, path=path):
        return found
    why = f"{name} is missing; on Debian: apt-get install --no-install-recommends {package}"
    if required and os.environ.get("ROUNDHOUSE_REQUIRE_ENGINES"):
        pytest.fail(why)
    pytest.skip(why)
