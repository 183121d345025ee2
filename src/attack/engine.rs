//! Goose as the driver of users. The only file that names Goose.
//!
//! In: a plan and what its users are made from. Out: users hatched along the ramp, dealt out by weight, each playing
//! its scenario until the run stops. Always holds: Goose prints nothing, opens no port, and keeps no metrics of its
//! own.
//!
//! One Goose transaction is a turn of up to 64 iterations, interpreted by our [`VirtualUser`]; Goose's own client, clock
//! and statistics are never used, because its clock stops at the answer's head.

use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::{Arc, Mutex};

use futures_util::FutureExt;
use goose::client::GooseClientBuilder;
use goose::config::GooseConfiguration;
use goose::goose::{Scenario, Transaction, TransactionFunction};
use goose::prelude::GooseUser;
use goose::{GooseAttack, GooseError, GooseScheduler};

use crate::attack::conductor::Elsewhere;
use crate::attack::transport::general::Recipe;
use crate::attack::transport::tls::Tls;
use crate::attack::transport::{Route, Wire};
use crate::attack::virtual_user::{Common, VirtualUser};
use crate::plan::Plan;
use crate::plan::target::Target;
use crate::units::Micros;

/// Iterations that a user plays in one Goose transaction. What Goose does around each (five clock readings, counts that
/// all users share, an order to be looked for) costs about what checking an answer costs. Nothing waits for a turn's
/// end: a run stops through `Shared`, which every iteration asks.
const TURN: u32 = 64;

/// What a Goose user of this run is made from.
#[derive(Clone)]
pub(super) struct Crew {
    pub(super) common: Common,
    pub(super) addresses: Arc<[SocketAddr]>,
    pub(super) tls: Option<Tls>,
    pub(super) elsewhere: Arc<[Elsewhere]>,
    /// Set where requests go over HTTP/2 or through a proxy.
    pub(super) general: Option<Arc<Recipe>>,
    pub(super) timeout: Micros,
}

/// Where a Goose user keeps ours. Goose clones users' data before they start; a clone of a seat is empty.
struct Seat(Mutex<Option<Box<VirtualUser<Wire>>>>);

impl Clone for Seat {
    fn clone(&self) -> Self {
        Self(Mutex::new(None))
    }
}

/// An attack that is ready to be executed on a tokio runtime.
pub(super) fn build(plan: &Plan, target: &Target, crew: &Crew) -> Result<GooseAttack, GooseError> {
    let mut attack = GooseAttack::initialize_with_config(configuration(plan, target))?
        .set_scheduler(GooseScheduler::RoundRobin)
        // One client for all users that none of them uses, instead of one each.
        .set_client_builder_without_cookies(GooseClientBuilder::new().without_cookies())?;
    for (index, planned) in plan.scenarios.iter().enumerate() {
        let scenario = Scenario::new(&planned.name)
            .set_weight(planned.weight as usize)?
            .register_transaction(Transaction::new(on_start(crew.clone(), index)).set_on_start())
            .register_transaction(Transaction::new(turn()));
        attack = attack.register_scenario(scenario);
    }
    Ok(attack)
}

/// Ends the attack that is running, whatever its users do. Goose clears it when an attack starts, so it is called
/// again until the attack has ended.
pub(super) fn cancel() {
    goose::trigger_killswitch("the run was interrupted");
}

fn configuration(plan: &Plan, target: &Target) -> GooseConfiguration {
    let mut configuration = GooseConfiguration::default();
    configuration.host = Some(target.to_string());
    configuration.users = Some(plan.load.users as usize);
    // A rate rather than a time: Goose takes ramp times in whole seconds only.
    // In an open model the arrivals ramp up, and the users that wait for them are there at once.
    let ramp_up = if plan.load.arrivals.is_some() { Micros::ZERO } else { plan.load.ramp_up };
    let ramp = ramp_up.as_secs_f64().max(0.001);
    configuration.increase_rate = Some(format!("{:.6}", f64::from(plan.load.users) / ramp));
    configuration.no_telnet = true;
    configuration.no_metrics = true;
    configuration.quiet = 1;
    configuration
}

/// Seats one of our users in a Goose user.
fn on_start(crew: Crew, scenario: usize) -> TransactionFunction {
    Arc::new(move |user: &mut GooseUser| {
        let crew = crew.clone();
        Box::pin(async move {
            if let Some(seat) = crew.common.shared.sit_down() {
                let shared = Arc::clone(&crew.common.shared);
                let address = crew.addresses[seat % crew.addresses.len()];
                let route = Route { address, tls: crew.tls.as_ref().map(Tls::for_user) };
                let Ok(transport) = Wire::new((shared, seat), route, crew.general.as_ref(), crew.timeout) else {
                    // Tried before any load; without a transport the user is lost.
                    crew.common.shared.leave(seat);
                    crew.common.shared.ready();
                    return Ok(());
                };
                let elsewhere =
                    crew.elsewhere.iter().map(|host| Wire::lean((&crew.common.shared, seat), host, crew.timeout));
                let mut ours =
                    VirtualUser::new(&crew.common, seat, scenario, transport).with_elsewhere(elsewhere.collect());
                // A user whose on_start failed leaves before its first iteration, and is counted as lost.
                let started = AssertUnwindSafe(ours.start()).catch_unwind().await.unwrap_or(false);
                if started {
                    user.set_session_data(Seat(Mutex::new(Some(Box::new(ours)))));
                } else {
                    drop(ours);
                }
                crew.common.shared.ready();
            }
            Ok(())
        })
    })
}

/// A turn of the user that `on_start` seated.
fn turn() -> TransactionFunction {
    Arc::new(|user: &mut GooseUser| {
        Box::pin(async move {
            let go_on = match seated(user) {
                // Goose hides panics: caught here, the user leaves and is counted as lost.
                Some(ours) => {
                    // Pinned before it is wrapped: moved into the wrapper, its kilobytes would be copied every turn.
                    let mut whole = pin!(play(ours));
                    AssertUnwindSafe(whole.as_mut()).catch_unwind().await.unwrap_or(false)
                }
                None => false,
            };
            if !go_on {
                dismiss(user);
            }
            Ok(())
        })
    })
}

/// Plays a turn of iterations. Whether to go on with another.
async fn play(ours: &mut VirtualUser<Wire>) -> bool {
    for _ in 0..TURN {
        if !ours.iterate().await {
            Box::pin(ours.finish()).await;
            return false;
        }
        // An iteration that sent nothing has let nobody else run.
        tokio::task::consume_budget().await;
    }
    true
}

fn seated(user: &mut GooseUser) -> Option<&mut VirtualUser<Wire>> {
    let seat = user.get_session_data_mut::<Seat>()?;
    seat.0.get_mut().ok()?.as_deref_mut()
}

/// Lets the user go after this turn. Goose reads this copy of the limit behind every turn, and unlike the limit of the
/// whole attack it prints nothing.
fn dismiss(user: &mut GooseUser) {
    if let Some(seat) = user.get_session_data_mut::<Seat>() {
        seat.0 = Mutex::new(None);
    }
    user.config.iterations = Some(1);
}
