//! Measuring side by side: every side has its turn in every round, so that what disturbs the machine
//! disturbs all of them alike.
//!
//! Criterion decides how often, and keeps the last side's history; the ratio is the median over the
//! rounds, each of which lasts a few milliseconds.

use criterion::Criterion;
use std::time::Duration;

/// How many samples criterion takes of a figure.
pub(crate) const SAMPLES: usize = 40;

/// In how many rounds a sample is taken.
const ROUNDS: u64 = 4;

/// A side measured in turn with others: does its work so many times, and says how long that took.
pub(crate) struct Side<'a> {
    pub(crate) name: &'a str,
    pub(crate) work: Box<dyn FnMut(u64) -> Duration + 'a>,
    /// Of how many parts a unit of the work consists; the figure is that of one.
    parts: u64,
}

impl<'a> Side<'a> {
    pub(crate) fn new(name: &'a str, work: impl FnMut(u64) -> Duration + 'a) -> Self {
        Side { name, work: Box::new(work), parts: 1 }
    }

    /// The same, with the figure that of one of so many parts.
    pub(crate) fn per(self, parts: u64) -> Self {
        Side { parts, ..self }
    }
}

/// What a figure is held to.
#[derive(Clone, Copy, Default)]
pub(crate) struct Target {
    pub(crate) ratio: Option<f64>,
    pub(crate) ns: Option<f64>,
}

struct Row {
    what: String,
    side: String,
    figure: String,
    ratio: Option<f64>,
    missed: Option<bool>,
    target: String,
}

/// The figures, in the order they were taken.
#[derive(Default)]
pub(crate) struct Table(Vec<Row>);

impl Table {
    /// A figure that was taken in another way than in turns.
    pub(crate) fn add(&mut self, what: &str, side: &str, figure: String, ratio: Option<f64>) {
        let (what, side) = (what.to_owned(), side.to_owned());
        self.0.push(Row { what, side, figure, ratio, missed: None, target: String::new() });
    }

    pub(crate) fn print(&self) {
        println!("\n{:<36} {:<42} {:>11} {:>7}  target", "figure", "side", "median", "ratio");
        let mut before = "";
        for row in &self.0 {
            let what = if row.what == before { "" } else { &row.what };
            before = &row.what;
            let ratio = row.ratio.map_or(String::new(), |ratio| format!("{ratio:.2}"));
            let verdict = match row.missed {
                None => "",
                Some(false) => "kept",
                Some(true) => "MISSED",
            };
            println!("{what:<36} {:<42} {:>11} {ratio:>7}  {} {verdict}", row.side, row.figure, row.target);
        }
    }
}

/// A time as people read it.
pub(crate) fn time(ns: f64) -> String {
    match ns {
        ns if ns < 1e2 => format!("{ns:.1} ns"),
        ns if ns < 1e3 => format!("{ns:.0} ns"),
        ns if ns < 1e6 => format!("{:.2} µs", ns / 1e3),
        ns => format!("{:.2} ms", ns / 1e6),
    }
}

pub(crate) fn median(mut of: Vec<f64>) -> f64 {
    of.sort_by(f64::total_cmp);
    of.get(of.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Measures the sides in turns. The first is the yardstick; `target` is for the last, which is ours.
/// `least` is the least work worth a turn.
pub(crate) fn measure(
    criterion: &mut Criterion,
    table: &mut Table,
    what: &str,
    target: Target,
    least: u64,
    mut sides: Vec<Side<'_>>,
) {
    // Calls, of rounds, of nanoseconds for each side.
    let mut calls: Vec<Vec<Vec<f64>>> = Vec::new();
    criterion.bench_function(what, |bencher| {
        bencher.iter_custom(|times| {
            let turn = (times / ROUNDS).max(least);
            let (mut rounds, mut done, mut ours) = (Vec::new(), 0, Duration::ZERO);
            while done < times {
                rounds.push(
                    sides
                        .iter_mut()
                        .map(|side| {
                            ours = (side.work)(turn);
                            ours.as_nanos() as f64 / (turn * side.parts) as f64
                        })
                        .collect::<Vec<f64>>(),
                );
                done += turn;
            }
            let last: f64 = rounds.iter().filter_map(|round| round.last()).sum::<f64>() / rounds.len() as f64;
            let parts = sides.last().map_or(1, |side| side.parts);
            calls.push(rounds);
            Duration::from_nanos((last * (times * parts) as f64) as u64)
        });
    });
    // Criterion warms up before it takes its samples, and a filter may leave nothing.
    let from = calls.len().saturating_sub(SAMPLES);
    let rounds: Vec<&Vec<f64>> = calls[from..].iter().flatten().collect();
    if rounds.is_empty() {
        return;
    }
    for (index, side) in sides.iter().enumerate() {
        let ns = median(rounds.iter().map(|round| round[index]).collect());
        let ratio = median(rounds.iter().map(|round| round[index] / round[0]).collect());
        let mut row = Row {
            what: what.to_owned(),
            side: side.name.to_owned(),
            figure: time(ns),
            ratio: (index > 0).then_some(ratio),
            missed: None,
            target: String::new(),
        };
        if index + 1 == sides.len() {
            let wanted =
                [target.ratio.map(|most| format!("≤ {most} ×")), target.ns.map(|most| format!("≤ {}", time(most)))];
            row.target = wanted.into_iter().flatten().collect::<Vec<_>>().join(", ");
            if !row.target.is_empty() {
                row.missed =
                    Some(target.ratio.is_some_and(|most| ratio > most) || target.ns.is_some_and(|most| ns > most));
            }
        }
        table.0.push(row);
    }
}
