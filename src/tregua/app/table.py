"""A table as a reply: JSON, CSV, Parquet or Arrow, each with a tag of its content.

Every view has such a twin, so that whoever sees a chart can take its numbers along. A name becomes
the file's name in the browser.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Literal, get_args

from starlette.requests import Request
from starlette.responses import Response

from tregua.app.answers import canonical, tagged
from tregua.app.problems import Problem

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FORMATS", "Format", "table_answer", "table_bytes"]

Format = Literal["json", "csv", "parquet", "arrow"]
FORMATS: tuple[Format, ...] = get_args(Format)
"""What a table may be asked for as."""

_TYPES = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
    "arrow": "application/vnd.apache.arrow.file",
}


def table_bytes(frame: pd.DataFrame, as_: Format) -> bytes:
    """A table as the bytes of a file; the index is not written.

    Parameters
    ----------
    frame
        The table.
    as_
        One of `FORMATS`.
    """
    if as_ == "json":
        columns = [str(name) for name in frame.columns]
        return canonical({"columns": columns, "rows": frame})
    if as_ == "csv":
        text: str = frame.to_csv(index=False, lineterminator="\n", date_format="%Y-%m-%d")
        return text.encode("utf-8", "backslashreplace")
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
    sink = io.BytesIO()
    if as_ == "parquet":
        pq.write_table(table, sink, compression="zstd")
    else:
        with pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table)
    return sink.getvalue()


def table_answer(
    frame: pd.DataFrame, request: Request, *, as_: str = "json", name: str = "table"
) -> Response:
    """A table as a reply with its tag, or 304 if the asker holds it already.

    As JSON it is ``{"columns": [...], "rows": [{...}]}``; dates are ISO texts and missing values
    are null.

    Parameters
    ----------
    frame
        The table.
    request
        What was asked.
    as_
        One of `FORMATS`.
    name
        Name of the file, without its ending.

    Raises
    ------
    Problem
        404 if the format is unknown.
    """
    if as_ not in _TYPES:
        raise Problem(
            404, f"A table is not given as '{as_}'.", where="format", valid=", ".join(FORMATS)
        )
    body = table_bytes(frame, as_)  # type: ignore[arg-type]
    plain_name = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.") or "table"
    kept = {"content-disposition": f'attachment; filename="{plain_name}.{as_}"'}
    return tagged(body, _TYPES[as_], request, headers={} if as_ == "json" else kept)
