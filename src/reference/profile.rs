//! The generations of the original, which say success and refusal in different ways.
//!
//! In: a business code. Out: the HTTP status and the number in the envelope. Always holds: the HTTP status and the
//! number are independent, as in the original.

use std::fmt;
use std::str::FromStr;

use axum::http::StatusCode;

/// How an answer is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EnvelopeProfile {
    /// Success is code 200; a refusal is HTTP 400. The original's last generation (G3).
    #[default]
    Http400,
    /// Success is code 200; a refusal is HTTP 200 with another code (G2).
    Http200,
    /// Success is code 0; a refusal is HTTP 200 with another code (G1).
    CodeZero,
}

/// Why a text names no profile.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0:?} is no envelope; choose http-400, http-200 or code-0")]
pub struct ProfileError(String);

impl FromStr for EnvelopeProfile {
    type Err = ProfileError;

    fn from_str(text: &str) -> Result<Self, ProfileError> {
        match text {
            "http-400" | "g3" => Ok(Self::Http400),
            "http-200" | "g2" => Ok(Self::Http200),
            "code-0" | "g1" => Ok(Self::CodeZero),
            _ => Err(ProfileError(text.to_owned())),
        }
    }
}

impl fmt::Display for EnvelopeProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Http400 => "http-400",
            Self::Http200 => "http-200",
            Self::CodeZero => "code-0",
        })
    }
}

impl EnvelopeProfile {
    /// The number of a success.
    pub(super) const fn success(self) -> u32 {
        match self {
            Self::Http400 | Self::Http200 => 200,
            Self::CodeZero => 0,
        }
    }

    /// How a business refusal is said. The contract does not hand down the first generation's numbers: the second's
    /// stand for them.
    pub(super) fn refusal(self, code: &str) -> (StatusCode, u32) {
        match self {
            Self::Http400 => (StatusCode::BAD_REQUEST, by_words(code)),
            Self::Http200 | Self::CodeZero => (StatusCode::OK, by_hash(code)),
        }
    }

    /// How a body that breaks a rule is said.
    pub(super) const fn validation(self) -> (StatusCode, u32) {
        match self {
            Self::Http400 | Self::Http200 => (StatusCode::BAD_REQUEST, 400),
            Self::CodeZero => (StatusCode::OK, 30_001),
        }
    }
}

/// The third generation's number of a business code, by the words in it.
fn by_words(code: &str) -> u32 {
    let holds = |words: &[&str]| words.iter().any(|word| code.contains(word));
    if holds(&["PARAM", "INVALID", "ARG", "BUSINESS", "USER"]) { 400 } else { 500 }
}

/// The second generation's: Java's hash of the code, brought into 40,000 to 139,999.
fn by_hash(code: &str) -> u32 {
    let hash = code.bytes().fold(0_i32, |hash, byte| hash.wrapping_mul(31).wrapping_add(i32::from(byte)));
    (hash % 100_000).unsigned_abs() + 40_000
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The contract's table.
    const CODES: [(&str, u32, u32); 15] = [
        ("INSUFFICIENT_BALANCE", 500, 107_264),
        ("ACCOUNT_NOT_FOUND", 500, 83_364),
        ("USER_ACCOUNT_NOT_FOUND", 400, 137_072),
        ("ACCOUNT_FROZEN", 500, 95_698),
        ("ACCOUNT_STATUS_INVALID", 400, 84_796),
        ("DEDUCT_FAILED", 500, 96_697),
        ("RECHARGE_FAILED", 400, 116_651),
        ("INVALID_AMOUNT", 400, 102_368),
        ("TRANSACTION_DUPLICATE", 500, 66_806),
        ("TRANSACTION_NOT_FOUND", 500, 84_885),
        ("TRANSACTION_STATUS_INVALID", 400, 129_451),
        ("DEVICE_OFFLINE", 500, 91_686),
        ("DAILY_LIMIT_EXCEEDED", 500, 80_957),
        ("AMOUNT_LIMIT_EXCEEDED", 500, 122_718),
        ("PERMISSION_DENIED", 500, 45_653),
    ];

    #[test]
    fn business_codes_have_the_contracts_numbers() {
        for (code, third, second) in CODES {
            assert_eq!(EnvelopeProfile::Http400.refusal(code), (StatusCode::BAD_REQUEST, third), "{code}");
            assert_eq!(EnvelopeProfile::Http200.refusal(code), (StatusCode::OK, second), "{code}");
        }
    }

    #[test]
    fn a_profile_is_printed_as_it_is_written_and_known_by_its_generation() {
        for (name, generation) in [("http-400", "g3"), ("http-200", "g2"), ("code-0", "g1")] {
            let profile: EnvelopeProfile = name.parse().unwrap();
            assert_eq!(profile.to_string(), name);
            assert_eq!(generation.parse(), Ok(profile));
        }
        assert!("200".parse::<EnvelopeProfile>().is_err());
    }
}
