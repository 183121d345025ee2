//! What the client knows of every request of a reconciled step: two bits each.
//!
//! In: the number of an iteration when its request is sent, and what became of it. Out: that again, for any number.
//! Always holds: nothing is locked, and nothing is allocated but a quarter of a megabyte every million iterations; a
//! request that was sent and never told of is unknown.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use crate::plan::Plan;
use crate::plan::random::SplitMix;
use crate::sample::{Fate, Followed, Sample, SampleOf, SampleSink, StepId};
use crate::units::Micros;

/// Requests in a word.
const IN_WORD: u64 = 32;
/// Words in a chunk: a million requests.
const WORDS: usize = 1 << 15;
/// Requests in a chunk.
const IN_CHUNK: u64 = WORDS as u64 * IN_WORD;
/// Chunks at most: four thousand million requests, a day at 50,000 a second.
const CHUNKS: usize = 1 << 12;

type Chunk = Box<[AtomicU64]>;

/// The requests of one step by their iterations' numbers. Two bits each: 0 never sent, 1 acknowledged, 2 refused,
/// 3 unknown.
#[derive(Debug)]
pub struct Ledger {
    chunks: Box<[OnceLock<Chunk>]>,
    /// A number came that there is no room for.
    overflowed: AtomicBool,
}

impl Default for Ledger {
    fn default() -> Self {
        Self { chunks: (0..CHUNKS).map(|_| OnceLock::new()).collect(), overflowed: AtomicBool::new(false) }
    }
}

impl Ledger {
    /// The request of iteration `sequence` is about to be sent: until it is told of, nobody knows what became of it.
    pub fn sent(&self, sequence: u64) {
        if let Some((word, shift)) = self.word(sequence) {
            word.fetch_or(0b11 << shift, Ordering::Relaxed);
        }
    }

    /// What became of it.
    pub fn settled(&self, sequence: u64, fate: Fate) {
        let cleared = match fate {
            Fate::Acknowledged => 0b10,
            Fate::Refused => 0b01,
            Fate::Unknown => return,
        };
        if let Some((word, shift)) = self.word(sequence) {
            word.fetch_and(!(cleared << shift), Ordering::Relaxed);
        }
    }

    fn word(&self, sequence: u64) -> Option<(&AtomicU64, u64)> {
        let chunk = usize::try_from(sequence / IN_CHUNK).ok().and_then(|at| self.chunks.get(at));
        let Some(chunk) = chunk else {
            self.overflowed.store(true, Ordering::Relaxed);
            return None;
        };
        let words = chunk.get_or_init(|| (0..WORDS).map(|_| AtomicU64::new(0)).collect());
        let within = sequence % IN_CHUNK;
        Some((&words[(within / IN_WORD) as usize], within % IN_WORD * 2))
    }

    /// What is known of the request of iteration `sequence`; `None` when none was sent.
    #[must_use]
    pub fn fate(&self, sequence: u64) -> Option<Fate> {
        let words = self.chunks.get(usize::try_from(sequence / IN_CHUNK).ok()?)?.get()?;
        let within = sequence % IN_CHUNK;
        let word = words[(within / IN_WORD) as usize].load(Ordering::Relaxed);
        fate_of(word >> (within % IN_WORD * 2))
    }

    /// Every request that was sent, by its iteration's number, in order.
    pub fn each(&self) -> impl Iterator<Item = (u64, Fate)> + '_ {
        let chunks = self.chunks.iter().enumerate().filter_map(|(at, chunk)| Some((at as u64, chunk.get()?)));
        let words = chunks.flat_map(|(at, words)| {
            words.iter().enumerate().map(move |(word, bits)| (at * IN_CHUNK + word as u64 * IN_WORD, bits))
        });
        words.flat_map(|(first, bits)| {
            let bits = bits.load(Ordering::Relaxed);
            let requests = if bits == 0 { 0 } else { IN_WORD };
            (0..requests).filter_map(move |at| Some((first + at, fate_of(bits >> (at * 2))?)))
        })
    }

    /// At most `most` of the acknowledged requests, chosen at random by `seed` and each as likely as every other, by their
    /// iterations' numbers in order.
    #[must_use]
    pub fn acknowledged(&self, most: usize, seed: u64) -> Vec<u64> {
        let mut random = SplitMix::new(seed);
        let mut chosen = Vec::with_capacity(most);
        let acknowledged = self.each().filter(|(_, fate)| *fate == Fate::Acknowledged);
        for (seen, (sequence, _)) in acknowledged.enumerate() {
            if chosen.len() < most {
                chosen.push(sequence);
                continue;
            }
            // Kept with the share that all seen so far have.
            let place = ((1.0 - random.uniform()) * (seen + 1) as f64) as usize;
            if let Some(kept) = chosen.get_mut(place) {
                *kept = sequence;
            }
        }
        chosen.sort_unstable();
        chosen
    }

    /// Whether there were more requests than could be kept: nothing can be proven then.
    #[must_use]
    pub fn overflowed(&self) -> bool {
        self.overflowed.load(Ordering::Relaxed)
    }
}

const fn fate_of(bits: u64) -> Option<Fate> {
    match bits & 0b11 {
        0b01 => Some(Fate::Acknowledged),
        0b10 => Some(Fate::Refused),
        0b11 => Some(Fate::Unknown),
        _ => None,
    }
}

/// The ledgers of a run.
#[derive(Debug)]
pub struct Books {
    /// By the step's number in the plan.
    ledgers: Box<[Option<Ledger>]>,
}

impl Books {
    /// A ledger for each step that `plan` reconciles.
    #[must_use]
    pub fn of(plan: &Plan) -> Self {
        let reconciled = |at: usize| plan.reconciles.iter().any(|reconcile| usize::from(reconcile.step.0) == at);
        Self { ledgers: (0..plan.steps.len()).map(|at| reconciled(at).then(Ledger::default)).collect() }
    }

    /// The ledger of `step`.
    #[must_use]
    pub fn ledger(&self, step: StepId) -> Option<&Ledger> {
        self.ledgers.get(usize::from(step.0))?.as_ref()
    }
}

/// A sink that keeps the books, and hands everything on to another.
pub struct Bookkeeper {
    /// Told of everything.
    pub sink: Arc<dyn SampleSink>,
    /// Where requests are kept.
    pub books: Arc<Books>,
}

impl SampleSink for Bookkeeper {
    fn record(&self, sample: &Sample<'_>) {
        self.sink.record(sample);
    }

    fn followed(&self, of: SampleOf, followed: &Followed<'_>) {
        self.sink.followed(of, followed);
    }

    fn sent(&self, step: StepId, sequence: u64) {
        if let Some(ledger) = self.books.ledger(step) {
            ledger.sent(sequence);
        }
    }

    fn settled(&self, step: StepId, sequence: u64, fate: Fate) {
        if let Some(ledger) = self.books.ledger(step) {
            ledger.settled(sequence, fate);
        }
    }

    fn released(&self, due: Micros, late: Micros, queued: bool) {
        self.sink.released(due, late, queued);
    }

    fn loop_lag(&self, woken: Micros, lag: Micros) {
        self.sink.loop_lag(woken, lag);
    }

    fn unsent(&self, step: StepId, due: Micros) {
        self.sink.unsent(step, due);
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn each_request_is_known_by_two_bits_across_words_and_chunks() {
        let ledger = Ledger::default();
        let numbers = [0, 1, 31, 32, IN_CHUNK - 1, IN_CHUNK, 5 * IN_CHUNK + 7];
        let fates = [Fate::Acknowledged, Fate::Refused, Fate::Unknown];
        for (at, number) in numbers.into_iter().enumerate() {
            ledger.sent(number);
            ledger.settled(number, fates[at % 3]);
        }
        let kept: Vec<(u64, Fate)> = ledger.each().collect();
        let expected: Vec<(u64, Fate)> = numbers.into_iter().zip(fates.into_iter().cycle()).collect();
        assert_eq!(kept, expected);
        assert_eq!((ledger.fate(2), ledger.fate(32)), (None, Some(Fate::Acknowledged)));
        assert!(!ledger.overflowed());
    }

    #[test]
    fn a_request_that_is_never_told_of_is_unknown_and_not_unsent() {
        let ledger = Ledger::default();
        ledger.sent(3);
        assert_eq!((ledger.fate(3), ledger.fate(4)), (Some(Fate::Unknown), None));
    }

    #[test]
    fn users_that_write_into_one_word_at_once_do_not_disturb_each_other() {
        let ledger = Arc::new(Ledger::default());
        let users: Vec<_> = (0..4_u64)
            .map(|user| {
                let ledger = Arc::clone(&ledger);
                thread::spawn(move || {
                    for number in (user..40_000).step_by(4) {
                        ledger.sent(number);
                        ledger.settled(number, if number % 3 == 0 { Fate::Refused } else { Fate::Acknowledged });
                    }
                })
            })
            .collect();
        users.into_iter().for_each(|user| user.join().unwrap());
        assert_eq!(ledger.each().count(), 40_000);
        assert!(ledger.each().all(|(number, fate)| (fate == Fate::Refused) == (number % 3 == 0)));
    }

    #[test]
    fn a_sample_of_the_acknowledged_holds_each_once_and_comes_from_all_over() {
        let ledger = Ledger::default();
        for number in 0..30_000 {
            ledger.sent(number);
            ledger.settled(number, if number % 3 == 0 { Fate::Refused } else { Fate::Acknowledged });
        }
        let chosen = ledger.acknowledged(1_000, 7);
        assert_eq!(chosen.len(), 1_000);
        assert!(chosen.windows(2).all(|pair| pair[0] < pair[1]), "each once, in order");
        assert!(chosen.iter().all(|number| number % 3 != 0));
        let early = chosen.iter().filter(|number| **number < 15_000).count();
        assert!((430..570).contains(&early), "{early} of the first half");
        assert_eq!(ledger.acknowledged(50_000, 7).len(), 20_000, "no more than there are");
        assert_eq!(ledger.acknowledged(0, 7), [0; 0]);
    }

    #[test]
    fn a_number_that_there_is_no_room_for_is_told() {
        let ledger = Ledger::default();
        ledger.sent(u64::MAX);
        assert!(ledger.overflowed());
        assert_eq!(ledger.fate(u64::MAX), None);
    }
}
