//! The probes: single charges that each show one promise kept.
//!
//! In: two clients and `[probes]`. Out: [`Probed`], judged by nobody yet. Always holds: only the accounts of the section
//! are touched; every charge has a number of its own, made from the run's.

use std::thread;

use crate::acceptance::asking::Asking;
use crate::acceptance::reply::{Abandoned, Concurrent, Outrageous, Probed, Reply, Twice};
use crate::scenario::acceptance::ProbesSection;
use crate::units::{Amount, Micros};

/// What the two charges at once are of.
const WHOLE: Amount = Amount::whole(100);
/// What no charge may be of.
const OUTRAGEOUS: [&str; 3] = ["0.001", "-1.00", "1000000000000"];
/// How often a status is asked for.
const LOOK: Micros = Micros::from_millis(100);
/// Charges that may be needed to empty an account.
const MOST_CHARGES: u32 = 50;

/// Who probes, and with what.
pub struct Prober<'a> {
    /// What is sent where.
    pub section: &'a ProbesSection,
    /// Names this verification in the charges' numbers.
    pub run_id: &'a str,
    /// Who asks; the second only where two must ask at once.
    pub clients: [Asking; 2],
    /// Charges so far.
    sent: u32,
}

impl<'a> Prober<'a> {
    /// Probes through `clients`.
    #[must_use]
    pub const fn new(section: &'a ProbesSection, run_id: &'a str, clients: [Asking; 2]) -> Self {
        Self { section, run_id, clients, sent: 0 }
    }

    /// Tries everything, in order.
    pub fn probe(mut self) -> Probed {
        Probed {
            success: self.section.success,
            same_number: self.same_number(),
            repeat: self.repeat(),
            concurrent: self.concurrent(),
            refused: OUTRAGEOUS.map(|amount| self.outrageous(amount)).into(),
            timed_out: self.abandoned(),
        }
    }

    fn number(&mut self) -> String {
        self.sent += 1;
        format!("{}-probe-{}", self.run_id, self.sent)
    }

    fn filled(template: &str, [number, account, device, amount]: [&str; 4]) -> String {
        let blanks =
            [("${transactionNo}", number), ("${userId}", account), ("${deviceId}", device), ("${amount}", amount)];
        blanks.iter().fold(template.to_owned(), |text, (blank, value)| text.replace(blank, value))
    }

    fn body(&self, number: &str, account: u64, amount: &str) -> String {
        Self::filled(&self.section.body, [number, &account.to_string(), &self.section.device, amount])
    }

    /// The body of a charge of the whole balance, from `device`.
    fn whole(&mut self, device: &str) -> String {
        let (number, account) = (self.number(), self.section.exact_account.to_string());
        Self::filled(&self.section.body, [&number, &account, device, "100.00"])
    }

    fn charge(&mut self, number: &str, account: u64, amount: &str) -> Reply {
        let body = self.body(number, account, amount);
        self.clients[0].post(&self.section.charge, &body)
    }

    fn balance(&mut self, account: u64) -> Option<Amount> {
        let path = Self::filled(&self.section.balance, ["", &account.to_string(), "", ""]);
        self.clients[0].get(&path).amount(&self.section.balance_value)
    }

    /// What the balance of `account` falls by while `act` acts.
    fn taken<T>(&mut self, account: u64, act: impl FnOnce(&mut Self) -> T) -> (T, Option<Amount>) {
        let before = self.balance(account);
        let done = act(self);
        let after = self.balance(account);
        (done, before.zip(after).map(|(before, after)| before - after))
    }

    fn same_number(&mut self) -> Twice {
        let (account, amount) = (self.section.account, Amount::whole(1));
        let number = self.number();
        let (replies, taken) = self.taken(account, |probe| [(); 2].map(|()| probe.charge(&number, account, "1.00")));
        Twice { account, amount, replies, taken }
    }

    /// Twice at most: the first pair may lie in two minutes of the clock, the second cannot too.
    fn repeat(&mut self) -> Twice {
        let (account, amount) = (self.section.account, Amount::whole(2));
        let mut twice = None;
        for _ in 0..2 {
            let (replies, taken) = self.taken(account, |probe| {
                [(); 2].map(|()| {
                    let number = probe.number();
                    probe.charge(&number, account, "2.00")
                })
            });
            let settled = replies[1].accepted(self.section.success) != Some(true);
            twice = Some(Twice { account, amount, replies, taken });
            if settled {
                break;
            }
        }
        twice.unwrap_or_else(|| self.same_number())
    }

    fn concurrent(&mut self) -> Concurrent {
        let account = self.section.exact_account;
        let none = |why: String| Concurrent { account, amount: WHOLE, replies: Err(why), left: None };
        if let Err(why) = self.bring_to_whole(account) {
            return none(why);
        }
        let section = self.section;
        let bodies = [&section.device, &section.second_device].map(|device| self.whole(device));
        let path = self.section.charge.as_str();
        let [one, other] = &mut self.clients;
        let replies = thread::scope(|scope| {
            let second = scope.spawn(|| other.post(path, &bodies[1]));
            let first = one.post(path, &bodies[0]);
            second.join().map(|second| [first, second])
        });
        match replies {
            Ok(replies) => Concurrent { account, amount: WHOLE, replies: Ok(replies), left: self.balance(account) },
            Err(_) => none("the second client broke".to_owned()),
        }
    }

    /// Fills the account up or empties it until it holds the amount exactly. Why it cannot be.
    fn bring_to_whole(&mut self, account: u64) -> Result<(), String> {
        for _ in 0..MOST_CHARGES {
            let Some(balance) = self.balance(account) else {
                return Err(format!("the balance of account {account} cannot be read"));
            };
            if balance == WHOLE {
                return Ok(());
            }
            let reply = if balance < WHOLE {
                let id = account.to_string();
                let amount = (WHOLE - balance).to_string();
                let body = Self::filled(&self.section.recharge_body, ["", &id, &self.section.device, &amount]);
                self.clients[0].post(&self.section.recharge, &body)
            } else {
                let amount = (balance - WHOLE).min(self.section.single_limit).to_string();
                let number = self.number();
                self.charge(&number, account, &amount)
            };
            if reply.accepted(self.section.success) != Some(true) {
                return Err(format!(
                    "account {account} cannot be brought to {WHOLE}: {}: {}",
                    reply.request,
                    reply.said()
                ));
            }
        }
        Err(format!("account {account} holds too much to be emptied by {MOST_CHARGES} charges; name another"))
    }

    fn outrageous(&mut self, amount: &'static str) -> Outrageous {
        let account = self.section.account;
        let number = self.number();
        let (reply, taken) = self.taken(account, |probe| probe.charge(&number, account, amount));
        Outrageous { account, amount, reply, taken }
    }

    fn abandoned(&mut self) -> Abandoned {
        let (account, amount, gave_up) = (self.section.account, Amount::whole(3), self.section.give_up());
        let number = self.number();
        let body = self.body(&number, account, "3.00");
        let reply = self.clients[1].abandon(&self.section.charge, &body, gave_up);
        let path = Self::filled(&self.section.status, [&number, "", "", ""]);
        let begun = self.clients[0].now();
        loop {
            let asked = self.clients[0].get(&path);
            let waited = self.clients[0].now() - begun;
            let found = asked.value(&self.section.number).is_some_and(|found| found == number);
            if found || waited >= self.section.found_within() {
                return Abandoned { account, amount, gave_up, reply, asked, found: found.then_some(waited) };
            }
            thread::sleep(LOOK.into());
        }
    }
}
