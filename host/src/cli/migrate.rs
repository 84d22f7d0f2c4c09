//! `pushcart migrate`: the schema, from which version to which.

use super::exit::{BEHIND, Failure};
use super::say;
use crate::config::Config;
use crate::open::{self, Schema};
use serde_json::{Value, json};

/// What `migrate` takes.
#[derive(clap::Args, Debug)]
pub(super) struct Arguments {
    /// Only say what there is to do; exit code 14 when there is something
    #[arg(long)]
    check: bool,
}

pub(super) async fn run(config: &Config, arguments: &Arguments, as_json: bool) -> Result<(), Failure> {
    let storage = open::redacted(&config.storage);
    let either = |text: String, json: Value| say(&if as_json { format!("{json}\n") } else { text });
    let without = || either(format!("{storage} has no schema\n"), json!({"storage": storage, "upToDate": true}));
    if !arguments.check {
        let Some((schema, steps)) = open::migrate(config).await? else { return without() };
        let mut text = line(&storage, schema);
        text.extend(steps.iter().map(|step| format!("  applied {step}\n")));
        return either(
            text,
            json!({"storage": storage, "from": schema.found, "to": schema.known, "applied": steps, "upToDate": true}),
        );
    }
    if !open::exists(config)? {
        let text = format!("{storage} is not there yet; pushcart migrate makes it\n");
        either(text, json!({"storage": storage, "exists": false, "upToDate": false}))?;
        return Err(Failure::Said(BEHIND));
    }
    let Some(schema) = open::schema(config).await? else { return without() };
    let current = schema.found == schema.known;
    either(
        line(&storage, schema),
        json!({"storage": storage, "from": schema.found, "to": schema.known, "upToDate": current}),
    )?;
    if current { Ok(()) } else { Err(Failure::Said(BEHIND)) }
}

fn line(storage: &str, schema: Schema) -> String {
    if schema.found == schema.known {
        format!("{storage}: schema {}, up to date\n", schema.known)
    } else {
        format!("{storage}: schema {} -> {}\n", schema.found, schema.known)
    }
}
