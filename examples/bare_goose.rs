//! Goose used alone, as a peer to compare with: `benches/peers.sh` runs it against the same server as Tollgate.
//!
//! Usage: `bare_goose URL USERS SECONDS`. Prints the number of requests.
#![allow(clippy::print_stdout, reason = "an example prints its result")]

use goose::config::GooseConfiguration;
use goose::prelude::*;

/// One charge of a fixed body, through Goose's own client.
async fn charge(user: &mut GooseUser) -> TransactionResult {
    let body = r#"{"transactionNo":"T1","userId":4711,"areaId":"AREA01","deviceId":"POS001","amount":12.34}"#;
    let request = user
        .get_request_builder(&GooseMethod::Post, "/api/consume/transaction")?
        .header("Content-Type", "application/json")
        .body(body);
    let goose = user.request(GooseRequest::builder().set_request_builder(request).build()).await?;
    if let Ok(answer) = goose.response {
        // Read to its end, as every other peer does.
        let _body = answer.bytes().await;
    }
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut words = std::env::args().skip(1);
    let (host, users, seconds) = (words.next(), words.next(), words.next());
    let mut configuration = GooseConfiguration::default();
    let users: usize = users.ok_or("usage: bare_goose URL USERS SECONDS")?.parse()?;
    configuration.host = host;
    configuration.users = Some(users);
    configuration.increase_rate = Some((users * 1000).to_string());
    configuration.run_time = seconds;
    configuration.no_telnet = true;
    configuration.no_print_metrics = true;
    configuration.no_error_summary = true;
    configuration.quiet = 1;
    let metrics = GooseAttack::initialize_with_config(configuration)?
        .register_scenario(scenario!("charge").register_transaction(transaction!(charge)))
        .execute()
        .await?;
    let requests: usize = metrics.requests.values().map(|request| request.success_count + request.fail_count).sum();
    println!("{requests}");
    Ok(())
}
