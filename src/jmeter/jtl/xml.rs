//! Rows of an XML result file.
//!
//! In: bytes. Out: one [`Row`] a sample. Always holds: what JMeter books under another sample (the hops of a redirect,
//! embedded resources) is no row of its own; the samples of a transaction are, and the transaction is one beside them.

use std::io::BufRead;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::row::Row;
use super::{Flaw, field};
use crate::jmeter::text::unescaped;

/// Deeper than any redirect in any transaction.
const DEEPEST: usize = 200;

/// A sample whose end has not come yet.
#[derive(Debug, Default)]
struct Open {
    start: u64,
    elapsed: u64,
    label: String,
    code: String,
    message: String,
    failure: String,
    thread: String,
    url: String,
    success: bool,
    received: Option<u64>,
    sent: Option<u64>,
    threads: Option<u64>,
    latency: Option<u64>,
    connect: Option<u64>,
    samples: u64,
}

/// What a text that is being read belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Other,
    /// Inside an assertion's result.
    Assertion,
    /// What the first assertion that failed said.
    Failure,
    Url,
}

/// Where the reader stands.
struct State {
    /// Samples that are open, the outermost first. Kept when they end, so that their memory is used again.
    open: Vec<Open>,
    depth: usize,
    part: Part,
    /// Elements open, samples or not.
    elements: usize,
}

/// Reads every sample of `input`.
pub(super) fn rows(input: impl BufRead, each: &mut dyn FnMut(&Row<'_>) -> Result<(), String>) -> Result<(), Flaw> {
    let mut lines = Lines { input, line: 1, offset: 0, since: 0 };
    let mut reader = Reader::from_reader(&mut lines);
    reader.config_mut().check_end_names = true;
    let mut state = State { open: Vec::new(), depth: 0, part: Part::Other, elements: 0 };
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        let event = reader.read_event_into(&mut buffer);
        let result = match event {
            Err(error) => Err(format!("no well-formed XML: {error}; correct the file, or let JMeter write CSV")),
            Ok(Event::Eof) if state.elements > 0 => {
                Err("the file ends inside an element: JMeter was stopped while it wrote; take the last sample out and \
                     end the file with </testResults>"
                    .to_owned())
            }
            Ok(Event::Eof) => return Ok(()),
            Ok(event) => state.take(&event, each),
        };
        result.map_err(|cause| {
            let (line, column) = reader.get_ref().place();
            Flaw { line, column, cause }
        })?;
    }
}

impl State {
    fn take(&mut self, event: &Event<'_>, each: &mut dyn FnMut(&Row<'_>) -> Result<(), String>) -> Result<(), String> {
        match event {
            Event::Start(element) => self.begin(element),
            Event::Empty(element) => {
                self.begin(element)?;
                self.end(element.name().as_ref(), each)
            }
            Event::End(element) => self.end(element.name().as_ref(), each),
            // Indentation, and what nobody judges.
            Event::Text(_) if matches!(self.part, Part::Other | Part::Assertion) => Ok(()),
            Event::Text(text) => {
                let text = unescaped(&String::from_utf8_lossy(text)).into_owned();
                self.text(&text);
                Ok(())
            }
            Event::GeneralRef(reference) => {
                let text = unescaped(&format!("&{};", String::from_utf8_lossy(reference))).into_owned();
                self.text(&text);
                Ok(())
            }
            Event::CData(text) => {
                let text = String::from_utf8_lossy(text).into_owned();
                self.text(&text);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn begin(&mut self, element: &BytesStart<'_>) -> Result<(), String> {
        self.elements += 1;
        match element.name().as_ref() {
            b"sample" | b"httpSample" => return self.sample(element),
            b"assertionResult" => self.part = Part::Assertion,
            b"failureMessage" if self.part == Part::Assertion && !self.has_failure() => self.part = Part::Failure,
            b"java.net.URL" => self.part = Part::Url,
            _ => {}
        }
        Ok(())
    }

    fn has_failure(&self) -> bool {
        self.depth.checked_sub(1).and_then(|at| self.open.get(at)).is_some_and(|open| !open.failure.is_empty())
    }

    fn sample(&mut self, element: &BytesStart<'_>) -> Result<(), String> {
        if self.depth >= DEEPEST {
            return Err(format!("samples are nested over {DEEPEST} deep; correct the file"));
        }
        if self.open.len() == self.depth {
            self.open.push(Open::default());
        }
        self.open[self.depth].read(element)?;
        self.depth += 1;
        Ok(())
    }

    fn end(&mut self, name: &[u8], each: &mut dyn FnMut(&Row<'_>) -> Result<(), String>) -> Result<(), String> {
        self.elements = self.elements.saturating_sub(1);
        match name {
            b"failureMessage" if self.part == Part::Failure => self.part = Part::Assertion,
            b"assertionResult" | b"java.net.URL" => self.part = Part::Other,
            b"sample" | b"httpSample" => {
                self.depth = self.depth.saturating_sub(1);
                let (above, at) = self.open.split_at(self.depth);
                // What a transaction holds are samples; what a sample holds are parts of it.
                if above.iter().all(|open| open.row().is_transaction()) {
                    return at.first().map_or(Ok(()), |open| each(&open.row()));
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn text(&mut self, text: &str) {
        let part = self.part;
        let Some(open) = self.depth.checked_sub(1).and_then(|at| self.open.get_mut(at)) else { return };
        match part {
            Part::Failure => open.failure.push_str(text),
            Part::Url => open.url.push_str(text),
            Part::Other | Part::Assertion => {}
        }
    }
}

impl Open {
    /// Reads the attributes of a sample; every other field is cleared.
    fn read(&mut self, element: &BytesStart<'_>) -> Result<(), String> {
        for text in
            [&mut self.label, &mut self.code, &mut self.message, &mut self.failure, &mut self.thread, &mut self.url]
        {
            text.clear();
        }
        self.samples = 1;
        (self.received, self.sent, self.connect, self.threads, self.latency) = (None, None, None, None, None);
        let (mut start, mut elapsed, mut success) = (None, None, None);
        for attribute in element.attributes().with_checks(false) {
            let attribute =
                attribute.map_err(|error| format!("an attribute cannot be read: {error}; correct the file"))?;
            let value = attribute.value.as_ref();
            match attribute.key.as_ref() {
                b"ts" => start = Some(field::time_of_day(value)?),
                b"t" => elapsed = Some(field::number("t", value)?),
                b"s" => success = Some(field::truth(value)?),
                b"lt" => self.latency = Some(field::number("lt", value)?),
                b"ct" => self.connect = Some(field::number("ct", value)?),
                b"by" => self.received = Some(field::number("by", value)?),
                b"sby" => self.sent = Some(field::number("sby", value)?),
                b"na" => self.threads = Some(field::number("na", value)?),
                b"sc" => self.samples = field::number("sc", value)?,
                b"lb" => set(&mut self.label, value),
                b"rc" => set(&mut self.code, value),
                b"rm" => set(&mut self.message, value),
                b"tn" => set(&mut self.thread, value),
                _ => {}
            }
        }
        let missing = |name: &str, setting: &str| {
            format!("a sample has no attribute \"{name}\"; write it with jmeter.save.saveservice.{setting}")
        };
        self.start = start.ok_or_else(|| missing("ts", "timestamp_format=ms"))?;
        self.elapsed = elapsed.ok_or_else(|| missing("t", "time=true"))?;
        self.success = success.ok_or_else(|| missing("s", "successful=true"))?;
        Ok(())
    }

    fn row(&self) -> Row<'_> {
        Row {
            start: self.start,
            elapsed: self.elapsed,
            label: &self.label,
            code: &self.code,
            message: &self.message,
            failure: &self.failure,
            thread: &self.thread,
            url: &self.url,
            success: self.success,
            received: self.received,
            sent: self.sent,
            threads: self.threads,
            latency: self.latency,
            connect: self.connect,
            samples: self.samples,
        }
    }
}

fn set(text: &mut String, value: &[u8]) {
    text.push_str(&unescaped(&String::from_utf8_lossy(value)));
}

/// A reader that knows in which line it stands.
struct Lines<R> {
    input: R,
    line: u64,
    /// Bytes read.
    offset: u64,
    /// Where the line began.
    since: u64,
}

impl<R> Lines<R> {
    fn place(&self) -> (u64, u64) {
        (self.line, (self.offset - self.since).max(1))
    }
}

impl<R: BufRead> std::io::Read for Lines<R> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let chunk = self.fill_buf()?;
        let length = chunk.len().min(out.len());
        out[..length].copy_from_slice(&chunk[..length]);
        self.consume(length);
        Ok(length)
    }
}

impl<R: BufRead> BufRead for Lines<R> {
    fn fill_buf(&mut self) -> std::io::Result<&[u8]> {
        self.input.fill_buf()
    }

    fn consume(&mut self, length: usize) {
        // What was consumed is still in the buffer of the reader below.
        if let Ok(chunk) = self.input.fill_buf() {
            for (at, byte) in chunk[..length.min(chunk.len())].iter().enumerate() {
                if *byte == b'\n' {
                    self.line += 1;
                    self.since = self.offset + at as u64 + 1;
                }
            }
        }
        self.offset += length as u64;
        self.input.consume(length);
    }
}
