//! A level over time: users or arrivals per second, in straight pieces.
//!
//! In: pieces, each with its length and the level at both ends. Out: the level at any time, its mean and its highest.
//! Always holds: there is a piece; behind the last one its level stays.

use serde::{Deserialize, Serialize};

use crate::units::Micros;

/// A level over time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Profile(Vec<Piece>);

/// A level that stays, rises or falls in a straight line.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Piece {
    /// How long it lasts.
    pub length: Micros,
    /// The level at its start; not negative.
    pub from: f64,
    /// The level at its end; not negative.
    pub to: f64,
}

impl Profile {
    /// A level that never changes.
    #[must_use]
    pub fn constant(level: f64, length: Micros) -> Self {
        Self(vec![Piece { length, from: level, to: level }])
    }

    /// Starts at `level` and goes on with `pieces`, of which those of no length only step to another level.
    #[must_use]
    pub fn new(level: f64, pieces: impl IntoIterator<Item = Piece>) -> Self {
        let lasting: Vec<Piece> = pieces.into_iter().filter(|piece| piece.length > Micros::ZERO).collect();
        if lasting.is_empty() { Self::constant(level, Micros::ZERO) } else { Self(lasting) }
    }

    /// Its pieces, in order.
    #[must_use]
    pub fn pieces(&self) -> &[Piece] {
        &self.0
    }

    /// The level at its start.
    #[must_use]
    pub fn first(&self) -> f64 {
        self.0[0].from
    }

    /// Whether its level never changes.
    #[must_use]
    pub fn is_constant(&self) -> bool {
        self.0.iter().all(|piece| [piece.from, piece.to] == [self.first(); 2])
    }

    /// How long it lasts.
    #[must_use]
    pub fn length(&self) -> Micros {
        self.0.iter().map(|piece| piece.length).sum()
    }

    /// The highest level.
    #[must_use]
    pub fn most(&self) -> f64 {
        self.0.iter().map(|piece| piece.from.max(piece.to)).fold(0.0, f64::max)
    }

    /// The level in the mean; of a profile without length that at its start.
    #[must_use]
    pub fn mean(&self) -> f64 {
        let length = self.length().as_secs_f64();
        let area: f64 = self.0.iter().map(|p| f64::midpoint(p.from, p.to) * p.length.as_secs_f64()).sum();
        if length > 0.0 { area / length } else { self.first() }
    }

    /// The level at `offset` from its start. Where it steps, the level behind the step.
    #[must_use]
    pub fn at(&self, offset: Micros) -> f64 {
        let mut left = offset;
        for piece in &self.0 {
            if left < piece.length {
                let share = left.as_secs_f64() / piece.length.as_secs_f64();
                return (piece.to - piece.from).mul_add(share, piece.from);
            }
            left = left - piece.length;
        }
        self.0[self.0.len() - 1].to
    }

    /// The same shape in another length.
    #[must_use]
    pub fn stretched(self, length: Micros) -> Self {
        let whole = u128::from(self.length().get().max(1));
        let scaled = |at: Micros| {
            let product = u128::from(at.get()) * u128::from(length.get());
            // Ends are scaled and not lengths, so that the whole is as long as was asked for.
            Micros::new(u64::try_from((product + whole / 2) / whole).unwrap_or(u64::MAX))
        };
        let mut start = Micros::ZERO;
        let pieces = self.0.into_iter().map(|piece| {
            let from = scaled(start);
            start = start + piece.length;
            Piece { length: scaled(start) - from, ..piece }
        });
        Self(pieces.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(secs: u64, from: f64, to: f64) -> Piece {
        Piece { length: Micros::from_secs(secs), from, to }
    }

    #[test]
    fn a_level_stays_rises_falls_and_steps() {
        let profile = Profile::new(
            10.0,
            [piece(10, 10.0, 10.0), piece(10, 10.0, 50.0), piece(0, 50.0, 20.0), piece(20, 20.0, 0.0)],
        );
        let levels = [0, 9, 10, 15, 20, 30, 40, 1_000].map(|secs| profile.at(Micros::from_secs(secs)));
        assert_eq!(levels, [10.0, 10.0, 10.0, 30.0, 20.0, 10.0, 0.0, 0.0]);
        assert_eq!((profile.first(), profile.most(), profile.length()), (10.0, 50.0, Micros::from_secs(40)));
        assert!(!profile.is_constant() && Profile::constant(5.0, Micros::SECOND).is_constant());
        // (100 + 300 + 200) / 40
        assert!((profile.mean() - 15.0).abs() < 1e-12);
    }

    #[test]
    fn a_stretched_profile_is_as_long_as_was_asked_for() {
        let profile = Profile::new(1.0, [piece(1, 1.0, 1.0), piece(1, 1.0, 3.0), piece(1, 3.0, 3.0)]);
        let (mean, length) = (profile.mean(), Micros::new(10_000_001));
        let stretched = profile.stretched(length);
        assert_eq!(stretched.length(), length);
        assert!((stretched.mean() - mean).abs() < 1e-6);
        assert!((stretched.at(Micros::from_secs(5)) - 2.0).abs() < 1e-6);
    }
}
