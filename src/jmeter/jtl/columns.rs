//! Which column of a CSV file means what.
//!
//! In: the first line, or names that were typed. Out: [`Columns`]. Always holds: a column is found by its name; a file
//! without names is read only if it has one of the sets that JMeter writes by default.

/// Names of JMeter 5's columns, in their order; older versions leave some out.
const NAMES: [&str; 22] = [
    "timeStamp",
    "elapsed",
    "label",
    "responseCode",
    "responseMessage",
    "threadName",
    "dataType",
    "success",
    "failureMessage",
    "bytes",
    "sentBytes",
    "grpThreads",
    "allThreads",
    "URL",
    "Filename",
    "Latency",
    "Encoding",
    "SampleCount",
    "ErrorCount",
    "Hostname",
    "IdleTime",
    "Connect",
];

/// The columns that JMeter leaves out by default, by version: 5, 3.1 to 4, 3.0, 2.13, 2.x.
const DEFAULTS: [&[&str]; 5] = [
    &["Filename", "Encoding", "SampleCount", "ErrorCount", "Hostname"],
    &["URL", "Filename", "Encoding", "SampleCount", "ErrorCount", "Hostname"],
    &["sentBytes", "URL", "Filename", "Encoding", "SampleCount", "ErrorCount", "Hostname", "Connect"],
    &[
        "failureMessage",
        "sentBytes",
        "URL",
        "Filename",
        "Encoding",
        "SampleCount",
        "ErrorCount",
        "Hostname",
        "IdleTime",
        "Connect",
    ],
    &[
        "failureMessage",
        "sentBytes",
        "grpThreads",
        "allThreads",
        "URL",
        "Filename",
        "Encoding",
        "SampleCount",
        "ErrorCount",
        "Hostname",
        "IdleTime",
        "Connect",
    ],
];

/// Where each field stands in a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Columns {
    /// How many columns there are by name.
    pub(super) count: usize,
    pub(super) start: usize,
    pub(super) elapsed: usize,
    pub(super) label: usize,
    pub(super) success: usize,
    pub(super) code: Option<usize>,
    pub(super) message: Option<usize>,
    pub(super) failure: Option<usize>,
    pub(super) thread: Option<usize>,
    pub(super) url: Option<usize>,
    pub(super) received: Option<usize>,
    pub(super) sent: Option<usize>,
    pub(super) threads: Option<usize>,
    pub(super) latency: Option<usize>,
    pub(super) connect: Option<usize>,
    pub(super) samples: Option<usize>,
}

impl Columns {
    /// The columns of these names.
    ///
    /// # Errors
    /// What is missing, and how JMeter is made to write it.
    pub(super) fn named<S: AsRef<str>>(names: &[S]) -> Result<Self, String> {
        let find = |name: &str| names.iter().position(|n| n.as_ref().trim().eq_ignore_ascii_case(name));
        let needed = |name: &'static str, setting: &str| {
            find(name).ok_or_else(|| {
                format!("there is no column \"{name}\"; write it with jmeter.save.saveservice.{setting}")
            })
        };
        Ok(Self {
            count: names.len(),
            start: needed("timeStamp", "timestamp_format=ms")?,
            elapsed: needed("elapsed", "time=true")?,
            label: needed("label", "label=true")?,
            success: needed("success", "successful=true")?,
            code: find("responseCode"),
            message: find("responseMessage"),
            failure: find("failureMessage"),
            thread: find("threadName"),
            url: find("URL"),
            received: find("bytes"),
            sent: find("sentBytes"),
            threads: find("allThreads"),
            latency: find("Latency"),
            connect: find("Connect"),
            samples: find("SampleCount"),
        })
    }

    /// The columns of a file whose first row is this one and no header.
    ///
    /// # Errors
    /// When it fits none of JMeter's default sets.
    pub(super) fn guessed(first: &[String]) -> Result<Self, String> {
        let sets = DEFAULTS.iter().map(|without| all_but(without));
        let exact = sets.clone().find(|set| set.len() == first.len());
        // Behind the columns of today's version stand the sample variables, whose names nobody knows.
        let longer = || sets.clone().next().filter(|set| set.len() < first.len());
        let named = exact.or_else(longer).map(|set| Self::named(&set));
        let fits = |columns: &Self| {
            let truth = |at: usize| matches!(first[at].to_ascii_lowercase().as_str(), "true" | "false");
            truth(columns.success)
        };
        named.and_then(Result::ok).filter(fits).ok_or_else(|| {
            format!(
                "the first row is no header, and its {} columns are none of JMeter's default sets; name them with \
                 --columns \"timeStamp,elapsed,label,...\"",
                first.len()
            )
        })
    }
}

/// The columns that JMeter 5 writes by default, in its order.
pub(super) fn todays() -> Vec<&'static str> {
    all_but(DEFAULTS[0])
}

fn all_but(without: &[&str]) -> Vec<&'static str> {
    NAMES.into_iter().filter(|name| !without.contains(name)).collect()
}

/// Whether a first row names columns.
pub(super) fn is_header(first: &[String]) -> bool {
    let known = |name: &str| first.iter().any(|field| field.trim().eq_ignore_ascii_case(name));
    known("timeStamp") || (known("elapsed") && known("label"))
}

/// The byte between the fields of a file that begins so.
pub(super) fn delimiter(start: &[u8]) -> u8 {
    let line = start.split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
    let first = line.iter().copied().find(|byte| b",;\t|".contains(byte));
    // A header or a number has no other byte in its first field that is no letter and no digit.
    let odd = line.iter().copied().find(|byte| !byte.is_ascii_alphanumeric() && !b"\" _./:-".contains(byte));
    first.or(odd.filter(u8::is_ascii)).unwrap_or(b',')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(line: &str) -> Vec<String> {
        line.split(',').map(str::to_owned).collect()
    }

    #[test]
    fn every_default_set_of_columns_is_known_without_its_header() {
        for (line, failure, threads, connect) in [
            ("1,2,a,200,OK,t 1-1,text,true,,5,6,1,3,null,2,0,0", Some(8), Some(12), Some(16)),
            ("1,2,a,200,OK,t 1-1,text,true,,5,6,1,3,2,0,0", Some(8), Some(12), Some(15)),
            ("1,2,a,200,OK,t 1-1,text,true,,5,1,3,2,0", Some(8), Some(11), None),
            ("1,2,a,200,OK,t 1-1,text,true,5,1,3,2", None, Some(10), None),
            ("1,2,a,200,OK,t 1-1,text,true,5,2", None, None, None),
            ("1,2,a,200,OK,t 1-1,text,true,,5,6,1,3,null,2,0,0,variable", Some(8), Some(12), Some(16)),
        ] {
            let columns = Columns::guessed(&fields(line)).unwrap();
            assert_eq!((columns.failure, columns.threads, columns.connect), (failure, threads, connect), "{line}");
        }
        let error = Columns::guessed(&fields("1,2,a,200,true")).unwrap_err();
        assert!(error.contains("5 columns") && error.contains("--columns"), "{error}");
        assert!(Columns::guessed(&fields("1,2,a,200,OK,t 1-1,text,200,5,2")).is_err(), "no truth in its place");
    }

    #[test]
    fn the_delimiter_is_read_off_the_first_line() {
        for (start, expected) in [
            ("timeStamp,elapsed", b','),
            ("timeStamp\telapsed", b'\t'),
            ("timeStamp;elapsed\n1,5;2", b';'),
            ("1700000000000|5|a", b'|'),
            ("timeStamp^elapsed", b'^'),
            ("2023/11/14 22:13:20.123,5", b','),
            ("", b','),
        ] {
            assert_eq!(delimiter(start.as_bytes()), expected, "{start}");
        }
    }

    #[test]
    fn a_column_that_judging_needs_is_missed_by_name() {
        let error = Columns::named(&["timeStamp", "label", "success"]).unwrap_err();
        assert!(error.contains("\"elapsed\"") && error.contains("saveservice.time=true"), "{error}");
    }
}
