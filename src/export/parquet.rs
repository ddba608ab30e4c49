//! The tables as Parquet files, whose columns have the same types in every run.
//!
//! Whole numbers are INT64, other numbers DOUBLE, words UTF-8 strings, and an empty cell is null. In front stand the
//! columns that say which run it is, so that the files of many runs can be read as one table.

use super::table::{Cells, Head, Table, tables};
use super::{ExportError, Identity};
use crate::files::write_whole;
use crate::metrics::{Described, Kind};
use parquet::basic::{LogicalType, Repetition, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::Type;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Rows that are held in memory, and written as one group.
const GROUP_ROWS: usize = 1 << 16;

/// Writes every table of the run in `folder` to a Parquet file in `into`, and returns the files. Columns have the kinds
/// in `known`.
///
/// # Errors
/// If the run cannot be read or a file not be written.
pub fn export(folder: &Path, into: &Path, known: &[Described]) -> Result<Vec<PathBuf>, ExportError> {
    let identity = Identity::read(folder, |name| known.iter().any(|column| column.covers(name)))?;
    let tables = tables(folder)?;
    fs::create_dir_all(into).map_err(ExportError::io("create", into))?;
    let export = |path: &PathBuf| -> Result<PathBuf, ExportError> {
        let target = into.join(path.with_extension("parquet").file_name().unwrap_or_default());
        let mut table = Table::open(path, known)?;
        let mut failed = None;
        write_whole(&target, |file| {
            write(&mut table, &identity, file).map_err(|error| match error {
                Stop::Read(error) => {
                    failed = Some(error);
                    io::Error::other("the table cannot be read")
                }
                Stop::Write(error) => io::Error::other(error),
            })
        })
        .map_err(|error| failed.take().unwrap_or_else(|| ExportError::io("write", &target)(error)))?;
        Ok(target)
    };
    tables.iter().map(export).collect()
}

/// Why a file is not finished.
enum Stop {
    Read(ExportError),
    Write(ParquetError),
}

impl From<ParquetError> for Stop {
    fn from(error: ParquetError) -> Self {
        Self::Write(error)
    }
}

fn write(table: &mut Table, identity: &Identity, file: &mut File) -> Result<(), Stop> {
    let first = identity.columns();
    // `evaluation.csv` names its run too; what the manifest says comes first.
    let is_own = |head: &Head| first.iter().all(|(known, _)| known.name != head.name);
    let own: Vec<bool> = table.heads.iter().map(is_own).collect();
    let heads = first.iter().map(|(head, _)| head).chain(table.heads.iter().filter(|head| is_own(head)));
    let fields: Vec<Arc<Type>> = heads.map(field).collect::<Result<_, _>>()?;
    let schema = Arc::new(Type::group_type_builder("table").with_fields(fields).build()?);
    let created_by = format!("agora {}", env!("CARGO_PKG_VERSION"));
    let properties = Arc::new(WriterProperties::builder().set_created_by(created_by).build());
    let mut writer = SerializedFileWriter::new(file, schema, properties)?;
    while let Some(columns) = table.next(GROUP_ROWS).map_err(Stop::Read)? {
        let rows = columns.first().map_or(0, Cells::len);
        let mut group = writer.next_row_group()?;
        for (_, value) in &first {
            column(&mut group, &value.repeated(rows))?;
        }
        for (cells, _) in columns.iter().zip(&own).filter(|(_, own)| **own) {
            column(&mut group, cells)?;
        }
        group.close()?;
    }
    writer.close()?;
    Ok(())
}

fn field(head: &Head) -> Result<Arc<Type>, ParquetError> {
    let physical = match head.kind {
        Kind::Whole => Physical::INT64,
        Kind::Number => Physical::DOUBLE,
        Kind::Text => Physical::BYTE_ARRAY,
    };
    let field = Type::primitive_type_builder(&head.name, physical).with_repetition(Repetition::OPTIONAL);
    let logical = (head.kind == Kind::Text).then_some(LogicalType::String);
    Ok(Arc::new(field.with_logical_type(logical).build()?))
}

fn column<W: io::Write + Send>(group: &mut SerializedRowGroupWriter<'_, W>, cells: &Cells) -> Result<(), ParquetError> {
    match cells {
        Cells::Whole(cells) => write_cells::<_, Int64Type, _>(group, cells, |&value| value),
        Cells::Number(cells) => write_cells::<_, DoubleType, _>(group, cells, |&value| value),
        Cells::Text(cells) => write_cells::<_, ByteArrayType, _>(group, cells, |text| ByteArray::from(text.as_str())),
    }
}

fn write_cells<W: io::Write + Send, D: DataType, T>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    cells: &[Option<T>],
    value: impl Fn(&T) -> D::T,
) -> Result<(), ParquetError> {
    let values: Vec<D::T> = cells.iter().flatten().map(value).collect();
    let is_there: Vec<i16> = cells.iter().map(|cell| i16::from(cell.is_some())).collect();
    let Some(mut column) = group.next_column()? else {
        return Err(ParquetError::General("more columns than the schema has".into()));
    };
    column.typed::<D>().write_batch(&values, Some(&is_there), None)?;
    column.close()
}

/// The value of a column that is the same in all rows.
enum Constant {
    Whole(Option<i64>),
    Text(String),
}

impl Constant {
    fn repeated(&self, rows: usize) -> Cells {
        match self {
            Self::Whole(value) => Cells::Whole(vec![*value; rows]),
            Self::Text(text) => Cells::Text(vec![Some(text.clone()); rows]),
        }
    }
}

impl Identity {
    /// The columns that stand first, with their value.
    fn columns(&self) -> Vec<(Head, Constant)> {
        let text = |name: &str, text: &str| (Head { name: name.into(), kind: Kind::Text }, Constant::Text(text.into()));
        let seed = (Head { name: "seed".into(), kind: Kind::Whole }, Constant::Whole(self.seed));
        let mut columns = vec![text("run", &self.run), text("scenario", &self.scenario), seed];
        columns.push(text("status", &self.status));
        columns.extend(self.factors.iter().map(|(name, value)| text(name, value)));
        columns
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use parquet::file::reader::SerializedFileReader;
    use parquet::record::Field;

    #[test]
    fn a_table_comes_back_with_its_types() {
        let dir = tempfile::tempdir().unwrap();
        let run = dir.path().join("pd-s1");
        fs::create_dir(&run).unwrap();
        let manifest = r#"{"scenario": "pd", "seed": 1, "status": "done", "factors": {"noise": "0.1"}}"#;
        fs::write(run.join("manifest.json"), manifest).unwrap();
        fs::write(run.join("t.csv"), "tick,payoff,agent\n0,1,a\n1,,b\n").unwrap();
        let described = |name, kind| Described { table: "t.csv", name, meaning: "", kind };
        let known = [described("tick", Kind::Whole), described("payoff", Kind::Number), described("agent", Kind::Text)];
        let files = export(&run, &run.join("parquet"), &known).unwrap();
        assert_eq!(files, [run.join("parquet/t.parquet")]);
        let reader = SerializedFileReader::new(File::open(&files[0]).unwrap()).unwrap();
        let rows: Vec<Vec<(String, Field)>> = reader.into_iter().map(|row| row.unwrap().into_columns()).collect();
        let named = |name: &str, field: Field| (name.to_owned(), field);
        let text = |text: &str| Field::Str(text.into());
        let expected = |tick, payoff, agent| {
            vec![
                named("run", text("pd-s1")),
                named("scenario", text("pd")),
                named("seed", Field::Long(1)),
                named("status", text("done")),
                named("noise", text("0.1")),
                named("tick", Field::Long(tick)),
                named("payoff", payoff),
                named("agent", text(agent)),
            ]
        };
        assert_eq!(rows, [expected(0, Field::Double(1.0), "a"), expected(1, Field::Null, "b")]);
    }
}
