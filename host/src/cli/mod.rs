//! The command line.
//!
//! Every command reads the same settings as the server, and works on the configured storage through
//! the same runtime, in its own process. Answers go to standard output: tables for readers, with
//! `--json` exactly the JSON of the wire. Refusals go to standard error, with `--json` as problem
//! documents. [`exit`] has the codes.

mod cart;
mod doctor;
pub mod exit;
mod migrate;
mod serve;
mod settings;
mod text;

use crate::config::{Config, Source, Sources};
use clap::{Args, Parser, Subcommand};
use exit::Failure;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Parser, Debug)]
#[command(
    name = "pushcart",
    version,
    about = "One shopping cart: exact totals, nothing lost.",
    arg_required_else_help = true
)]
struct Arguments {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

/// What every command takes.
#[derive(Args, Debug)]
struct Common {
    /// Read settings from this file instead of pushcart.toml
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where carts are kept, such as sqlite:carts.db
    #[arg(long, global = true, value_name = "URL")]
    storage: Option<String>,
    /// Set any setting, such as limits.max_items=500
    #[arg(long = "set", global = true, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Answer in JSON
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Serve carts over HTTP
    Serve(serve::Arguments),
    /// Show and change carts
    #[command(subcommand)]
    Cart(Box<cart::Command>),
    /// Bring the database's schema up to date
    Migrate(migrate::Arguments),
    /// Look whether everything that a server needs is in order
    Doctor,
    /// Print what every setting is, and who said so
    Settings(settings::Arguments),
}

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let json = arguments.common.json;
    // The panic hook says what happened; what is left to say is that nobody foresaw it.
    let outcome = std::panic::catch_unwind(|| {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let outcome = runtime.block_on(run(arguments));
        // A thread that still waits for something must not keep the process from its end.
        runtime.shutdown_background();
        outcome
    });
    match outcome {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(failure)) => ExitCode::from(exit::end(&failure, json)),
        Err(_) => ExitCode::from(exit::UNEXPECTED),
    }
}

async fn run(arguments: Arguments) -> Result<(), Failure> {
    let Arguments { common, command } = arguments;
    if let Command::Settings(arguments) = &command
        && arguments.reference
    {
        return say(&crate::config::print::reference());
    }
    let mut sources = common.sources()?;
    if let Command::Serve(serve) = &command {
        sources.flags.extend(serve.listen.iter().map(|listen| ("listen".into(), listen.clone(), "--listen".into())));
    }
    let config = match Config::load(&sources) {
        Ok(config) => config,
        Err(mistakes) if matches!(command, Command::Doctor) => {
            return doctor::settings_are_wrong(&mistakes, common.json);
        }
        Err(mistakes) => return Err(mistakes.into()),
    };
    log(&config, matches!(command, Command::Serve(_)));
    match command {
        Command::Serve(_) => serve::run(&config, common.json).await,
        Command::Cart(command) => cart::run(&config, *command, common.json).await,
        Command::Migrate(arguments) => migrate::run(&config, &arguments, common.json).await,
        Command::Doctor => doctor::run(&config, common.json).await,
        Command::Settings(_) if common.json => say(&(crate::config::print::json(&config) + "\n")),
        Command::Settings(_) => say(&crate::config::print::text(&config)),
    }
}

impl Common {
    fn sources(&self) -> Result<Sources, Failure> {
        let mut flags: Vec<(String, String, String)> = Vec::new();
        for pair in &self.set {
            let (key, value) = pair.split_once('=').ok_or_else(|| {
                Failure::Usage("--set: expected KEY=VALUE, such as limits.max_items=500, found no =".into())
            })?;
            flags.push((key.trim().into(), value.into(), "--set".into()));
        }
        flags.extend(self.storage.iter().map(|url| ("storage".into(), url.clone(), "--storage".into())));
        Ok(Sources { file: self.config.clone(), environment: std::env::vars_os().collect(), flags })
    }
}

/// Writes to standard output, at once.
fn say(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}

/// Sets up the log on standard error. Commands that answer a person only log what went wrong,
/// unless the settings say otherwise.
fn log(config: &Config, serves: bool) {
    let said = config.source("log.level").is_some_and(|source| *source != Source::Default);
    let level = if serves || said { config.log.level.as_str() } else { "warn" };
    // What our libraries have to say matters when it is a warning.
    let others = if level == "off" { "off" } else { "warn" };
    let filter = tracing_subscriber::EnvFilter::new(format!("{others},pushcart={level},pushcart_host={level}"));
    let log =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).with_ansi(io::stderr().is_terminal());
    // Fails only when the embedding program has a log already, which then is the one to use.
    let _ = if config.log.json { log.json().flatten_event(true).try_init() } else { log.try_init() };
    for warning in &config.warnings {
        tracing::warn!(target: "pushcart::settings", "{warning}");
    }
}
