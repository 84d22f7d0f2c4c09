//! Replays a file of purchases through the HTTP API and reconciles every cart to the cent.
//!
//! ```text
//! cargo run -- serve --storage memory: &
//! cargo run --example replay -- purchases.csv
//! ```
//!
//! Any text file will do whose lines have a customer, a date, a count and an amount: separated by
//! blanks, tabs, commas or semicolons, with or without a line of titles. Columns are found by their
//! titles, or by what stands in them; `--columns 1,3,4,5` says it outright.
//!
//! Each line becomes one change of the cart `customer:ID`: an amount that its count does not divide
//! becomes two lines whose prices differ by one minor unit, so that quantities and amounts both come
//! out exactly. Several connections take lines in turn, so the changes of one customer meet; each
//! change has an idempotency key, so a repeated one is harmless, and some are sent twice on purpose.
//! In the end every cart is read back and compared with a sum that was made without any cart.

use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// How many lines of a file go into one cart: two lines of the cart each, well below its limit.
const PURCHASES_PER_CART: usize = 400;

#[derive(Parser)]
#[command(about = "Replays a file of purchases through the HTTP API and reconciles every cart to the cent.")]
struct Arguments {
    /// The file.
    file: PathBuf,
    /// The server.
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    url: String,
    /// How many connections.
    #[arg(long, default_value_t = 8)]
    connections: usize,
    /// The columns of customer, date, count and amount, counted from 1.
    #[arg(long, value_delimiter = ',', num_args = 1)]
    columns: Option<Vec<usize>>,
    /// ISO 4217, with two decimals.
    #[arg(long, default_value = "USD")]
    currency: String,
    /// In front of every customer, so that a second run makes carts of its own.
    #[arg(long)]
    prefix: Option<String>,
    /// Send every so manyth change twice; 0 for never.
    #[arg(long, default_value_t = 10)]
    repeat_every: usize,
    /// The operator token, where the server wants one.
    #[arg(long, env = "PUSHCART_HTTP_OPERATOR_TOKEN", hide_env_values = true)]
    token: Option<String>,
}

/// One line of the file.
#[derive(Clone, Debug, PartialEq)]
struct Purchase {
    line: usize,
    customer: String,
    date: String,
    count: u64,
    amount_minor: u64,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let outcome = runtime.map_err(|e| e.to_string()).and_then(|runtime| runtime.block_on(run(arguments)));
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(message) => {
            eprintln!("replay: {message}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<bool, String> {
    let text = std::fs::read_to_string(&arguments.file).map_err(|e| format!("{}: {e}", arguments.file.display()))?;
    let purchases = Arc::new(read(&text, arguments.columns.as_deref())?);
    let prefix = arguments.prefix.clone().unwrap_or_else(|| format!("replay-{:x}", std::process::id()));
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    let addresses: Vec<String> = purchases
        .iter()
        .map(|purchase| {
            let nth = seen.entry(&purchase.customer).or_default();
            *nth += 1;
            let instance = (*nth - 1) / PURCHASES_PER_CART;
            cart(&arguments.url, &prefix, &purchase.customer, instance)
        })
        .collect();
    let carts_of: BTreeMap<String, usize> =
        seen.iter().map(|(customer, count)| ((*customer).to_owned(), (count - 1) / PURCHASES_PER_CART + 1)).collect();
    let addresses = Arc::new(addresses);

    let mut headers = reqwest::header::HeaderMap::new();
    if let Some(token) = &arguments.token {
        let mut value: reqwest::header::HeaderValue = format!("Bearer {token}")
            .parse()
            .map_err(|_| "the token holds a character that no header may".to_owned())?;
        value.set_sensitive(true);
        headers.insert("authorization", value);
    }
    let client = reqwest::Client::builder()
        .default_headers(headers)
        .timeout(Duration::from_secs(60))
        .build()
        .map_err(|e| e.to_string())?;

    println!(
        "{} purchases of {} customers, {} connections, carts below {}",
        purchases.len(),
        carts_of.len(),
        arguments.connections,
        arguments.url
    );
    let bar = progress(purchases.len() as u64, "purchases");
    let next = Arc::new(AtomicUsize::new(0));
    let started = Instant::now();
    let mut workers = Vec::new();
    for _ in 0..arguments.connections.max(1) {
        let (purchases, addresses, next, client, bar) =
            (purchases.clone(), addresses.clone(), next.clone(), client.clone(), bar.clone());
        let (currency, repeat_every) = (arguments.currency.clone(), arguments.repeat_every);
        workers.push(tokio::spawn(async move {
            let (mut repeated, mut retried) = (0usize, 0usize);
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                let Some(purchase) = purchases.get(index) else { return Ok((repeated, retried)) };
                let twice = repeat_every > 0 && index % repeat_every == 0;
                for _ in 0..=usize::from(twice) {
                    retried += send(&client, &addresses[index], purchase, &currency).await?;
                }
                repeated += usize::from(twice);
                bar.inc(1);
            }
        }));
    }
    let (mut repeated, mut retried) = (0, 0);
    for worker in workers {
        let (r, t) = worker.await.map_err(|e| e.to_string())?.map_err(|e: String| e)?;
        repeated += r;
        retried += t;
    }
    bar.finish_and_clear();
    let seconds = started.elapsed().as_secs_f64();
    println!(
        "sent in {seconds:.1} s, {:.0} changes a second; {repeated} sent twice on purpose, {retried} retried",
        (purchases.len() + repeated) as f64 / seconds
    );
    reconcile(&client, &arguments, &prefix, &purchases, &carts_of).await
}

/// Reads every cart back and compares it with what the file says.
async fn reconcile(
    client: &reqwest::Client,
    arguments: &Arguments,
    prefix: &str,
    purchases: &[Purchase],
    carts_of: &BTreeMap<String, usize>,
) -> Result<bool, String> {
    let mut expected: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for purchase in purchases {
        let sums = expected.entry(&purchase.customer).or_default();
        sums.0 += purchase.amount_minor;
        sums.1 += purchase.count;
    }
    let bar = progress(expected.len() as u64, "customers");
    let (mut wrong, mut grand, mut pieces, mut carts) = (Vec::new(), 0u64, 0u64, 0usize);
    for (customer, (amount, count)) in &expected {
        let mut found = (0u64, 0u64);
        for instance in 0..carts_of[*customer] {
            let url = cart(&arguments.url, prefix, customer, instance);
            let response = client.get(format!("{url}/totals")).send().await.map_err(|e| e.to_string())?;
            let totals: Value = response.json().await.map_err(|e| format!("{url}/totals: {e}"))?;
            found.0 += totals["total"].as_u64().ok_or_else(|| format!("{url}/totals: no total in {totals}"))?;
            found.1 += totals["quantity"].as_u64().unwrap_or_default();
            carts += 1;
        }
        grand += found.0;
        pieces += found.1;
        if found != (*amount, *count) {
            wrong.push(format!(
                "{customer}: expected {} for {count} pieces, found {} for {}",
                major(*amount),
                major(found.0),
                found.1
            ));
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    let (amount, count) = expected.values().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    for line in wrong.iter().take(20) {
        println!("WRONG  {line}");
    }
    println!(
        "{carts} carts of {} customers: {} pieces, {} {}; the file says {count} pieces, {} {}",
        expected.len(),
        pieces,
        major(grand),
        arguments.currency,
        major(amount),
        arguments.currency
    );
    let agrees = wrong.is_empty() && (grand, pieces) == (amount, count);
    println!(
        "{}",
        if agrees { "every customer and the grand total agree to the cent" } else { "THE CARTS AND THE FILE DISAGREE" }
    );
    Ok(agrees)
}

/// Sends one purchase until it is acknowledged, and says how often it was tried again.
async fn send(client: &reqwest::Client, url: &str, purchase: &Purchase, currency: &str) -> Result<usize, String> {
    let body = json!({ "commands": commands(purchase), "currency": currency });
    let mut failure = String::new();
    for attempt in 0..20u32 {
        let sent = client
            .post(format!("{url}/commands"))
            .header("idempotency-key", format!("line-{}", purchase.line))
            .json(&body)
            .send()
            .await;
        match sent {
            Ok(response) if response.status().is_success() => return Ok(attempt as usize),
            Ok(response) if matches!(response.status().as_u16(), 409 | 423 | 429 | 503) => {
                failure = format!("line {}: {}", purchase.line, response.status());
            }
            Ok(response) => {
                let status = response.status();
                let text = response.text().await.unwrap_or_default();
                return Err(format!("line {}: {status} {text}", purchase.line));
            }
            Err(error) => failure = format!("line {}: {error}", purchase.line),
        }
        tokio::time::sleep(Duration::from_millis(10 << attempt.min(8))).await;
    }
    Err(format!("gave up after 20 attempts: {failure}"))
}

/// The lines of the cart that a purchase becomes: `count` pieces that cost `amount` together.
fn commands(purchase: &Purchase) -> Vec<Value> {
    let dearer = purchase.amount_minor % purchase.count;
    let cheaper = purchase.count - dearer;
    let price = purchase.amount_minor / purchase.count;
    [("a", cheaper, price), ("b", dearer, price + 1)]
        .into_iter()
        .filter(|(_, quantity, _)| *quantity > 0)
        .map(|(part, quantity, price)| {
            json!({ "do": "add", "item": {
                "id": format!("line-{}{part}", purchase.line),
                "name": format!("Purchase of {}", purchase.date),
                "price": price,
                "quantity": quantity,
                "attributes": { "date": purchase.date },
            }})
        })
        .collect()
}

fn cart(url: &str, prefix: &str, customer: &str, instance: usize) -> String {
    let identifier = format!("{prefix}:customer:{customer}");
    let mut encoded = String::new();
    for byte in identifier.bytes() {
        if byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_' {
            encoded.push(byte as char);
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    let instance = if instance == 0 { "default".to_owned() } else { format!("default-{}", instance + 1) };
    format!("{}/v1/carts/{encoded}/{instance}", url.trim_end_matches('/'))
}

fn progress(length: u64, what: &'static str) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} {msg}, {per_sec}, {eta} left")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(length).with_style(style).with_message(what)
}

fn major(minor: u64) -> String {
    format!("{}.{:02}", minor / 100, minor % 100)
}

/// Reads the file. Every line counts: one that cannot be read stops the replay, with its number.
fn read(text: &str, columns: Option<&[usize]>) -> Result<Vec<Purchase>, String> {
    let mut rows: Vec<(usize, Vec<String>)> = text
        .trim_start_matches('\u{feff}')
        .lines()
        .enumerate()
        .map(|(index, line)| (index + 1, fields(line)))
        .filter(|(_, fields)| fields.iter().any(|field| !field.is_empty()))
        .collect();
    let titles = rows
        .first()
        .filter(|(_, fields)| fields.iter().all(|field| !field.bytes().any(|b| b.is_ascii_digit())))
        .map(|(_, fields)| fields.clone());
    if titles.is_some() {
        rows.remove(0);
    }
    let [customer, date, count, amount] = match columns {
        Some(columns) => {
            let columns: [usize; 4] =
                columns.try_into().map_err(|_| "expected four columns: customer, date, count, amount".to_owned())?;
            if columns.contains(&0) {
                return Err("columns are counted from 1".into());
            }
            columns.map(|column| column - 1)
        }
        None => guess(titles.as_deref(), &rows)?,
    };
    rows.iter()
        .map(|(line, fields)| {
            let field = |index: usize, what: &str| {
                fields.get(index).map(String::as_str).ok_or_else(|| {
                    format!("line {line}: expected a {what} in column {}, found the end of the line", index + 1)
                })
            };
            let number = field(count, "count")?;
            let amount_text = field(amount, "amount")?;
            Ok(Purchase {
                line: *line,
                customer: field(customer, "customer")?.to_owned(),
                date: field(date, "date")?.to_owned(),
                count: number
                    .parse()
                    .ok()
                    .filter(|count| (1..=10_000).contains(count))
                    .ok_or_else(|| format!("line {line}: expected a count of 1 to 10000, found {number:?}"))?,
                amount_minor: minor(amount_text)
                    .ok_or_else(|| format!("line {line}: expected an amount such as 29.33, found {amount_text:?}"))?,
            })
        })
        .collect()
}

fn fields(line: &str) -> Vec<String> {
    let separator = ['\t', ';', ','].into_iter().find(|separator| line.contains(*separator));
    match separator {
        Some(separator) => line.split(separator).map(|field| field.trim().trim_matches('"').to_owned()).collect(),
        None => line.split_whitespace().map(str::to_owned).collect(),
    }
}

/// Finds the columns by their titles, or by what stands in the first lines.
fn guess(titles: Option<&[String]>, rows: &[(usize, Vec<String>)]) -> Result<[usize; 4], String> {
    if let Some(titles) = titles {
        let find = |words: &[&str]| {
            titles.iter().position(|title| words.iter().any(|word| title.to_lowercase().contains(word)))
        };
        if let (Some(customer), Some(date), Some(count), Some(amount)) = (
            find(&["customer", "cust", "client", "user"]),
            find(&["date", "day", "time"]),
            find(&["count", "quantity", "qty", "number", "cds", "units"]),
            find(&["amount", "price", "total", "dollar", "value", "spent"]),
        ) {
            return Ok([customer, date, count, amount]);
        }
    }
    let sample: Vec<&Vec<String>> = rows.iter().map(|(_, fields)| fields).take(100).collect();
    let width = sample.iter().map(|fields| fields.len()).min().unwrap_or(0);
    let all = |column: usize, test: &dyn Fn(&str) -> bool| sample.iter().all(|fields| test(&fields[column]));
    let is_date = |text: &str| {
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        (digits == 8 || digits == 6 || digits == 14)
            && text.bytes().all(|b| b.is_ascii_digit() || b"-/.:TZ ".contains(&b))
    };
    let date =
        (0..width).find(|column| all(*column, &|text| is_date(text) && (text.len() == 8 || text.contains(['-', '/']))));
    let amount = (0..width).rev().find(|column| all(*column, &|text| text.contains('.') && minor(text).is_some()));
    let wrong = || "cannot tell the columns; say them with --columns CUSTOMER,DATE,COUNT,AMOUNT".to_owned();
    let (date, amount) = (date.ok_or_else(wrong)?, amount.ok_or_else(wrong)?);
    let customer = (0..width).find(|column| *column != date && *column != amount).ok_or_else(wrong)?;
    let count = (0..width)
        .rev()
        .find(|column| ![customer, date, amount].contains(column) && all(*column, &|text| text.parse::<u32>().is_ok()))
        .ok_or_else(wrong)?;
    Ok([customer, date, count, amount])
}

/// `29.33` as 2933, without any floating point.
fn minor(text: &str) -> Option<u64> {
    let text = text.trim_start_matches('$');
    let (whole, cents) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(cents) || cents.len() > 2 {
        return None;
    }
    let cents: u64 = format!("{cents:0<2}").parse().ok()?;
    whole.parse::<u64>().ok()?.checked_mul(100)?.checked_add(cents)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_found_by_title_or_by_content() {
        let plain = read(" 00004 0001 19970101  2   29.33\n 00004 0001 19970118  1    0.00\n", None).unwrap();
        assert_eq!((plain[0].customer.as_str(), plain[0].count, plain[0].amount_minor), ("00004", 2, 2933));
        assert_eq!(plain[1].amount_minor, 0);
        let titled = read("amount;date;customer;count\n3.5;2020-01-02;x y;3\n", None).unwrap();
        assert_eq!((titled[0].customer.as_str(), titled[0].count, titled[0].amount_minor), ("x y", 3, 350));
        assert!(read("a,b\n", None).is_err() || read("1 19970101 0 5.00\n", None).is_err());
    }

    #[test]
    fn pieces_and_amount_come_out_exactly() {
        let purchase = Purchase { line: 1, customer: "c".into(), date: "d".into(), count: 4, amount_minor: 1003 };
        let total: u64 = commands(&purchase)
            .iter()
            .map(|command| command["item"]["price"].as_u64().unwrap() * command["item"]["quantity"].as_u64().unwrap())
            .sum();
        assert_eq!(total, 1003);
    }
}
