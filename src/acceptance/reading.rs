//! Reading the service's own account over HTTP.
//!
//! In: a listing in pages by key, or one number. Out: rows one by one, or the number. Always holds: one page is in
//! memory at a time; a listing that does not keep its order is refused instead of being read without end.

use std::thread;

use serde_json::value::RawValue;

use crate::acceptance::evidence::Unread;
use crate::attack::transport::Answer;
use crate::attack::transport::inquiry::Inquirer;
use crate::plan::reconcile::{Figure, Listing};
use crate::scenario::json::{JsonPath, Outline, write_text};
use crate::units::{Amount, Micros};

/// The longest that one reading may take.
const LONGEST: Micros = Micros::from_secs(600);

/// How often a question is asked that meets passing faults, and the pause between.
const MOST_ASKED: u32 = 3;
const PAUSE: Micros = Micros::from_millis(200);

/// A reader of one account.
pub(super) struct Reader<'a> {
    pub(super) client: &'a mut Inquirer,
    pub(super) headers: &'a [(String, String)],
    /// Whether nobody wants to wait any more.
    pub(super) stop: &'a dyn Fn() -> bool,
}

/// A row as it is handed on: its name and its amount.
pub(super) type Row<'a> = (&'a [u8], Option<&'a [u8]>);

/// Where a reading ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Read {
    pub(super) rows: u64,
    /// The last row's key, or the one that it began behind.
    pub(super) last: u64,
}

impl Reader<'_> {
    /// What a question is answered with. It changes nothing, so one that met a passing fault is asked again: a single
    /// failure of a service that fails now and then must not cost the proof of a whole run.
    fn body(&mut self, path: &str) -> Result<Vec<u8>, Unread> {
        let mut asked = 0;
        loop {
            if (self.stop)() {
                return Err(Unread::Interrupted);
            }
            asked += 1;
            let no_answer = |cause: String| Unread::NoAnswer { path: path.to_owned(), cause };
            let unread = match self.client.get(path, self.headers) {
                Ok(Answer { status: 200, body, .. }) => return Ok(body.to_vec()),
                Ok(answer) => Unread::Status { path: path.to_owned(), status: answer.status },
                Err(error) => no_answer(error.to_string()),
            };
            let passing = match unread {
                Unread::Status { status, .. } => status == 429 || status >= 500,
                _ => true,
            };
            if !passing || asked == MOST_ASKED {
                return Err(unread);
            }
            thread::sleep(PAUSE.into());
        }
    }

    /// The number that `figure` names.
    pub(super) fn number(&mut self, figure: &Figure) -> Result<Amount, Unread> {
        let body = self.body(&figure.path)?;
        let mut outline = Outline::default();
        let found = figure.value.first(outline.read(&body), |json| json.and_then(|json| Amount::parse(&text_of(json))));
        found.ok_or_else(|| not_there(&figure.path, &figure.value))
    }

    /// The last key of a listing. Keys are asked for by doubling and halving, so it costs a hundred questions at most,
    /// whatever lies in the listing.
    pub(super) fn last_key(&mut self, listing: &Listing) -> Result<u64, Unread> {
        let (mut last, mut step) = (0_u64, 1_u64);
        let mut empty = loop {
            let probe = last.saturating_add(step);
            match self.key_behind(listing, probe)? {
                Some(key) => (last, step) = (key, step.saturating_mul(2)),
                None => break probe,
            }
        };
        while empty > last {
            let middle = last + (empty - last) / 2;
            match self.key_behind(listing, middle)? {
                Some(key) => last = key,
                None => empty = middle,
            }
        }
        Ok(last)
    }

    fn key_behind(&mut self, listing: &Listing, after: u64) -> Result<Option<u64>, Unread> {
        let page = self.page(listing, (after, 1), &mut |_| true)?;
        Ok((page.rows > 0).then_some(page.last))
    }

    /// Hands every row behind `after` to `each`, which says whether it could be used.
    pub(super) fn rows(
        &mut self,
        listing: &Listing,
        after: u64,
        each: &mut dyn FnMut(Row<'_>) -> bool,
    ) -> Result<Read, Unread> {
        let begun = self.client.now();
        let mut read = Read { rows: 0, last: after };
        loop {
            let page = self.page(listing, (read.last, listing.page), each)?;
            // A service may give fewer rows than it is asked for: only an empty page is the end.
            if page.rows == 0 {
                return Ok(read);
            }
            read = Read { rows: read.rows + page.rows, last: page.last };
            if self.client.now() > begun + LONGEST {
                return Err(Unread::Restless);
            }
        }
    }

    fn page(
        &mut self,
        listing: &Listing,
        (after, limit): (u64, u32),
        each: &mut dyn FnMut(Row<'_>) -> bool,
    ) -> Result<Read, Unread> {
        let path = listing.page_after(after, limit);
        let body = self.body(&path)?;
        let mut read = Read { rows: 0, last: after };
        let missing = |wanted: &JsonPath| not_there(&path, wanted);
        let (mut id, mut outline) = (Vec::new(), Outline::default());
        listing.items.first(Outline::default().read(&body), |items| {
            let items: Vec<&RawValue> =
                items.and_then(|items| serde_json::from_slice(items).ok()).ok_or_else(|| missing(&listing.items))?;
            for item in items {
                let item = outline.read(item.get().as_bytes());
                let key = listing.key.first(item, |json| std::str::from_utf8(&text_of(json?)).ok()?.parse().ok());
                let key: u64 = key.ok_or_else(|| missing(&listing.key))?;
                if key <= read.last {
                    return Err(Unread::OutOfOrder { path: path.clone() });
                }
                read = Read { rows: read.rows + 1, last: key };
                id.clear();
                let named = listing.id.first(item, |json| json.map(|json| write_text(json, &mut id)));
                named.ok_or_else(|| missing(&listing.id))?;
                let amount = listing.amount.as_ref().and_then(|path| path.first(item, |json| json.map(text_of)));
                if !each((&id, amount.as_deref())) {
                    return Err(missing(listing.amount.as_ref().unwrap_or(&listing.id)));
                }
            }
            Ok(read)
        })
    }
}

fn text_of(json: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(json.len());
    write_text(json, &mut text);
    text
}

fn not_there(path: &str, wanted: &JsonPath) -> Unread {
    Unread::NotThere { path: path.to_owned(), wanted: wanted.to_string() }
}
