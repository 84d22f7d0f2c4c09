//! `pushcart doctor`: is everything in order that a server needs? Changes nothing.

use super::exit::{self, Failure};
use super::{say, text};
use crate::config::{Config, Mistakes, Source};
use crate::driver::Driver;
use crate::open::{self, Finding};
use crate::outside::{self, Question};
use crate::runtime::{Surroundings, System};
use pushcart::error::{Error, Kind, Result};
use pushcart::id::Address;
use pushcart::service::{GivenAnswer, ProviderFailure};
use pushcart::wire;
use serde_json::json;
use std::sync::Arc;

/// The identifier of the call that is made for trying. Nothing is written under it.
const TRIED: &str = "pushcart:doctor";

pub(super) async fn run(config: &Config, as_json: bool) -> core::result::Result<(), Failure> {
    let mut findings = vec![Finding { name: "settings", outcome: Ok(settings(config)) }];
    if let Err(error) = crate::http::check_listen(config, config.listen) {
        findings.push(Finding { name: "listen", outcome: Err(error) });
    }
    if config.conditions.catalogue.is_some() {
        let found = open::catalogue(config)
            .map(|catalogue| format!("{} conditions, {} of them for every cart", catalogue.len(), catalogue.globals()));
        findings.push(Finding { name: "catalogue", outcome: found });
    }
    findings.extend(providers(config).await);
    // The component is tried even where storage fails: they fail for different reasons.
    let driver = storage(config, &mut findings).await.unwrap_or_else(open::nowhere);
    match open::start(config, driver.clone()) {
        Ok(runtime) => {
            findings.push(Finding { name: "component", outcome: Ok("compiles".into()) });
            let call = async { runtime.totals(&Address::new("", TRIED, "default")?, None).await };
            findings.push(Finding { name: "call", outcome: call.await.map(|_| "the cart answers".into()) });
        }
        Err(error) => findings.push(Finding { name: "component", outcome: Err(error) }),
    }
    driver.close().await;
    report(&findings, as_json)?;
    match findings.iter().find_map(|finding| finding.outcome.as_ref().err()) {
        None => Ok(()),
        Some(error) => Err(Failure::Said(exit::code(error.kind()))),
    }
}

/// Asks each provider about a cart that is not there.
async fn providers(config: &Config) -> Vec<Finding> {
    let asked = async {
        let (now, address) = (System.now(), Address::new("", TRIED, "default")?);
        let question = Question { address, now, at: now, cart: None };
        let providers = open::providers(config)?;
        let id = || "doctor".to_owned();
        Ok(outside::ask(&providers, &question, config.conditions.provider_timeout, &id).await)
    };
    let found: Result<Vec<GivenAnswer>> = asked.await;
    let outcome = |given: &GivenAnswer| match &given.answer {
        Ok(conditions) => wire::outside::read_answer(conditions, config.carts.default_currency)
            .map(|conditions| format!("{} answers, with {} conditions", given.provider, conditions.len()))
            .map_err(|error| Error::new(Kind::Unavailable, format!("{}: {error}", given.provider))),
        Err(ProviderFailure::Slow) => Err(Error::new(
            Kind::Unavailable,
            format!(
                "expected an answer of {} within {} ms, found none",
                given.provider,
                config.conditions.provider_timeout.as_millis()
            ),
        )),
        Err(ProviderFailure::Failed(_)) => Err(Error::new(
            Kind::Unavailable,
            format!("expected conditions of {}, found a failure, which was logged", given.provider),
        )),
    };
    match found {
        Ok(answers) => answers.iter().map(|given| Finding { name: "provider", outcome: outcome(given) }).collect(),
        Err(error) => vec![Finding { name: "provider", outcome: Err(error) }],
    }
}

/// The findings when there are no settings to go on with.
pub(super) fn settings_are_wrong(mistakes: &Mistakes, as_json: bool) -> core::result::Result<(), Failure> {
    let wrong = |mistake: &String| Finding { name: "settings", outcome: Err(Error::invalid(mistake.clone())) };
    report(&mistakes.0.iter().map(wrong).collect::<Vec<_>>(), as_json)?;
    Err(Failure::Said(exit::USAGE))
}

/// Looks at the storage from outside, then opens it, unless that would make or change it.
async fn storage(config: &Config, findings: &mut Vec<Finding>) -> Option<Arc<dyn Driver>> {
    let shown = open::redacted(&config.storage);
    match open::exists(config) {
        Ok(true) => {}
        Ok(false) => {
            let outcome = open::may_make(config).map(|()| format!("{shown} is not there yet; it will be made"));
            findings.push(Finding { name: "storage", outcome });
            return None;
        }
        Err(error) => {
            findings.push(Finding { name: "storage", outcome: Err(error) });
            return None;
        }
    }
    let schema = open::schema(config).await.and_then(|schema| match schema {
        None => Ok("none needed".into()),
        Some(schema) if schema.found == schema.known => Ok(format!("version {}", schema.found)),
        Some(schema) => Err(Error::new(
            Kind::Unsupported,
            format!("expected schema version {}, found {}; run pushcart migrate", schema.known, schema.found),
        )),
    });
    let current = schema.is_ok();
    findings.push(Finding { name: "storage schema", outcome: schema });
    findings.extend(open::examine(config).await);
    if !current {
        return None;
    }
    let opened: Result<Arc<dyn Driver>> = async {
        let driver = open::open(config).await?;
        driver.ready().await?;
        Ok(driver)
    }
    .await;
    let (driver, outcome) = match opened {
        Ok(driver) => (Some(driver), Ok(format!("{shown} opens and answers"))),
        Err(error) => (None, Err(error)),
    };
    findings.push(Finding { name: "storage", outcome });
    driver
}

fn settings(config: &Config) -> String {
    let said = config.effective.iter().filter(|entry| entry.source != Source::Default).count();
    match config.warnings.len() {
        0 => format!("{said} set, the others at their defaults"),
        warnings => format!("{said} set, {warnings} without effect: see pushcart settings"),
    }
}

fn report(findings: &[Finding], as_json: bool) -> core::result::Result<(), Failure> {
    if as_json {
        let check = |finding: &Finding| match &finding.outcome {
            Ok(detail) => json!({"name": finding.name, "ok": true, "detail": detail}),
            Err(error) => {
                json!({"name": finding.name, "ok": false, "kind": error.kind().as_str(), "detail": error.to_string()})
            }
        };
        let ok = findings.iter().all(|finding| finding.outcome.is_ok());
        return say(&format!("{}\n", json!({"ok": ok, "checks": findings.iter().map(check).collect::<Vec<_>>()})));
    }
    let line = |finding: &Finding| match &finding.outcome {
        Ok(detail) => format!("ok    {:17}  {}\n", finding.name, text::plain(detail)),
        Err(error) => format!("FAIL  {:17}  {}\n", finding.name, text::plain(&error.to_string())),
    };
    say(&findings.iter().map(line).collect::<String>())
}
