//! Any bytes as a plan of JMeter's: nothing panics, every element has its account, and what is written is a scenario.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tollgate::jmeter::import::trial::trial;

fuzz_target!(|bytes: &[u8]| {
    if let Err(broken) = trial(bytes) {
        panic!("{broken}");
    }
});
