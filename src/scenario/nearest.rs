//! The known word that a mistyped one is nearest to.

/// The word of `known` that `word` was probably meant to be; `None` when none is near.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // A third of its letters may be wrong: more would suggest what nobody meant.
    let most = (word.chars().count() / 3).max(1);
    let distance = |other: &str| strsim::damerau_levenshtein(&word.to_lowercase(), &other.to_lowercase());
    let near = known.into_iter().map(|other| (distance(other), other)).filter(|(distance, _)| *distance <= most);
    near.min_by_key(|(distance, _)| *distance).map(|(_, other)| other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_another_word_is_not() {
        let known = ["users", "ramp_up", "run_time"];
        assert_eq!(nearest("usres", known), Some("users"));
        assert_eq!(nearest("rampup", known), Some("ramp_up"));
        assert_eq!(nearest("gate", known), None);
    }
}
