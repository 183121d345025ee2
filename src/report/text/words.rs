//! The words that the console and the page share.
//!
//! In: nothing. Out: [`Text`], filled in by one file a language. Always holds: every field is in every language.

use super::catalogue;

catalogue! {
    /// The words of one language. Sentences have `{blanks}`.
    Text {
        /// For `<html lang>`.
        html_lang,
        /// What the document is.
        document,
        /// A figure that does not exist.
        absent,
        /// A fact nobody could read.
        unknown,
        /// Between the items of a list in a sentence.
        list_comma,
        /// Between the parts of a line.
        clause_comma,
        /// Appended to any success on the embedded service.
        demonstration,
        /// What a run on the embedded service is worth.
        demonstration_banner,
        /// The gate differs from the scenario's.
        custom_gate_banner,
        /// Stopped before its end.
        interrupted_banner,

        /// Total requests.
        total,
        /// Successful requests.
        succeeded,
        /// Failed requests.
        failed,
        /// Success rate.
        success_rate,
        /// Transactions per second.
        tps,
        /// Mean response time.
        mean,
        /// Shortest.
        min,
        /// Longest.
        max,
        /// 95th percentile.
        p95,

        /// Median.
        p50,
        /// 90th percentile.
        p90,
        /// 99th percentile.
        p99,
        /// 99.9th percentile.
        p999,
        /// Standard deviation.
        stddev,
        /// Whole answers per second.
        throughput,
        /// Mean of all attempts.
        mean_all,
        /// Longest time without a success.
        max_gap,
        /// Time in which nothing succeeded.
        stalled,
        /// Bytes written.
        bytes_sent,
        /// Bytes read.
        bytes_received,
        /// First byte, mean and 95th percentile.
        ttfb,
        /// Connecting, mean and number.
        connect,
        /// Time of failures, mean and 95th percentile.
        failure_time,
        /// Service time beside response time, in an open model.
        service_time,
        /// Arrivals offered.
        arrivals,
        /// Arrivals never sent.
        unsent,
        /// Arrivals given up at a cap.
        dropped,
        /// Given up by us.
        aborted,
        /// Sent outside the window.
        outside_window,
        /// A figure that this transport cannot tell.
        not_of_transport,
        /// Redirects followed.
        redirects,
        /// Total: requests of the preflight, which are in no other figure.
        preflight,
        /// `mean {mean}, P95 {p95}`.
        mean_and_p95,
        /// `{count} opened, mean {mean}`.
        connects,

        /// The run passes.
        run_pass,
        /// The run fails.
        run_fail,
        /// The run proves nothing.
        run_invalid,
        /// A rule holds.
        rule_pass,
        /// A rule holds, closely.
        rule_marginal,
        /// A rule does not hold.
        rule_fail,
        /// A rule does not hold, perhaps through the generator.
        rule_unproven,
        /// Too little to tell.
        rule_no_data,

        /// Pass: `{rules} {tightest} {observed} {margin}`.
        pass_sentence,
        /// Pass where no margin can be told: `{rules}`.
        pass_plain,
        /// Pass without any rule.
        pass_without_rules,
        /// Opens a failure: `{failed} {rules}`.
        fail_lead,
        /// One rule that fails: `{rule} {observed} {limit}`.
        fail_rule,
        /// One percentile rule that fails by stalled time: `{rule} {observed} {stalled}`.
        fail_rule_stalled,
        /// One rule that fails without a figure: `{rule}`.
        fail_rule_absent,
        /// Opens an invalid run.
        invalid_lead,
        /// Invalid as it was interrupted.
        invalid_interrupted,
        /// A rule that could not be proven: `{rule}`.
        invalid_unproven,
        /// A rule without enough data: `{rule}`.
        invalid_no_data,
        /// No reason is known.
        invalid_unsaid,
        /// Ends a sentence.
        full_stop,
        /// Kinds of failures that are not shown: `{more}`.
        more_kinds,
        /// Between the reasons of a sentence.
        semicolon,
        /// A closed run that failed latency only: `{tps} {users} {limit} {rate}`.
        closed_ceiling,
        /// Some rules are close: `{rules}`.
        close_note,

        /// Limit words: `<=`.
        at_most,
        /// Limit words: `<`.
        below,
        /// Limit words: `>=`.
        at_least,
        /// Limit words: `>`.
        above,

        /// The report lies at `{path}`.
        report_at,
        /// Heading of caveats that void the run.
        caveats_accounting,
        /// Heading of caveats of the instrument.
        caveats_instrument,
        /// Heading of warnings.
        caveats_warning,
        /// Before an advice.
        advice,
        /// No caveats.
        no_caveats,
        /// The console's last words: `{word} {sentence}`.
        verdict_line,
        /// The console's only line when quiet: `{word} {scenario} {figures}`.
        quiet_line,
    }
}
