//! The words of the page alone: headings, column heads and captions.
//!
//! In: nothing. Out: [`PageText`] in each language. Always holds: every field is in every language.

use super::catalogue;

catalogue! {
    /// The page's headings, column heads and captions in one language.
    PageText {
        /// Heading.
        rules,
        /// Heading.
        tested,
        /// Heading.
        totals,
        /// Heading.
        caveats,
        /// Heading.
        charts,
        /// Heading.
        steps,
        /// Heading.
        failures,
        /// Heading.
        generator,
        /// Heading.
        definitions,
        /// Heading of the comparison of tools.
        comparison,
        /// Column: the rule.
        rule,
        /// Column: the figure.
        observed,
        /// Column: the interval.
        interval,
        /// Column: the limit.
        limit,
        /// Column: the distance.
        margin,
        /// Column: the end.
        verdict,
        /// Fact: scenario.
        scenario,
        /// Fact: target.
        target,
        /// Fact: `{url} {kind}`.
        target_of,
        /// Fact: where the load went.
        addresses,
        /// Fact: `{address} {users}`.
        address_of,
        /// Fact: run.
        run,
        /// Fact: model.
        model,
        /// Fact: `{users}` in a closed model.
        closed,
        /// Fact: `{rate} {users}` in an open model.
        open,
        /// Fact: `{most}` iterations of a limit.
        iterations,
        /// Fact: `{stages}`.
        stages,
        /// A stage: `{from} {to} {seconds}` of users that stay.
        users_held,
        /// A stage: of users that change.
        users_ramped,
        /// A stage: of arrivals a second that stay.
        rate_held,
        /// A stage: of arrivals a second that change.
        rate_ramped,
        /// Fact: how load was built up: `{ramp} {warm_up}`.
        build_up,
        /// Fact's label for it.
        build_up_label,
        /// Fact: the window.
        window,
        /// Fact: `{seconds} {planned}`.
        window_of,
        /// Fact: `{start} {end}`.
        from_to,
        /// Fact: the window never opened.
        window_never,
        /// Fact: the run's own times.
        whole_run,
        /// Fact: seed.
        seed,
        /// Fact: gate.
        gate,
        /// Gate is the scenario's.
        gate_scenario,
        /// Gate is custom.
        gate_custom,
        /// Fact: command.
        command,
        /// Target is the user's.
        external,
        /// Target is embedded.
        embedded,
        /// Column: step.
        step,
        /// Column: requests.
        requests,
        /// Column: successes.
        succeeded,
        /// Column: failures.
        failed,
        /// Column: success rate.
        success_rate,
        /// Column: mean.
        mean,
        /// Column: shortest.
        min,
        /// Column: longest.
        max,
        /// Below the steps: times are of successes.
        steps_note,
        /// Row: the sum.
        all,
        /// Column: class.
        class,
        /// Column: HTTP status.
        status,
        /// Column: the envelope's code.
        code,
        /// Column: the first message.
        message,
        /// Column: how many.
        count,
        /// No failures.
        no_failures,
        /// Below the failures: how long they took, by class.
        failure_times_note,
        /// Label: version.
        version,
        /// Label: host.
        host,
        /// `{host} {cpus} {memory}`.
        machine,
        /// Label: calibration.
        calibration,
        /// `{tps} {p95}`.
        calibrated,
        /// What is said before the run: `{reached}`.
        calibrated_line,
        /// Label: CPU per request.
        cpu_per_request,
        /// Label: CPU share.
        cpu_fraction,
        /// Label: busiest thread.
        thread_cpu,
        /// Label: event loop lag.
        loop_lag,
        /// `{mean} {p99}`.
        lag,
        /// Label: pacer.
        pacer_late,
        /// Label: unexplained user time.
        user_time,
        /// `{share} {rate} {mean} {busy} {users}`.
        user_time_of,
        /// Label: run queue, throttling, steal.
        host_share,
        /// `{runq} {throttled} {steal}`.
        host_shares,
        /// Label: confidence.
        confidence,
        /// `{method} {nu}`.
        confidence_by,
        /// No intervals: `{reason}`.
        confidence_none,
        /// Caption: latency over time.
        figure_latency,
        /// Caption: throughput over time.
        figure_throughput,
        /// Caption: distribution.
        figure_distribution,
        /// Caption: failures over time.
        figure_failures,
        /// Caption: two clocks.
        figure_clocks,
        /// Caption: percentile spectrum.
        figure_spectrum,
        /// Caption: heatmap.
        figure_heatmap,
        /// Column: the second of the first failure.
        first,
        /// Column: that of the last.
        last,
        /// Below the failures: where seconds count from.
        failures_note,
        /// Heading: the clocks of an open model.
        clocks,
        /// Column: which clock.
        clock,
        /// The clock from the intended start.
        response_time,
        /// Below the clocks.
        clocks_note,
        /// Label: figure.
        figure,
    }
}
