//! How functions are written, for messages.
//!
//! In: the name of a function. Out: a call of it. Always holds: the call is a good one.

/// A call of the function called `name`.
pub(super) fn example(name: &str) -> &'static str {
    match name {
        "uuid" => "${uuid()}",
        "timestamp" => "${timestamp}",
        "timestamp.ms" => "${timestamp.ms}",
        "random.int" => "${random.int(1, 10)}",
        "random.decimal" => "${random.decimal(0.01, 5.00)}",
        "random.string" => "${random.string(8)}, or ${random.string(8, 'ABC123')}",
        "random.choice" => "${random.choice(a, b, c)}",
        "hmac_sha256" => "${hmac_sha256(${key}, ${run.id})}, with base64 as a third argument for base64",
        "md5" => "${md5(text)}",
        "sha256" => "${sha256(text)}",
        "raw" => "${raw(${variable})}",
        "trim" | "lower" | "upper" | "length" => "${trim(${variable})}",
        "replace" => "${replace(${variable}, 'old', 'new')}",
        "substring" => "${substring(${variable}, 0, 8)}",
        "default" => "${default(${variable}, none)}",
        "part" => "${part(${variable}, ';', 0)}",
        "position" => "${position(${variable}, ';')}",
        "urlencode" => "${urlencode(${variable})}",
        "padded" => "${padded(${variable}, 8)}",
        "sum" | "difference" | "product" | "quotient" | "remainder" => "${sum(${variable}, 1)}",
        _ => "${base64(text)}",
    }
}
