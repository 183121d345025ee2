//! What is said of a recording that another tool made, in either language.
//!
//! In: how its number of users is known, and how many rows are no requests. Out: what its file does not tell. Always
//! holds: both languages say the same.

use crate::summary::caveat::UsersBy;

/// What to do about it, in English and Chinese.
pub(super) const ADVICE: (&str, &str) = (
    "where these matter, let Tollgate drive the load: `tollgate run --rate` knows when each request was meant to start",
    "若这些信息对验收重要，请由 Tollgate 施压：`tollgate run --rate` 知道每个请求本应何时发出",
);

/// What was not told.
pub(super) fn en(users_by: UsersBy, transactions: u64) -> String {
    let users = match users_by {
        UsersBy::AllThreads => "the users of stalled time are the most threads active at once (allThreads)",
        UsersBy::ThreadNames => "without allThreads, the users of stalled time are the different thread names",
        UsersBy::Nothing => {
            "without allThreads and threadName, one request in flight is enough for stalled time, which may be too long"
        }
    };
    let rows = match transactions {
        0 => String::new(),
        n => format!("; {n} transaction rows are steps of their own and in no total"),
    };
    format!(
        "times are whole milliseconds, there is no intended start, and nothing is known of the generator; {users}{rows}"
    )
}

/// What was not told, in Chinese.
pub(super) fn zh(users_by: UsersBy, transactions: u64) -> String {
    let users = match users_by {
        UsersBy::AllThreads => "停滞时间所用的用户数取同时活动线程数的最大值（allThreads）",
        UsersBy::ThreadNames => "文件没有 allThreads，停滞时间所用的用户数取不同线程名的个数",
        UsersBy::Nothing => "文件没有 allThreads 和 threadName，只要有一个请求在途就计入停滞时间，因此可能偏长",
    };
    let rows = match transactions {
        0 => String::new(),
        n => format!("；{n} 行事务记录单列为步骤，不计入合计"),
    };
    format!("耗时只精确到毫秒，没有预定发出时间，也没有压测机自身的数据；{users}{rows}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transaction_rows_are_told_of_where_there_are_any() {
        for by in [UsersBy::AllThreads, UsersBy::ThreadNames, UsersBy::Nothing] {
            assert!(!en(by, 0).contains("transaction") && !zh(by, 0).contains("事务"), "{by:?}");
            assert!(en(by, 3).contains("3 transaction rows") && zh(by, 3).contains("3 行事务"), "{by:?}");
        }
    }
}
