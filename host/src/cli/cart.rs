//! `pushcart cart …`: show and change carts on the configured storage.
//!
//! A command builds the same JSON that a caller would send over HTTP, and the core judges it there
//! as here: nothing is checked twice, and a refusal names the same paths.

use super::exit::Failure;
use super::{say, text};
use crate::config::Config;
use crate::http::listing;
use crate::open;
use crate::runtime::Runtime;
use clap::{Args, Subcommand};
use pushcart::error::{Error, Kind};
use pushcart::id::{Address, Revision};
use pushcart::json::{Fields, Raw, Reader, write_text};
use pushcart::service::{Answer, BasedOn, Options, Request};
use pushcart::time::Timestamp;
use serde_json::Value;
use std::io::Read;

/// Which cart.
#[derive(Args, Debug)]
pub(super) struct Which {
    /// Whose cart, such as user:42
    identifier: String,
    /// Which cart of theirs
    #[arg(long, default_value = "default")]
    instance: String,
}

/// What goes with every change.
#[derive(Args, Debug)]
pub(super) struct How {
    /// Change only this version: INCARNATION.VERSION, "absent" or "exists"
    #[arg(long, value_name = "REVISION")]
    based_on: Option<String>,
    /// Make the change once, however often it is sent with this key
    #[arg(long, value_name = "KEY")]
    idempotency_key: Option<String>,
    /// The currency, when the change creates the cart
    #[arg(long)]
    currency: Option<String>,
    /// The rounding, when the change creates the cart
    #[arg(long)]
    rounding: Option<String>,
}

#[derive(Subcommand, Debug)]
pub(super) enum Command {
    /// Show a cart with its totals
    Show(Which),
    /// Show what a cart costs, and why
    Totals {
        #[command(flatten)]
        which: Which,
        /// Judge the rules at this time instead of now
        #[arg(long, value_name = "TIME")]
        at: Option<String>,
    },
    /// Explain what a cart costs, condition by condition
    Explain {
        #[command(flatten)]
        which: Which,
        /// Judge the rules at this time instead of now
        #[arg(long, value_name = "TIME")]
        at: Option<String>,
    },
    /// List the carts of an identifier
    Instances {
        /// Whose carts
        identifier: String,
    },
    /// List the carts of everybody, by their last change
    List {
        /// Only carts that last changed before this time
        #[arg(long, value_name = "TIME")]
        updated_before: Option<String>,
        /// How many at most
        #[arg(long, default_value_t = listing::LIMIT, value_parser = clap::value_parser!(u32).range(1..=i64::from(listing::LIMIT_MAX)))]
        limit: u32,
        /// Go on where the page before ended
        #[arg(long, value_name = "NEXT")]
        after: Option<String>,
    },
    /// Add an item, or several with --json-body
    Add {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        how: How,
        #[command(flatten)]
        item: Item,
    },
    /// Change an item
    Update {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        how: How,
        #[command(flatten)]
        item: OneItem,
        /// How many there are to be
        #[arg(long, allow_negative_numbers = true, conflicts_with = "delta")]
        quantity: Option<i64>,
        /// How many more, or with a minus fewer
        #[arg(long, allow_negative_numbers = true)]
        delta: Option<i64>,
        /// Minor units such as 1999, or major units with a point such as 19.99
        #[arg(long, allow_hyphen_values = true)]
        price: Option<String>,
        /// Its name
        #[arg(long)]
        name: Option<String>,
        /// Its attributes, as a JSON object
        #[arg(long, value_name = "JSON")]
        attributes: Option<String>,
    },
    /// Remove an item
    Remove {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        how: How,
        #[command(flatten)]
        item: OneItem,
    },
    /// Empty a cart
    Clear {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        how: How,
    },
    /// End a cart
    Destroy {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        how: How,
    },
    /// List, add and remove conditions
    #[command(subcommand)]
    Conditions(Conditions),
    /// Show, set and remove metadata
    #[command(subcommand)]
    Metadata(Metadata),
    /// Apply a change request, all of its commands or none
    Commands {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        how: How,
        /// The request as JSON, @FILE, or - for standard input
        body: String,
    },
}

/// An item that is there, by its id: as an argument, or as `add` names it.
#[derive(clap::Args, Debug)]
#[group(required = true, multiple = false)]
pub(super) struct OneItem {
    /// The item's id
    #[arg(value_name = "ITEM")]
    by_place: Option<String>,
    /// The same, named
    #[arg(long = "item", value_name = "ID")]
    by_name: Option<String>,
}

impl OneItem {
    fn id(self) -> String {
        self.by_place.or(self.by_name).unwrap_or_default()
    }
}

#[derive(Args, Debug)]
pub(super) struct Item {
    /// The item's id
    #[arg(long, value_name = "ID", required_unless_present = "json_body", requires_all = ["name", "price"])]
    item: Option<String>,
    /// Its name
    #[arg(long)]
    name: Option<String>,
    /// Minor units such as 1999, or major units with a point such as 19.99
    #[arg(long, allow_hyphen_values = true)]
    price: Option<String>,
    /// How many
    #[arg(long, allow_negative_numbers = true)]
    quantity: Option<i64>,
    /// Its attributes, as a JSON object
    #[arg(long, value_name = "JSON")]
    attributes: Option<String>,
    /// The item, or a list of items, as JSON, @FILE, or - for standard input
    #[arg(long, value_name = "JSON", conflicts_with_all = ["item", "name", "price", "quantity", "attributes"])]
    json_body: Option<String>,
}

#[derive(Subcommand, Debug)]
pub(super) enum Conditions {
    /// List the conditions on a cart
    List(Which),
    /// Put a condition on a cart or an item
    Add {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        how: How,
        /// On this item instead of the cart
        #[arg(long, value_name = "ID")]
        item: Option<String>,
        /// Its name
        #[arg(long, required_unless_present = "json_body", requires_all = ["kind", "value"])]
        name: Option<String>,
        /// discount, tax, shipping, fee or any other word
        #[arg(long = "type", value_name = "TYPE")]
        kind: Option<String>,
        /// -10%, +7%, -500, +5.00, *0.9 or /2
        #[arg(long, allow_hyphen_values = true)]
        value: Option<String>,
        /// Where it acts, such as cart@cart_subtotal/aggregate
        #[arg(long)]
        target: Option<String>,
        /// Its place among the others
        #[arg(long, allow_negative_numbers = true)]
        order: Option<i64>,
        /// The condition as JSON, @FILE, or - for standard input
        #[arg(long, value_name = "JSON", conflicts_with_all = ["name", "kind", "value", "target", "order"])]
        json_body: Option<String>,
    },
    /// Take a condition off a cart or an item
    Remove {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        how: How,
        /// Off this item instead of the cart
        #[arg(long, value_name = "ID")]
        item: Option<String>,
        /// The condition's name
        name: String,
    },
}

#[derive(Subcommand, Debug)]
pub(super) enum Metadata {
    /// Show a cart's metadata
    Show(Which),
    /// Set values: text as KEY=VALUE, anything with --json-body
    Set {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        how: How,
        /// The values, as text
        #[arg(value_name = "KEY=VALUE", required_unless_present = "json_body")]
        values: Vec<String>,
        /// The values as a JSON object, @FILE, or - for standard input
        #[arg(long, value_name = "JSON", conflicts_with = "values")]
        json_body: Option<String>,
    },
    /// Remove values
    Remove {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        how: How,
        /// Their keys
        #[arg(required = true)]
        keys: Vec<String>,
    },
}

struct Shell {
    runtime: Runtime,
    json: bool,
}

pub(super) async fn run(config: &Config, command: Command, json: bool) -> Result<(), Failure> {
    let driver = open::open(config).await?;
    let shell = Shell { runtime: open::start(config, driver.clone())?, json };
    let outcome = shell.run(command).await;
    driver.close().await;
    outcome
}

impl Shell {
    async fn run(&self, command: Command) -> Result<(), Failure> {
        match command {
            Command::Show(which) => self.answer(&self.cart(&which).await?.body, text::cart),
            Command::Totals { which, at } => {
                let answer = self.runtime.totals(&which.address()?, moment(at, "at")?).await?;
                self.answer(&answer.body, text::totals)
            }
            Command::Explain { which, at } => {
                let answer = self.runtime.explain(&which.address()?, moment(at, "at")?).await?;
                self.answer(&answer.body, text::explanation)
            }
            Command::Instances { identifier } => {
                let answer = self.runtime.instances("", &identifier).await?;
                self.answer(&answer.body, text::instances)
            }
            Command::List { updated_before, limit, after } => {
                let before = moment(updated_before, "updatedBefore")?;
                let page = listing::page(&self.runtime, before, limit, after.as_deref()).await?;
                self.answer(&page, text::listing)
            }
            Command::Add { which, how, item } => self.change(&which, how, Request::AddItems(item.body()?)).await,
            Command::Update { which, how, item, quantity, delta, price, name, attributes } => {
                let item = item.id();
                let attributes = attributes.as_deref().map(attributes_of).transpose()?;
                let mut body = String::new();
                let mut fields = Fields::new(&mut body);
                fields.maybe_integer("quantity", quantity).maybe_integer("delta", delta);
                write_price(&mut fields, price.as_deref());
                fields.maybe_text("name", name.as_deref());
                if let Some(attributes) = &attributes {
                    fields.raw("attributes", attributes.as_str());
                }
                fields.end();
                self.change(&which, how, Request::UpdateItem { item, body }).await
            }
            Command::Remove { which, how, item } => {
                self.change(&which, how, Request::RemoveItem { item: item.id() }).await
            }
            Command::Clear { which, how } => self.change(&which, how, Request::Clear).await,
            Command::Destroy { which, how } => self.change(&which, how, Request::Destroy).await,
            Command::Conditions(command) => self.conditions(command).await,
            Command::Metadata(command) => self.metadata(command).await,
            Command::Commands { which, how, body } => self.change(&which, how, Request::Change(given(&body)?)).await,
        }
    }

    async fn conditions(&self, command: Conditions) -> Result<(), Failure> {
        match command {
            Conditions::List(which) => self.answer(&field(&self.cart(&which).await?, "conditions")?, text::conditions),
            Conditions::Add { which, how, item, json_body: Some(body), .. } => {
                self.change(&which, how, Request::AddCondition { item, body: given(&body)? }).await
            }
            Conditions::Add { which, how, item, name, kind, value, target, order, json_body: None } => {
                let mut body = String::new();
                Fields::new(&mut body)
                    .maybe_text("name", name.as_deref())
                    .maybe_text("type", kind.as_deref())
                    .maybe_text("value", value.as_deref())
                    .maybe_text("target", target.as_deref())
                    .maybe_integer("order", order)
                    .end();
                self.change(&which, how, Request::AddCondition { item, body }).await
            }
            Conditions::Remove { which, how, item, name } => {
                self.change(&which, how, Request::RemoveCondition { item, name }).await
            }
        }
    }

    async fn metadata(&self, command: Metadata) -> Result<(), Failure> {
        let (which, how, body) = match command {
            Metadata::Show(which) => {
                return self.answer(&field(&self.cart(&which).await?, "metadata")?, text::metadata);
            }
            Metadata::Set { which, how, json_body: Some(body), .. } => (which, how, given(&body)?),
            Metadata::Set { which, how, values, json_body: None } => {
                let mut body = String::new();
                let mut fields = Fields::new(&mut body);
                for pair in &values {
                    let (key, value) = pair
                        .split_once('=')
                        .ok_or_else(|| Failure::Usage(format!("expected KEY=VALUE, found {pair:?}")))?;
                    fields.named(key, |out| write_text(out, value));
                }
                fields.end();
                (which, how, body)
            }
            Metadata::Remove { which, how, keys } => {
                let mut body = String::new();
                let mut fields = Fields::new(&mut body);
                for key in &keys {
                    fields.named(key, |out| out.push_str("null"));
                }
                fields.end();
                (which, how, body)
            }
        };
        self.change(&which, how, Request::SetMetadata(body)).await
    }

    async fn cart(&self, which: &Which) -> Result<Answer, Failure> {
        let found = self.runtime.show(&which.address()?).await?;
        Ok(found.ok_or_else(|| {
            Error::new(Kind::NotFound, "expected a cart, found none under this identifier and instance")
        })?)
    }

    async fn change(&self, which: &Which, how: How, request: Request) -> Result<(), Failure> {
        let answer = self.runtime.change(&which.address()?, request, how.options()?).await?;
        let note = if answer.replayed { "This change was made before, under the same key.\n\n" } else { "" };
        self.answer(&answer.body, |changed| format!("{note}{}", text::cart(&changed["cart"])))
    }

    fn answer(&self, body: &str, table: impl FnOnce(&Value) -> String) -> Result<(), Failure> {
        if self.json {
            return say(&format!("{body}\n"));
        }
        let wrong = |error| Error::new(Kind::Corrupt, format!("expected JSON from the cart, found: {error}"));
        say(&table(&serde_json::from_str(body).map_err(wrong)?))
    }
}

impl Which {
    fn address(&self) -> Result<Address, Error> {
        Address::new("", &self.identifier, &self.instance)
    }
}

impl How {
    fn options(self) -> Result<Options, Error> {
        let based_on = self.based_on.map(|text| match text.as_str() {
            "absent" => Ok(BasedOn::Absent),
            "exists" => Ok(BasedOn::Exists),
            text => Revision::parse(text)
                .map(|revision| BasedOn::OneOf(vec![revision]))
                .map_err(|error| error.under("basedOn")),
        });
        Ok(Options {
            currency: self.currency,
            rounding: self.rounding,
            based_on: based_on.transpose()?,
            key: self.idempotency_key,
        })
    }
}

impl Item {
    fn body(&self) -> Result<String, Failure> {
        if let Some(body) = &self.json_body {
            return given(body);
        }
        let attributes = self.attributes.as_deref().map(attributes_of).transpose()?;
        let mut body = String::new();
        let mut fields = Fields::new(&mut body);
        fields.maybe_text("id", self.item.as_deref()).maybe_text("name", self.name.as_deref());
        write_price(&mut fields, self.price.as_deref());
        fields.maybe_integer("quantity", self.quantity);
        if let Some(attributes) = &attributes {
            fields.raw("attributes", attributes.as_str());
        }
        fields.end();
        Ok(body)
    }
}

/// A whole number is minor units; all other text goes to the core, which knows what a price is.
fn write_price(fields: &mut Fields<'_>, price: Option<&str>) {
    match price.map(|price| (price, price.parse::<i64>())) {
        Some((_, Ok(minor))) => fields.integer("price", minor),
        Some((text, Err(_))) => fields.text("price", text),
        None => fields,
    };
}

/// Attributes as they were given, checked here so that their text cannot reach into the request
/// around it.
fn attributes_of(json: &str) -> Result<Raw, Error> {
    Raw::parse(json).map_err(|error| error.under("attributes"))
}

fn moment(text: Option<String>, name: &str) -> Result<Option<Timestamp>, Error> {
    text.map(|text| Timestamp::parse(&text).map_err(|error| error.under(name))).transpose()
}

/// A body: as it is, from a file, or from standard input.
fn given(body: &str) -> Result<String, Failure> {
    let failed = |error: std::io::Error| Failure::Usage(format!("expected to read the JSON, found: {error}"));
    if body == "-" {
        let mut text = String::new();
        std::io::stdin().lock().read_to_string(&mut text).map_err(failed)?;
        return Ok(text);
    }
    match body.strip_prefix('@') {
        Some(path) => std::fs::read_to_string(path).map_err(failed),
        None => Ok(body.to_owned()),
    }
}

/// A field of a cart as the JSON that it is: numbers in it stay as they were written.
fn field(answer: &Answer, name: &str) -> Result<String, Failure> {
    let mut found = String::from("null");
    Reader::whole(&answer.body, |reader| {
        reader.object(|key, reader| {
            let value = reader.raw()?;
            if key == name {
                found = value.as_str().to_owned();
            }
            Ok(())
        })
    })?;
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{CommandFactory, FromArgMatches};

    fn parse(line: &[&str]) -> Command {
        let matches = super::super::Arguments::command().try_get_matches_from(line).unwrap();
        match super::super::Arguments::from_arg_matches(&matches).unwrap().command {
            super::super::Command::Cart(command) => *command,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_command_line_is_consistent() {
        super::super::Arguments::command().debug_assert();
    }

    #[test]
    fn options_become_the_json_of_the_wire() {
        let line = "pushcart cart add user:42 --item tee-m --name T-shirt --price 1999 --quantity 2 --attributes {\"size\":\"M\"}";
        let Command::Add { item, which, .. } = parse(&line.split(' ').collect::<Vec<_>>()) else { panic!() };
        assert_eq!(which.instance, "default");
        assert_eq!(
            item.body().unwrap(),
            r#"{"id":"tee-m","name":"T-shirt","price":1999,"quantity":2,"attributes":{"size":"M"}}"#
        );
        let major = ["pushcart", "cart", "add", "u", "--item", "a", "--name", "b", "--price", "19.99"];
        let Command::Add { item, .. } = parse(&major) else { panic!() };
        assert_eq!(item.body().unwrap(), r#"{"id":"a","name":"b","price":"19.99"}"#);
        for line in ["cart update u tee --delta 1", "cart update u --item tee --delta 1"] {
            let words: Vec<&str> = ["pushcart"].into_iter().chain(line.split(' ')).collect();
            let Command::Update { item, .. } = parse(&words) else { panic!() };
            assert_eq!(item.id(), "tee");
        }
        let escaping = [&major[..], &["--attributes", "1},{"]].concat();
        let Command::Add { item, .. } = parse(&escaping) else { panic!() };
        assert!(item.body().is_err());
        let sale =
            ["pushcart", "cart", "conditions", "add", "u", "--name", "Sale", "--type", "discount", "--value", "-10%"];
        let Command::Conditions(Conditions::Add { value, .. }) = parse(&sale) else { panic!() };
        assert_eq!(value.as_deref(), Some("-10%"));
    }

    #[test]
    fn what_a_change_is_based_on_is_read() {
        let absent = ["pushcart", "cart", "clear", "u", "--based-on", "absent", "--idempotency-key", "k"];
        let Command::Clear { how, .. } = parse(&absent) else { panic!() };
        let options = how.options().unwrap();
        assert_eq!((options.based_on, options.key.as_deref()), (Some(BasedOn::Absent), Some("k")));
        let Command::Clear { how, .. } = parse(&["pushcart", "cart", "clear", "u", "--based-on", "3"]) else {
            panic!()
        };
        assert_eq!(how.options().unwrap_err().path(), "basedOn");
    }
}
