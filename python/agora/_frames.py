"""Tables as frames of pandas or Polars, with the same types in every run."""

from __future__ import annotations

import csv
import io
from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

from . import _columns
from ._columns import Kind
from ._errors import AgoraError, MissingPackage

if TYPE_CHECKING:
    import pandas
    import polars

#: The library that makes frames.
Library = Literal["pandas", "polars"]
#: A frame.
F = TypeVar("F")
#: Columns that are the same in every row: name, kind, value.
Constants = list[tuple[str, Kind, Any]]


class Frames(ABC, Generic[F]):
    """A library that makes frames."""

    @abstractmethod
    def read(self, path: Path, constants: Constants) -> F:
        """The table at ``path`` behind columns with constant values. A row that is being written is left out."""

    @abstractmethod
    def rows(self, rows: list[dict[str, Any]], kinds: dict[str, Kind]) -> F:
        """A frame of ``rows`` with these columns."""

    @abstractmethod
    def join(self, frames: list[F]) -> F:
        """One frame below the other; a column that one of them lacks is missing there."""


def frames(library: Library) -> Frames[Any]:
    """The library called ``library``."""
    if library == "pandas":
        return Pandas()
    if library == "polars":
        return Polars()
    raise AgoraError(f"frames={library!r}: expected 'pandas' or 'polars'")


def text(path: Path) -> io.BytesIO:
    """The whole rows of a table: what stands after the last line break is being written, or was cut off."""
    data = path.read_bytes()
    return io.BytesIO(data[: data.rfind(b"\n") + 1])


def kinds(path: Path) -> dict[str, Kind]:
    """The columns of the table at ``path`` in order, with their kinds."""
    with open(path, newline="", encoding="utf-8") as file:
        heads = next(csv.reader(file), [])
    known = {head: _columns.kind(path.name, head) for head in heads}
    unknown = [head for head, kind in known.items() if kind is None]
    if unknown:
        rows = list(csv.DictReader(io.StringIO(text(path).read().decode(), newline="")))
        for head in unknown:
            known[head] = _columns.kind_of_cells([row[head] or "" for row in rows])
    return {head: kind for head, kind in known.items() if kind is not None}


class Pandas(Frames["pandas.DataFrame"]):
    """Frames of pandas: whole numbers are ``Int64``, numbers ``float64``, words ``string``."""

    TYPES: dict[Kind, Any] = {"whole": "Int64", "number": "float64", "text": "string"}

    def __init__(self) -> None:
        try:
            import pandas
        except ImportError as error:
            raise MissingPackage("pandas", "pandas", "a frame") from error
        self.pandas = pandas
        # From version 3 on, numbers are read to their last digit anyway.
        is_exact = int(pandas.__version__.split(".")[0]) >= 3
        self._precision: dict[str, Any] = {} if is_exact else {"float_precision": "round_trip"}

    def read(self, path: Path, constants: Constants) -> pandas.DataFrame:
        types = {name: self.TYPES[kind] for name, kind in kinds(path).items()}
        if not types:
            return self.rows([], {name: kind for name, kind, _ in constants})
        # A word such as NA is a word; only an empty cell holds nothing.
        frame = self.pandas.read_csv(
            text(path), dtype=types, keep_default_na=False, na_values=[""], **self._precision
        )
        # What the manifest says of the run comes before what the table says.
        frame = frame.drop(columns=[name for name, _, _ in constants if name in frame.columns])
        first = {
            name: self.pandas.Series([value] * len(frame), index=frame.index, dtype=self.TYPES[kind])
            for name, kind, value in constants
        }
        whole: pandas.DataFrame = self.pandas.concat([self.pandas.DataFrame(first, index=frame.index), frame], axis=1)
        return whole

    def rows(self, rows: list[dict[str, Any]], kinds: dict[str, Kind]) -> pandas.DataFrame:
        columns = {
            name: self.pandas.Series([row.get(name) for row in rows], dtype=self.TYPES[kind])
            for name, kind in kinds.items()
        }
        frame: pandas.DataFrame = self.pandas.DataFrame(columns)
        return frame

    def join(self, frames: list[pandas.DataFrame]) -> pandas.DataFrame:
        if len(frames) == 1:
            return frames[0]
        # Without this, a column that is missing somewhere would change its type.
        types = {name: kind for frame in frames for name, kind in frame.dtypes.items()}
        whole = [frame.reindex(columns=list(types)).astype(types) for frame in frames]
        joined: pandas.DataFrame = self.pandas.concat(whole, ignore_index=True)
        return joined


class Polars(Frames["polars.DataFrame"]):
    """Frames of Polars: whole numbers are ``Int64``, numbers ``Float64``, words ``String``."""

    def __init__(self) -> None:
        try:
            import polars
        except ImportError as error:
            raise MissingPackage("polars", "polars", "a frame") from error
        self.polars = polars
        self.types: dict[Kind, Any] = {"whole": polars.Int64, "number": polars.Float64, "text": polars.String}

    def read(self, path: Path, constants: Constants) -> polars.DataFrame:
        schema = {name: self.types[kind] for name, kind in kinds(path).items()}
        if not schema:
            return self.rows([], {name: kind for name, kind, _ in constants})
        frame = self.polars.read_csv(text(path), schema=schema, null_values="")
        frame = frame.drop([name for name, _, _ in constants if name in frame.columns])
        first = [self.polars.lit(value, dtype=self.types[kind]).alias(name) for name, kind, value in constants]
        return frame.select(*first, *frame.columns)

    def rows(self, rows: list[dict[str, Any]], kinds: dict[str, Kind]) -> polars.DataFrame:
        schema = {name: self.types[kind] for name, kind in kinds.items()}
        return self.polars.DataFrame([{name: row.get(name) for name in schema} for row in rows], schema=schema)

    def join(self, frames: list[polars.DataFrame]) -> polars.DataFrame:
        return self.polars.concat(frames, how="diagonal")
