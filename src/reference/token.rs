//! Tokens of the login.
//!
//! In: a login, or an `Authorization` header. Out: a token, or whether it is one of ours. Always holds: nothing is kept
//! per login: a token carries its own proof, which only the service that issued it can make. It guards a service for
//! demonstration, and nothing of value.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

/// The password of every user.
const PASSWORD: &str = "123456";

/// Issues tokens and knows its own.
pub(super) struct Tokens {
    key: RandomState,
    issued: AtomicU64,
}

impl Tokens {
    /// None issued yet; no other service's token is good here.
    pub(super) fn new() -> Self {
        Self { key: RandomState::new(), issued: AtomicU64::new(0) }
    }

    /// A token of its own for whoever knows the password.
    pub(super) fn log_in(&self, password: &str) -> Option<String> {
        let number = self.issued.fetch_add(1, Ordering::Relaxed);
        (password == PASSWORD).then(|| format!("{number}.{:016x}", self.key.hash_one(number)))
    }

    /// Whether the header's value is `Bearer` and a token of ours.
    pub(super) fn knows(&self, authorization: &str) -> bool {
        let token = authorization.strip_prefix("Bearer ").and_then(|token| token.split_once('.'));
        let Some((number, proof)) = token else { return false };
        let (number, proof) = (number.parse::<u64>(), u64::from_str_radix(proof, 16));
        number.is_ok_and(|number| proof == Ok(self.key.hash_one(number)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_known_to_the_service_that_issued_it_and_to_no_other() {
        let (ours, others) = (Tokens::new(), Tokens::new());
        let first = ours.log_in(PASSWORD).unwrap();
        let second = ours.log_in(PASSWORD).unwrap();
        assert_ne!(first, second);
        for token in [first, second] {
            assert!(ours.knows(&format!("Bearer {token}")));
            assert!(!others.knows(&format!("Bearer {token}")));
            assert!(!ours.knows(&token), "without its scheme");
            assert!(!ours.knows(&format!("Bearer 9{token}")));
        }
    }

    #[test]
    fn a_wrong_password_gives_none() {
        assert_eq!(Tokens::new().log_in("654321"), None);
    }
}
