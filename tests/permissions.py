"""Files and folders that may not be read or written, also where root runs the tests."""

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_root_rights() -> Iterator[None]:
    """Root may read and write everything: be nobody for a while, on all threads."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)
