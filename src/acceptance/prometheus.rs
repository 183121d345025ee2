//! A Prometheus server that is asked.
//!
//! In: PromQL and a window. Out: series of samples. Always holds: an answer is read whole or is an error; a sample that is
//! no number is left out, so that a series of such is an empty one.

use jiff::Timestamp;
use reqwest::{Client, Url};
use serde::Deserialize;
use tokio::runtime::{Builder, Runtime};

use crate::acceptance::database::ClockSeen;
use crate::acceptance::series::Labels;
use crate::scenario::acceptance::database::PrometheusSection;
use crate::scenario::secret::Secret;
use crate::units::Micros;

/// The longest answer.
const MOST_BODY: usize = 64 * 1024 * 1024;
/// The most points of a series that are asked for; Prometheus refuses 11,000.
const MOST_POINTS: f64 = 10_000.0;

/// Why Prometheus said nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PromError {
    /// There is no whole answer.
    #[error("cannot reach Prometheus at {url}: {cause}; see [prometheus] url")]
    Unreachable {
        /// Where it was looked for.
        url: String,
        /// What the client said.
        cause: String,
    },
    /// It refused the question.
    #[error("Prometheus refused: {0}")]
    Refused(String),
}

/// One series of an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Its labels, its name among them.
    pub labels: Labels,
    /// Seconds since 1970, and the value then; in order.
    pub samples: Vec<(f64, f64)>,
}

/// A span of the server's time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Its start.
    pub start: Timestamp,
    /// Its end.
    pub end: Timestamp,
}

impl Span {
    /// Its length in seconds; at least a millisecond.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        ((self.end.as_microsecond() - self.start.as_microsecond()) as f64 / 1e6).max(1e-3)
    }
}

/// A Prometheus server.
pub struct Prometheus {
    runtime: Runtime,
    client: Client,
    base: Url,
    token: Option<Secret>,
    /// How often it scrapes.
    pub scrape: Micros,
}

#[derive(Deserialize)]
struct Answer {
    data: Option<Data>,
    error: Option<String>,
}

#[derive(Deserialize)]
#[serde(tag = "resultType", content = "result", rename_all = "lowercase")]
enum Data {
    Vector(Vec<At>),
    Matrix(Vec<Over>),
    Scalar(Point),
    String(serde::de::IgnoredAny),
}

#[derive(Deserialize)]
struct At {
    metric: Labels,
    value: Point,
}

#[derive(Deserialize)]
struct Over {
    metric: Labels,
    values: Vec<Point>,
}

type Point = (f64, String);

impl Prometheus {
    /// A client of the server of `section`.
    ///
    /// # Errors
    /// [`PromError::Unreachable`] when its URL is none or the client cannot be made.
    pub fn new(section: &PrometheusSection, token: Option<&Secret>) -> Result<Self, PromError> {
        let unreachable = |cause: String| PromError::Unreachable { url: section.url.clone(), cause };
        let mut base: Url = section.url.parse().map_err(|error| unreachable(format!("{error}")))?;
        if base.cannot_be_a_base() {
            return Err(unreachable("it is no URL of a server".to_owned()));
        }
        // What is joined replaces everything behind the last slash.
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", base.path()));
        }
        let client = Client::builder().timeout(section.timeout.into()).redirect(reqwest::redirect::Policy::none());
        let client = client.no_proxy().build().map_err(|error| unreachable(error.to_string()))?;
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| unreachable(error.to_string()))?;
        Ok(Self { runtime, client, base, token: token.cloned(), scrape: section.scrape })
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> &str {
        self.base.as_str()
    }

    /// The value of `query` at one moment.
    ///
    /// # Errors
    /// [`PromError`].
    pub fn at(&mut self, query: &str, moment: Timestamp) -> Result<Vec<Series>, PromError> {
        self.ask("api/v1/query", &[("query", query), ("time", &seconds(moment))])
    }

    /// The values of `query` over `span`, a step apart that is no shorter than a scrape.
    ///
    /// # Errors
    /// [`PromError`].
    pub fn over(&mut self, query: &str, span: Span) -> Result<Vec<Series>, PromError> {
        let step = self.scrape.as_secs_f64().max(span.seconds() / MOST_POINTS).max(1e-3);
        let (start, end, step) = (seconds(span.start), seconds(span.end), format!("{step:.3}"));
        self.ask("api/v1/query_range", &[("query", query), ("start", &start), ("end", &end), ("step", &step)])
    }

    /// The samples themselves of `selector` in `span`, as they were scraped.
    ///
    /// # Errors
    /// [`PromError`].
    pub fn samples(&mut self, selector: &str, span: Span) -> Result<Vec<Series>, PromError> {
        let millis = (span.seconds() * 1e3).ceil();
        self.at(&format!("{selector}[{millis}ms]"), span.end)
    }

    /// Its clock against this machine's, `now`.
    ///
    /// # Errors
    /// [`PromError`].
    pub fn clock(&mut self, now: &dyn Fn() -> Timestamp) -> Result<ClockSeen, PromError> {
        let asked = now();
        let series = self.ask("api/v1/query", &[("query", "time()")])?;
        let answered = now();
        let theirs = series.first().and_then(|series| series.samples.first()).map(|(_, value)| *value);
        let theirs = theirs.ok_or_else(|| PromError::Refused("it does not tell its time".to_owned()))?;
        Ok(ClockSeen::between(asked, theirs, answered))
    }

    fn ask(&mut self, path: &str, fields: &[(&str, &str)]) -> Result<Vec<Series>, PromError> {
        let unreachable = |cause: String| PromError::Unreachable { url: self.base.to_string(), cause };
        let mut url = self.base.join(path).map_err(|error| unreachable(error.to_string()))?;
        url.query_pairs_mut().extend_pairs(fields);
        let mut request = self.client.get(url);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token.reveal());
        }
        let (status, body) =
            self.runtime.block_on(fetch(request)).map_err(|error| unreachable(root_of(&error.without_url())))?;
        let answer: Answer = serde_json::from_slice(&body)
            .map_err(|error| unreachable(format!("HTTP status {status}, and no answer of Prometheus: {error}")))?;
        match answer {
            Answer { error: Some(error), .. } => Err(PromError::Refused(error)),
            Answer { data: Some(data), .. } => Ok(data.series()),
            Answer { data: None, .. } => Err(unreachable(format!("HTTP status {status} without data"))),
        }
    }
}

async fn fetch(request: reqwest::RequestBuilder) -> Result<(u16, Vec<u8>), reqwest::Error> {
    let mut response = request.send().await?;
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        body.extend_from_slice(&chunk);
        if body.len() > MOST_BODY {
            // What is cut off is no JSON, and is refused as such.
            break;
        }
    }
    Ok((response.status().as_u16(), body))
}

/// What a client's error comes from.
fn root_of(error: &reqwest::Error) -> String {
    let mut root: &dyn std::error::Error = error;
    while let Some(source) = root.source() {
        root = source;
    }
    root.to_string()
}

impl Data {
    fn series(self) -> Vec<Series> {
        let points = |points: Vec<Point>| points.into_iter().filter_map(number).collect();
        match self {
            Self::Vector(all) => {
                let series = |one: At| Series { labels: one.metric, samples: points(vec![one.value]) };
                all.into_iter().map(series).collect()
            }
            Self::Matrix(all) => {
                let series = |one: Over| Series { labels: one.metric, samples: points(one.values) };
                all.into_iter().map(series).collect()
            }
            Self::Scalar(point) => vec![Series { labels: Labels::new(), samples: points(vec![point]) }],
            Self::String(_) => Vec::new(),
        }
    }
}

/// A point that is a number: NaN is what nothing divided by nothing gives.
fn number((at, value): Point) -> Option<(f64, f64)> {
    let value: f64 = value.parse().ok()?;
    (!value.is_nan()).then_some((at, value))
}

fn seconds(moment: Timestamp) -> String {
    format!("{:.3}", moment.as_microsecond() as f64 / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(json: &str) -> Vec<Series> {
        serde_json::from_str::<Answer>(json).unwrap().data.unwrap().series()
    }

    #[test]
    fn each_kind_of_answer_is_series_of_numbers() {
        let vector =
            r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{"a":"b"},"value":[1.5,"2"]}]}}"#;
        assert_eq!(series(vector)[0].samples, [(1.5, 2.0)]);
        let matrix = r#"{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1,"NaN"],[2,"3"],[3,"+Inf"]]}]}}"#;
        assert_eq!(series(matrix)[0].samples, [(2.0, 3.0), (3.0, f64::INFINITY)]);
        assert_eq!(series(r#"{"data":{"resultType":"scalar","result":[1,"7"]}}"#)[0].samples, [(1.0, 7.0)]);
        assert_eq!(series(r#"{"data":{"resultType":"vector","result":[]}}"#), []);
    }

    #[test]
    fn a_server_that_is_not_there_is_named_and_its_token_is_not() {
        let environment = [("TOKEN".to_owned(), "s3cret".to_owned())].into_iter().collect();
        let section: PrometheusSection =
            toml::from_str("url = \"http://127.0.0.1:1/base\"\ntoken = { env = \"TOKEN\" }").unwrap();
        let token = section.secret(std::path::Path::new("."), &environment).unwrap();
        let mut server = Prometheus::new(&section, token.as_ref()).unwrap();
        assert_eq!(server.url(), "http://127.0.0.1:1/base/");
        let error = server.at("up", Timestamp::UNIX_EPOCH).unwrap_err().to_string();
        assert!(error.contains("127.0.0.1:1/base") && !error.contains("s3cret"), "{error}");
        let section: PrometheusSection = toml::from_str("url = \"prometheus\"").unwrap();
        assert!(matches!(Prometheus::new(&section, None), Err(PromError::Unreachable { .. })));
    }
}
