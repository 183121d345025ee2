//! Rows read from a file: CSV, or JSON lines.
//!
//! In: a file and the columns it should have. Out: a [`Table`]. Always holds: there is at least one row, and every row
//! has every column. A value costs its bytes and four more, however many rows there are.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use serde_json::Value;

/// The most bytes of values that are kept.
const MOST_BYTES: usize = 1 << 30;

/// The rows of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    columns: Vec<String>,
    bytes: Vec<u8>,
    /// Where each value ends, row by row.
    ends: Vec<u32>,
}

/// How a CSV file is laid out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// The columns, where the file does not name them.
    pub columns: Option<Vec<String>>,
    /// What separates values.
    pub delimiter: u8,
    /// Whether the first line is left out although the columns are named here.
    pub skip_first_line: bool,
}

impl Default for Layout {
    fn default() -> Self {
        Self { columns: None, delimiter: b',', skip_first_line: false }
    }
}

/// Why a file is no source of rows. Says the file's line where there is one.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the message beside each variant says what it is")]
pub enum TableError {
    #[error("there is no such file; paths are relative to the scenario file")]
    NotFound,
    #[error("cannot read it: {0}; paths are relative to the scenario file")]
    Unreadable(std::io::Error),
    #[error("it has no row; write at least one below the header")]
    Empty,
    #[error("its columns have no names; write for example columns = [\"user\", \"password\"]")]
    Nameless,
    #[error("line {line}: from here on the file is no UTF-8; save it as UTF-8")]
    Encoding { line: u64 },
    #[error(
        "line {line}: a quote begins and is never closed, so that all behind it is one value; close it, or write \"\" for a quote itself"
    )]
    Unclosed { line: u64 },
    #[error("line {line}: the row has {found} values, and there are {expected} columns; make them equal")]
    Ragged { line: u64, found: usize, expected: usize },
    #[error("line {line}: {cause}")]
    Csv { line: u64, cause: String },
    #[error("line {line} is no JSON object: {cause}; write one object a line")]
    Json { line: u64, cause: String },
    #[error("line {line}: the object has no \"{column}\", which the first line has; give every line the same members")]
    Missing { line: u64, column: String },
    #[error("line {line}: the object has a member that the first line has not; give every line the same members")]
    Superfluous { line: u64 },
    #[error("column \"{0}\" is named twice, or has no name")]
    Column(String),
    #[error("it holds more than 1 GiB of values; split it, or leave columns out")]
    TooLarge,
}

impl Table {
    /// Reads a file: JSON lines where its name ends so, else CSV of this layout.
    ///
    /// # Errors
    /// [`TableError`], with the line.
    pub fn read(path: &Path, layout: &Layout) -> Result<Self, TableError> {
        let json = path.extension().is_some_and(|ending| ending == "jsonl" || ending == "ndjson");
        let columns = layout.columns.clone().unwrap_or_default();
        let mut table = Self { columns, bytes: Vec::new(), ends: Vec::new() };
        if json {
            table.read_json(path)?
        } else {
            table.read_csv(path, layout)?
        }
        if table.ends.is_empty() {
            return Err(TableError::Empty);
        }
        table.bytes.shrink_to_fit();
        table.ends.shrink_to_fit();
        Ok(table)
    }

    /// Makes a table of rows that the scenario itself holds.
    ///
    /// # Errors
    /// [`TableError`]; the line is the number of the row.
    pub fn of(columns: Vec<String>, rows: &[Vec<String>]) -> Result<Self, TableError> {
        let mut table = Self { columns, bytes: Vec::new(), ends: Vec::new() };
        if table.columns.is_empty() {
            return Err(TableError::Nameless);
        }
        table.check_columns()?;
        for (line, row) in (1..).zip(rows) {
            if row.len() != table.columns.len() {
                return Err(TableError::Ragged { line, found: row.len(), expected: table.columns.len() });
            }
            row.iter().try_for_each(|value| table.push(|bytes| bytes.extend_from_slice(value.as_bytes())))?;
        }
        if rows.is_empty() { Err(TableError::Empty) } else { Ok(table) }
    }

    fn read_csv(&mut self, path: &Path, layout: &Layout) -> Result<(), TableError> {
        let file = open(path)?;
        let (named_here, delimiter) = (layout.columns.is_some(), layout.delimiter);
        let has_header = !named_here || layout.skip_first_line;
        let failed = |error: csv::Error| {
            let (line, cause) = (error.position().map_or(1, csv::Position::line), error.to_string());
            match error.into_kind() {
                csv::ErrorKind::Io(cause) => TableError::Unreadable(cause),
                csv::ErrorKind::Utf8 { .. } => TableError::Encoding { line },
                _ => TableError::Csv { line, cause },
            }
        };
        let mut reader =
            csv::ReaderBuilder::new().has_headers(has_header).flexible(true).delimiter(delimiter).from_reader(file);
        if !named_here {
            self.columns = reader.headers().map_err(failed)?.iter().map(|name| name.trim().to_owned()).collect();
        }
        self.check_columns()?;
        let mut record = csv::ByteRecord::new();
        let mut last = csv::Position::new();
        while reader.read_byte_record(&mut record).map_err(failed)? {
            last = record.position().cloned().unwrap_or(last);
            if record.len() != self.columns.len() {
                let ragged = TableError::Ragged {
                    line: line_of(path, &last),
                    found: record.len(),
                    expected: self.columns.len(),
                };
                return Err(unclosed_in(path, &last, delimiter).unwrap_or(ragged));
            }
            if record.iter().any(|value| std::str::from_utf8(value).is_err()) {
                return Err(TableError::Encoding { line: line_of(path, &last) });
            }
            record.iter().try_for_each(|value| self.push(|bytes| bytes.extend_from_slice(value)))?;
        }
        // A quote that is never closed makes one value of all behind it: it can only be in the last row.
        unclosed_in(path, &last, delimiter).map_or(Ok(()), Err)
    }

    fn read_json(&mut self, path: &Path) -> Result<(), TableError> {
        let file = open(path)?;
        for (line, text) in (1..).zip(BufReader::new(file).lines()) {
            let text = text.map_err(|cause| match cause.kind() {
                std::io::ErrorKind::InvalidData => TableError::Encoding { line },
                _ => TableError::Unreadable(cause),
            })?;
            let text = text.trim_start_matches('\u{feff}');
            if text.trim().is_empty() {
                continue;
            }
            let object: serde_json::Map<String, Value> =
                serde_json::from_str(text).map_err(|error| TableError::Json { line, cause: error.to_string() })?;
            if self.columns.is_empty() {
                self.columns = object.keys().cloned().collect();
                self.check_columns()?;
            }
            if object.len() > self.columns.len() {
                return Err(TableError::Superfluous { line });
            }
            for column in self.columns.clone() {
                let Some(value) = object.get(&column) else { return Err(TableError::Missing { line, column }) };
                self.push(|bytes| match value {
                    Value::Null => {}
                    Value::String(text) => bytes.extend_from_slice(text.as_bytes()),
                    other => bytes.extend_from_slice(other.to_string().as_bytes()),
                })?;
            }
        }
        Ok(())
    }

    fn check_columns(&self) -> Result<(), TableError> {
        for (at, column) in self.columns.iter().enumerate() {
            if column.is_empty() || self.columns[..at].contains(column) {
                return Err(TableError::Column(column.clone()));
            }
        }
        if self.columns.is_empty() { Err(TableError::Empty) } else { Ok(()) }
    }

    fn push(&mut self, write: impl FnOnce(&mut Vec<u8>)) -> Result<(), TableError> {
        write(&mut self.bytes);
        let end = u32::try_from(self.bytes.len()).ok().filter(|_| self.bytes.len() <= MOST_BYTES);
        self.ends.push(end.ok_or(TableError::TooLarge)?);
        Ok(())
    }

    /// The columns' names, in order.
    #[must_use]
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// How many rows there are, at least 1.
    #[must_use]
    pub const fn rows(&self) -> u64 {
        (self.ends.len() / self.columns.len()) as u64
    }

    /// The value of `column` in `row`.
    #[must_use]
    pub fn value(&self, column: usize, row: u64) -> &[u8] {
        let at = row as usize * self.columns.len() + column;
        let from = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.bytes[from as usize..self.ends[at] as usize]
    }
}

fn open(path: &Path) -> Result<File, TableError> {
    File::open(path).map_err(|cause| match cause.kind() {
        std::io::ErrorKind::NotFound => TableError::NotFound,
        _ => TableError::Unreadable(cause),
    })
}

/// The refusal of a quote that begins at or behind `from` and is never closed, if there is one.
fn unclosed_in(path: &Path, from: &csv::Position, delimiter: u8) -> Option<TableError> {
    let text = std::fs::read(path).unwrap_or_default();
    let behind = text.get(usize::try_from(from.byte()).ok()?..)?;
    let behind = behind.strip_prefix(b"\xef\xbb\xbf").unwrap_or(behind);
    unclosed(behind, delimiter).map(|lines| TableError::Unclosed { line: from.line().max(1) + lines })
}

/// How many lines behind the first of `text` a quote begins that is never closed.
fn unclosed(text: &[u8], delimiter: u8) -> Option<u64> {
    let (mut line, mut open, mut begins) = (0, None, true);
    let mut bytes = text.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        line += u64::from(byte == b'\n');
        match open {
            // A doubled quote stands for one.
            Some(_) if byte == b'"' && bytes.next_if_eq(&b'"').is_none() => (open, begins) = (None, false),
            Some(_) => {}
            None if byte == b'"' && begins => open = Some(line),
            None => begins = byte == delimiter || matches!(byte, b'\r' | b'\n'),
        }
    }
    open
}

/// The line of a record. Its position lies before the empty lines that were skipped.
fn line_of(path: &Path, position: &csv::Position) -> u64 {
    let text = std::fs::read(path).unwrap_or_default();
    let from = usize::try_from(position.byte()).unwrap_or(usize::MAX);
    let skipped = text.iter().skip(from).take_while(|byte| matches!(byte, b'\r' | b'\n'));
    position.line() + skipped.filter(|byte| **byte == b'\n').count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, text: &str, columns: Option<&[String]>) -> Result<Table, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        Table::read(&path, &Layout { columns: columns.map(<[String]>::to_vec), ..Layout::default() })
            .map_err(|error| error.to_string())
    }

    fn rows(table: &Table) -> Vec<Vec<String>> {
        let value = |row, column| String::from_utf8(table.value(column, row).to_vec()).unwrap();
        (0..table.rows()).map(|row| (0..table.columns().len()).map(|column| value(row, column)).collect()).collect()
    }

    #[test]
    fn a_csv_file_is_read_with_its_header_or_with_given_columns() {
        let table = read("u.csv", "\u{feff}name,pass\r\n\"a,b\",\"x\"\"y\"\n\n余,\n", None).unwrap();
        assert_eq!(table.columns(), ["name", "pass"]);
        assert_eq!(rows(&table), [["a,b", "x\"y"], ["余", ""]]);
        let table = read("u.csv", "1,2\n3,4\n", Some(&["a".into(), "b".into()])).unwrap();
        assert_eq!(rows(&table), [["1", "2"], ["3", "4"]]);
    }

    #[test]
    fn a_first_line_can_be_left_out_and_rows_can_stand_in_the_scenario_itself() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("u.csv");
        std::fs::write(&path, "User Name;x\n1;2\n").unwrap();
        let columns = vec!["user".to_owned(), "pass".to_owned()];
        let layout = Layout { columns: Some(columns.clone()), delimiter: b';', skip_first_line: true };
        let table = Table::read(&path, &layout).unwrap();
        assert_eq!(table.columns(), columns);
        assert_eq!(rows(&table), [["1", "2"]]);
        let written = [vec!["a".to_owned(), "b".to_owned()], vec!["c".to_owned()]];
        assert_eq!(rows(&Table::of(columns.clone(), &written[..1]).unwrap()), [["a", "b"]]);
        let error = Table::of(columns, &written).unwrap_err().to_string();
        assert!(error.contains("line 2: the row has 1 values"), "{error}");
        let error = Table::of(Vec::new(), &written).unwrap_err().to_string();
        assert!(error.contains("columns have no names; write for example columns ="), "{error}");
    }

    #[test]
    fn json_lines_are_read_by_their_members() {
        let table = read("u.jsonl", "{\"a\":1,\"b\":\"x\"}\n\n{\"b\":{\"c\":[1]},\"a\":null}\n", None).unwrap();
        assert_eq!(rows(&table), [["1", "x"], ["", "{\"c\":[1]}"]]);
    }

    #[test]
    fn a_file_that_is_no_source_of_rows_is_refused_with_its_line() {
        for (name, text, part) in [
            ("u.csv", "", "no row"),
            ("u.csv", "a,b\n", "no row"),
            ("u.csv", "a,b\n1,2\n\n3\n", "line 4: the row has 1 values, and there are 2 columns"),
            ("u.csv", "a,a\n1,2\n", "column \"a\" is named twice"),
            ("u.jsonl", "", "no row"),
            ("u.jsonl", "{\"a\":1}\n[1]\n", "line 2 is no JSON object"),
            ("u.jsonl", "{\"a\":1}\n{}\n", "line 2: the object has no \"a\""),
            ("u.jsonl", "{\"a\":1}\n{\"a\":1,\"b\":2}\n", "line 2: the object has a member"),
        ] {
            let error = read(name, text, None).unwrap_err();
            assert!(error.contains(part), "{name} {text:?}: {error}");
        }
    }

    #[test]
    fn a_quote_that_is_never_closed_is_refused_and_one_over_several_lines_is_read() {
        for (text, part) in [
            ("a,b\n1,2\n3,\"x\n4,y\n", "line 3: a quote begins and is never closed"),
            ("a,b\n1,\"2", "line 2: a quote"),
            ("a,b\n\"1,2\n3,4\n", "line 2: a quote"),
            ("a,b\n1,\"x\"\"\n", "line 2: a quote"),
        ] {
            let error = read("u.csv", text, None).unwrap_err();
            assert!(error.contains(part), "{text:?}: {error}");
        }
        let table = read("u.csv", "a,b\n\"one\ntwo\",\"say \"\"hi\"\"\"\n5\" wide,x\"y\n", None).unwrap();
        assert_eq!(rows(&table), [["one\ntwo", "say \"hi\""], ["5\" wide", "x\"y"]]);
    }

    #[test]
    fn a_file_of_another_encoding_is_told_its_line_and_a_byte_order_mark_is_none_of_the_text() {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in
            [("u.csv", &b"a,b\n1,2\n\xb2\xe2,3\n"[..]), ("u.jsonl", b"{\"a\":1}\n{\"a\":2}\n{\"a\":\"\xb2\xe2\"}\n")]
        {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            let error = Table::read(&path, &Layout::default()).unwrap_err().to_string();
            assert_eq!(error, "line 3: from here on the file is no UTF-8; save it as UTF-8");
        }
        let table = read("u.jsonl", "\u{feff}{\"a\":1}\n", None).unwrap();
        assert_eq!(rows(&table), [["1"]]);
    }

    #[test]
    fn a_million_rows_cost_their_bytes_and_four_a_value() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("big.csv");
        let mut text = String::from("id,name\n");
        (0..1_000_000).for_each(|row| text.push_str(&format!("{row},user{row}\n")));
        std::fs::write(&path, &text).unwrap();
        let table = Table::read(&path, &Layout::default()).unwrap();
        assert_eq!(table.rows(), 1_000_000);
        assert_eq!(table.value(1, 999_999), b"user999999");
        assert!(table.bytes.capacity() + 4 * table.ends.capacity() < text.len() + 8 * 1_000_000 + 4_096);
    }
}
