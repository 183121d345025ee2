//! Rows of a CSV file, whatever its delimiter.
//!
//! In: bytes. Out: one [`Row`] a record. Always holds: a flaw is told with its line and its column, counted in fields;
//! a header that comes again, where files were joined, is no row.

use std::io::BufRead;

use csv::{ByteRecord, ReaderBuilder};

use super::columns::{self, Columns};
use super::row::Row;
use super::{Flaw, field};

/// Reads every row of `input`. `names` are those of the columns where the file has no header.
pub(super) fn rows(
    mut input: impl BufRead,
    names: Option<&[String]>,
    each: &mut dyn FnMut(&Row<'_>) -> Result<(), String>,
) -> Result<(), Flaw> {
    let start = input.fill_buf().map_err(|cause| at(0, 0, &cause))?;
    if let Some(excess) = start.strip_prefix(b"\xef\xbb\xbf").map(|rest| start.len() - rest.len()) {
        input.consume(excess);
    }
    let start = input.fill_buf().map_err(|cause| at(0, 0, &cause))?;
    let delimiter = columns::delimiter(start);
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(input);
    let mut record = ByteRecord::new();
    let mut layout: Option<Layout> = None;
    loop {
        let more = reader.read_byte_record(&mut record).map_err(|error| {
            let line = error.position().map_or(0, csv::Position::line);
            at(line, 1, &error)
        })?;
        if !more {
            return Ok(());
        }
        let line = record.position().map_or(1, csv::Position::line);
        if layout.is_none() {
            let first = Layout::of(&record, names).map_err(|cause| Flaw { line, column: 1, cause })?;
            layout = Some(first);
        }
        let Some(layout) = &layout else { continue };
        if layout.header.as_ref().is_some_and(|header| *header == record) {
            continue;
        }
        layout.row(&record).and_then(|row| each(&row).map_err(|cause| (0, cause))).map_err(|(field, cause)| Flaw {
            line,
            column: field as u64 + 1,
            cause,
        })?;
    }
}

fn at(line: u64, column: u64, cause: &dyn std::fmt::Display) -> Flaw {
    Flaw { line, column, cause: format!("{cause}; correct the file") }
}

/// What the first record says of all others.
struct Layout {
    columns: Columns,
    /// The record that names the columns; `None` when the first is a row already.
    header: Option<ByteRecord>,
}

impl Layout {
    fn of(first: &ByteRecord, names: Option<&[String]>) -> Result<Self, String> {
        let fields: Vec<String> = first.iter().map(|field| String::from_utf8_lossy(field).into_owned()).collect();
        let header = columns::is_header(&fields).then(|| first.clone());
        let columns = match (&header, names) {
            (Some(_), _) => Columns::named(&fields)?,
            (None, Some(names)) => Columns::named(names)?,
            (None, None) => Columns::guessed(&fields)?,
        };
        Ok(Self { columns, header })
    }

    /// One row; the field and the cause where it is none.
    fn row<'a>(&self, record: &'a ByteRecord) -> Result<Row<'a>, (usize, String)> {
        let columns = &self.columns;
        if record.len() < columns.count {
            let cause = format!(
                "the row has {} of {} columns; where it is the last one, JMeter was stopped while it wrote: take the row out",
                record.len(),
                columns.count
            );
            return Err((record.len().saturating_sub(1), cause));
        }
        let text = |at: Option<usize>| -> Result<&'a str, (usize, String)> {
            let Some(at) = at else { return Ok("") };
            std::str::from_utf8(&record[at])
                .map_err(|_| (at, "the text is not UTF-8; convert the file, for example with iconv".to_owned()))
        };
        let number = |name: &str, at: Option<usize>| -> Result<Option<u64>, (usize, String)> {
            let Some(at) = at else { return Ok(None) };
            field::number(name, &record[at]).map(Some).map_err(|cause| (at, cause))
        };
        Ok(Row {
            start: field::time_of_day(&record[columns.start]).map_err(|cause| (columns.start, cause))?,
            elapsed: field::number("elapsed", &record[columns.elapsed]).map_err(|cause| (columns.elapsed, cause))?,
            success: field::truth(&record[columns.success]).map_err(|cause| (columns.success, cause))?,
            label: text(Some(columns.label))?,
            code: text(columns.code)?,
            message: text(columns.message)?,
            failure: text(columns.failure)?,
            thread: text(columns.thread)?,
            url: text(columns.url)?,
            received: number("bytes", columns.received)?,
            sent: number("sentBytes", columns.sent)?,
            threads: number("allThreads", columns.threads)?,
            latency: number("Latency", columns.latency)?,
            connect: number("Connect", columns.connect)?,
            samples: number("SampleCount", columns.samples)?.unwrap_or(1),
        })
    }
}
