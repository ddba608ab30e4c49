"""`sim export --format parquet`: three readers find the types that the list of columns promises."""

import pathlib
import subprocess

import agora
import duckdb
import pandas
import pyarrow.parquet
import pytest
from agora import _columns

TYPES = {"whole": "int64", "number": "double", "text": "string"}
IDENTITY = {"run": "text", "scenario": "text", "seed": "whole", "status": "text"}


@pytest.fixture(scope="module")
def exported(runs, tmp_path_factory):
    out = tmp_path_factory.mktemp("parquet")
    folders = sorted(path for path in runs.iterdir() if path.is_dir())
    done = subprocess.run(
        [agora.program(), "export", *folders, "--format", "parquet", "--out", out], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [str(out / folder.name) for folder in folders]
    return out


def test_types_are_the_same_in_every_run(exported):
    files = sorted(exported.glob("*/*.parquet"))
    assert len(files) == 3 * 4
    for file in files:
        for field in pyarrow.parquet.read_schema(file):
            kind = IDENTITY.get(field.name) or _columns.kind(f"{file.stem}.csv", field.name)
            assert str(field.type) == TYPES[kind], f"{field.name} of {file}"


def test_the_values_are_those_of_the_csv_files(runs, exported):
    loaded = agora.load(runs)
    for run in loaded:
        for table in run.tables:
            parquet = pandas.read_parquet(exported / run.name / f"{table}.parquet")
            frame = run.table(table)
            assert list(parquet.columns) == list(frame.columns) and len(parquet) == len(frame)
            for name in frame.columns:
                pandas.testing.assert_series_equal(
                    parquet[name].astype(frame[name].dtype), frame[name], check_index=False, obj=f"{table}.{name}"
                )


def test_duckdb_reads_many_runs_as_one_table(exported):
    query = f"""
        select scenario, count(distinct seed), count(*), sum(adapter_generation), typeof(any_value(illegal_rate))
        from '{exported}/*/strategy_evolution.parquet' group by scenario order by scenario
    """
    rows = duckdb.sql(query).fetchall()
    # Four learners, generations 0 to 3, two seeds; scripts have none.
    assert rows == [("quick_look", 2, 40, 48, "DOUBLE"), ("scripted_tournament", 1, 12, None, "DOUBLE")]


def test_an_export_is_not_overwritten_and_repeats_to_the_byte(runs, exported, tmp_path):
    command = [agora.program(), "export", str(runs / "scripts"), "--format", "parquet", "--out", str(exported)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1 and "--force" in done.stderr
    before = (exported / "scripts/moves.parquet").read_bytes()
    subprocess.run([*command, "--force"], check=True, capture_output=True)
    assert (exported / "scripts/moves.parquet").read_bytes() == before
    nowhere = [agora.program(), "export", str(pathlib.Path(tmp_path) / "no"), "--format", "parquet"]
    done = subprocess.run(nowhere, capture_output=True, text=True)
    assert done.returncode == 2 and "does not exist" in done.stderr
