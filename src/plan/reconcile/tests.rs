use super::resolve::SETTLE;
use super::*;
use crate::plan::tests::resolve;
use crate::plan::{Overrides, Plan};

const FEEDER: &str = "[[feeder]]\nname = \"f\"\npermute = [{ column = \"amount\", from = \"1.00\", to = \"9.99\" }]\n";
const LIST: &str =
    "[reconcile.list]\npath = \"/k?a=${after}&n=${limit}\"\nitems = \"$.l\"\nkey = \"$.k\"\nid = \"$.i\"\n";

fn planned(body: &str, reconcile: &str) -> Result<Plan, String> {
    let step = format!(
        "[[scenario]]\nname = \"a\"\n[[scenario.step]]\nname = \"pay\"\nmethod = \"POST\"\npath = \"/p\"\nbody = '{body}'\n"
    );
    resolve(&format!("{FEEDER}{step}[[reconcile]]\n{reconcile}"), &Overrides::default()).map_err(|e| e.to_string())
}

const BODY: &str = r#"{"no": "t${run.id}-${sequence}x", "amount":${f.amount}, "fixed": "2.50", "n": ${user.id}}"#;

#[test]
fn a_request_is_named_by_its_number_and_found_by_its_name() {
    let plan = planned(BODY, &format!("by = \"no\"\namount = \"amount\"\n{LIST}")).unwrap();
    let reconcile = &plan.reconciles[0];
    assert_eq!((reconcile.step, reconcile.settle, reconcile.required), (StepId(0), SETTLE, true));
    let By::Identity(list) = &reconcile.by else { panic!("{reconcile:?}") };
    assert_eq!(list.identity.name(7), "tR-7x");
    for (text, sequence) in [("tR-7x", Some(7)), ("tR-0x", Some(0)), ("tR-07x", None), ("tR-x", None), ("tS-7x", None)]
    {
        assert_eq!(list.identity.sequence(text.as_bytes()), sequence, "{text}");
    }
    assert_eq!(list.page_after(5, 10), "/k?a=5&n=10");
    let amounts: std::collections::BTreeSet<Amount> =
        (0..900).filter_map(|k| reconcile.amount.as_ref().unwrap().of(k, &plan.feeders)).collect();
    assert_eq!(amounts.len(), 900, "each amount is worked out from its iteration's number");
}

#[test]
fn fields_of_forms_queries_and_headers_are_found_too() {
    for step in [
        "path = \"/p?x=1&no=${run.id}-${sequence}\"",
        "path = \"/p\"\nbody = \"no=${run.id}-${sequence}&no2=1\"",
        "path = \"/p\"\nheaders = { No = \"${run.id}-${sequence}\" }",
    ] {
        let text = format!(
            "[[scenario]]\nname = \"a\"\n[[scenario.step]]\nname = \"pay\"\nmethod = \"POST\"\n{step}\n[[reconcile]]\nby = \"no\"\n{LIST}"
        );
        let plan = resolve(&text, &Overrides::default()).unwrap_or_else(|e| panic!("{e}"));
        let By::Identity(list) = &plan.reconciles[0].by else { panic!("{step}") };
        assert_eq!(list.identity.name(3), "R-3", "{step}");
    }
}

#[test]
fn what_cannot_be_reconciled_is_refused_with_its_cure() {
    for (body, reconcile, part) in [
        (BODY, format!("by = \"nr\"\n{LIST}"), "sends no field \"nr\""),
        (BODY, format!("by = \"n\"\n{LIST}"), "must name each request of each run apart"),
        (r#"{"no":"${sequence}"}"#, format!("by = \"no\"\n{LIST}"), "must name each request of each run apart"),
        (r#"{"no":"1","a":{"no":"2"}}"#, format!("by = \"no\"\n{LIST}"), "sends more than one field"),
        (BODY, format!("by = \"no\"\namount = \"n\"\n{LIST}"), "neither a fixed amount nor a column"),
        (BODY, format!("by = \"no\"\nstep = \"x\"\n{LIST}"), "there is no step \"x\"; name one of \"pay\""),
        (BODY, "by = \"no\"\n".to_owned(), "write one of the two"),
        (BODY, format!("by = \"no\"\n{}", LIST.replace("${after}", "0")), "the path names no ${after}"),
        (
            BODY,
            format!("by = \"no\"\n{}", LIST.replace("${after}", "${sequence}")),
            "must be the same for the whole run",
        ),
        (BODY, format!("by = \"no\"\n{LIST}amount = \"$.a\"\n"), "name its field with amount"),
    ] {
        let error = planned(body, &reconcile).map(|_| ()).unwrap_err();
        assert!(error.contains(part), "{reconcile}: {error}");
    }
}

#[test]
fn a_step_that_one_iteration_sends_twice_is_refused() {
    let text = format!(
        "[[scenario]]\nname = \"a\"\n[[scenario.step]]\nrepeat = 2\n[[scenario.step.step]]\nname = \"pay\"\nmethod = \"POST\"\npath = \"/p\"\nbody = '{BODY}'\n[[reconcile]]\nby = \"no\"\n{LIST}"
    );
    let error = resolve(&format!("{FEEDER}{text}"), &Overrides::default()).map(|_| ()).unwrap_err().to_string();
    assert!(error.contains("stands in a loop"), "{error}");
}

#[test]
fn a_fixed_amount_is_one_for_every_request() {
    let sum = "amount = \"fixed\"\nsettle = \"1s\"\nrequired = false\n[reconcile.sum]\npath = \"/o\"\nvalue = \"$.t\"\nfalls = true\n";
    let plan = planned(BODY, sum).unwrap();
    assert_eq!(plan.reconciles[0].amount, Some(AmountOf::Fixed(Amount::parse(b"2.50").unwrap())));
    assert!(matches!(&plan.reconciles[0].by, By::Sum(figure) if figure.falls && figure.path == "/o"));
}
