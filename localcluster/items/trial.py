"""Reading a file in a process that may die of it, before this one does."""

from __future__ import annotations

import subprocess
import sys

#: Reads what comes in and throws it away. The exit code of a Python exception is 1, and the exception comes
#: again in this process, where it is told.
_READ_PARQUET = "import io, sys; import polars; polars.read_parquet(io.BytesIO(sys.stdin.buffer.read()))"


def kills_parquet_reader(data: bytes) -> bool:
    """Whether decoding a Parquet file ends the process that does it.

    One changed byte can make a length of many exabytes, and polars then aborts: no exception, no sentence,
    and in a notebook no kernel. The price is the start of a Python, some tenths of a second.
    """
    if not sys.executable:  # an interpreter inside another program has none to start
        return False
    # Isolated: nothing in the working directory is imported.
    command = [sys.executable, "-I", "-c", _READ_PARQUET]
    try:
        done = subprocess.run(
            command, input=data, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
        )
    except OSError:
        return False
    return done.returncode < 0
