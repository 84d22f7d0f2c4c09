//! One cart in hand: decoded, with its stored text beside it.

use super::index::Index;
use super::lines::LineTexts;
use super::{reach, stored};
use crate::cart::{Cart, Settings};
use crate::command::{self, Applied, Command, Context, QuantityChange};
use crate::condition::Outside;
use crate::error::Result;
use crate::id::Revision;
use crate::journal::{INTERNAL_KEPT, Journal, Key};
use crate::json::Raw;
use crate::money::Amount;
use crate::pricing::{self, Terms};
use crate::record;
use crate::storage::{Record, Summary};
use crate::time::Timestamp;

/// One cart in hand.
#[derive(Debug)]
pub(super) struct Hand {
    pub(super) cart: Cart,
    /// The record that it was read from, its lines taken out; what quick changes change is in `cart`.
    base: Record,
    /// How its stored form begins and ends; made when it is first written.
    frame: Option<(String, String)>,
    trail: Vec<Step>,
    index: Index,
    lines: LineTexts,
    /// The sum of price × quantity.
    goods: i64,
    /// See [`reach::goods_max`]; worked out when it is first needed.
    goods_max: Option<Option<i64>>,
    price: Option<Price>,
    /// Whether the host was found to have handed in all that the conditions need.
    pub(super) has_all: bool,
}

/// A quick change, so that a conflict report can name what it changed.
#[derive(Debug)]
struct Step {
    revision: Revision,
    at: Timestamp,
    part: String,
}

#[derive(Clone, Copy, Debug)]
struct Price {
    total: Amount,
    /// It holds from here on …
    from: Timestamp,
    /// … until then.
    until: Option<Timestamp>,
}

impl Hand {
    pub(super) fn of(mut record: Record) -> Result<Self> {
        let cart = record::read(&record)?;
        // Damage is told when a cart comes in, not when it is written.
        Journal::parse(&record.journal)?;
        let items = core::mem::take(&mut record.items);
        Ok(Hand {
            goods: goods(&cart),
            cart,
            base: record,
            frame: None,
            trail: Vec::new(),
            index: Index::default(),
            lines: LineTexts::stored(items),
            goods_max: None,
            price: None,
            has_all: false,
        })
    }

    /// Whether a reader sees it at `now`.
    pub(super) fn lives_at(&self, now: Timestamp) -> bool {
        self.cart.expires_at.is_none_or(|at| at > now)
    }

    /// What of it does not depend on the host's knowledge is remembered no longer.
    pub(super) fn forget_price(&mut self) {
        (self.price, self.goods_max, self.has_all) = (None, None, false);
    }

    /// The line of an id, where there can be but one of it.
    pub(super) fn line(&mut self, id: &str) -> Option<usize> {
        self.index.find(id, &self.cart.items)
    }

    /// Changes a line's pieces, where that is all there is to it: `None` where it is more, and nothing was done.
    pub(super) fn change_quantity(
        &mut self,
        line: usize,
        change: QuantityChange,
        settings: &Settings,
        outside: &Outside,
        now: Timestamp,
    ) -> Option<u32> {
        if self.cart.converted.is_some() {
            return None;
        }
        let item = self.cart.items.get_mut(line)?;
        let quantity = match command::update::pieces(item, change, &settings.limits) {
            Ok(Some(quantity)) => quantity,
            // The line goes, or is refused: with the words of the whole path.
            Ok(None) | Err(_) => return None,
        };
        if quantity == item.quantity {
            return Some(quantity);
        }
        let by = i128::from(item.price.minor()) * (i128::from(quantity) - i128::from(item.quantity));
        let goods = i64::try_from(i128::from(self.goods) + by).ok()?;
        if by > 0
            && self.goods_max.get_or_insert_with(|| reach::goods_max(&self.cart, outside)).is_none_or(|max| goods > max)
        {
            return None;
        }
        let item = self.cart.items.get_mut(line)?;
        item.quantity = quantity;
        self.goods = goods;
        self.lines.changed(line, DIGITS_MAX);
        self.touch(line, settings, now);
        Some(quantity)
    }

    /// Applies a command where it is enough to look at one line: `None` where it is not, and nothing was done.
    pub(super) fn apply(&mut self, command: &Command, context: &Context<'_>) -> Option<Result<Applied>> {
        let terms = &context.terms;
        let removed = match command {
            Command::Add(input) if input.conditions.is_none() => None,
            Command::Update { line, update } if line.attributes.is_none() && update.quantity.is_none() => None,
            Command::Remove { line } if line.attributes.is_none() && self.cart.items.len() > 1 => {
                Some(self.index.find(&line.id, &self.cart.items)?)
            }
            _ => return None,
        };
        if self.cart.converted.is_some() {
            return None;
        }
        let before = self.cart.items.len();
        let changed = match command {
            Command::Add(input) => self.index.find(&input.id, &self.cart.items),
            Command::Update { line, .. } => Some(self.index.find(&line.id, &self.cart.items)?),
            _ => None,
        };
        // What may carry an amount past the bound is tried on the whole path, which can take it back.
        let goods_max = (*self.goods_max.get_or_insert_with(|| reach::goods_max(&self.cart, terms.outside)))?;
        let coming = coming(command, &self.cart, changed)?;
        let growth = growth(command);
        if self.lines.len_max() + growth > context.settings.limits.bytes as usize {
            return None;
        }
        if i128::from(self.goods) + coming > i128::from(goods_max) {
            return None;
        }
        let applied = match command::apply_in_place(&mut self.cart, command, context) {
            Ok(applied) => applied,
            Err(error) => return Some(Err(error)),
        };
        if applied.is_change() {
            match (removed, changed) {
                (Some(line), _) => {
                    self.lines.removed(line, &self.cart.items);
                    self.index.forget();
                    self.goods_max = None;
                }
                (None, Some(line)) => self.lines.changed(line, growth),
                (None, None) => debug_assert!(self.cart.items.len() > before),
            }
            if self.cart.items.len() > before {
                self.lines.added(&self.cart.items, growth);
            }
            self.goods = goods(&self.cart);
            self.price = None;
            for part in &applied.changed {
                self.note(part);
            }
        }
        Some(Ok(applied))
    }

    /// The next version, because of a line.
    fn touch(&mut self, line: usize, settings: &Settings, now: Timestamp) {
        self.cart.revision.version += 1;
        self.cart.updated_at = now;
        if let Some(ttl) = settings.ttl_ms {
            self.cart.expires_at = Some(now.plus_ms(ttl));
        }
        self.price = None;
        let step = self.step();
        step.part.push_str("items.");
        let id = self.cart.items.get(line).map_or("", |item| &*item.id);
        if let Some(step) = self.trail.last_mut() {
            step.part.push_str(id);
        }
    }

    fn note(&mut self, part: &str) {
        self.step().part.push_str(part);
    }

    /// The trail's next step, its part still empty. The oldest one's memory is used again.
    fn step(&mut self) -> &mut Step {
        let mut part = String::new();
        if self.trail.len() == INTERNAL_KEPT {
            part = self.trail.remove(0).part;
            part.clear();
        }
        self.trail.push(Step { revision: self.cart.revision, at: self.cart.updated_at, part });
        let last = self.trail.len() - 1;
        &mut self.trail[last]
    }

    /// What it costs by `terms`.
    pub(super) fn total(&mut self, terms: &Terms<'_>) -> Result<Amount> {
        if let Some(price) = &self.price
            && price.from <= terms.at
            && price.until.is_none_or(|until| terms.at < until)
        {
            return Ok(price.total);
        }
        let totals = pricing::totals(&self.cart, terms)?;
        self.price = Some(Price { total: totals.total, from: terms.at, until: totals.valid_until });
        Ok(totals.total)
    }

    /// Until when the total that was asked for last holds.
    pub(super) fn valid_until(&self) -> Option<Timestamp> {
        self.price.as_ref()?.until
    }

    fn summary(&self) -> Summary {
        let total = self.price.as_ref().map_or(0, |price| price.total.minor());
        Summary { quantity: self.cart.quantity(), lines: self.cart.items.len() as i64, total }
    }

    /// The record, as storage would give it.
    pub(super) fn record(&mut self) -> Result<Record> {
        if !self.trail.is_empty() {
            let mut journal = Journal::parse(&self.base.journal)?;
            for step in core::mem::take(&mut self.trail) {
                journal.push(Key::Internal(step.revision.version), step.revision, step.at, &[step.part], "[]")?;
            }
            self.base.journal = journal.into_text();
            self.frame = None;
        }
        let (summary, cart) = (self.summary(), &self.cart);
        Ok(Record {
            revision: cart.revision,
            items: self.lines.text(&cart.items).into(),
            updated_at: cart.updated_at,
            expires_at: cart.expires_at,
            summary,
            ..self.base.clone()
        })
    }

    /// Appends the stored form. The trail of quick changes stays in memory: after a reload, a conflict report
    /// says that the cart changed, and no more.
    pub(super) fn write(&mut self, out: &mut String) {
        let summary = self.summary();
        let cart = &self.cart;
        let (begin, end) = self.frame.get_or_insert_with(|| {
            let (mut begin, mut end) = (String::new(), String::new());
            stored::begin(&mut begin, &self.base);
            stored::end(&mut end, &self.base);
            (begin, end)
        });
        let items = self.lines.text(&cart.items);
        out.reserve(begin.len() + items.len() + end.len() + 256);
        out.push_str(begin);
        stored::change(out, cart.revision, items, cart.updated_at, cart.expires_at, &summary);
        out.push_str(end);
    }
}

/// By how much the goods may grow; `None` where that cannot be told.
fn coming(command: &Command, cart: &Cart, line: Option<usize>) -> Option<i128> {
    let held = line.and_then(|line| cart.items.get(line)).map_or(0, |item| i128::from(item.quantity));
    match command {
        Command::Add(input) => {
            let price = input.price.resolve(cart.currency).ok()?;
            let pieces = held + i128::from(input.quantity.unwrap_or(1).max(0));
            Some(i128::from(price.minor()) * pieces)
        }
        Command::Update { update, .. } => match &update.price {
            Some(price) => Some(i128::from(price.resolve(cart.currency).ok()?.minor()) * held),
            None => Some(0),
        },
        _ => Some(0),
    }
}

/// The sum of price × quantity: within bounds, because the cart was priced when it was saved.
fn goods(cart: &Cart) -> i64 {
    cart.items
        .iter()
        .map(|item| item.price.minor().saturating_mul(i64::from(item.quantity)))
        .fold(0, i64::saturating_add)
}

/// How many digits a quantity has at most.
const DIGITS_MAX: usize = 10;

/// By how much the text of the lines may grow: every character escaped, every number as long as can be.
fn growth(command: &Command) -> usize {
    let raw = |raw: &Option<Raw>| raw.as_ref().map_or(0, Raw::len);
    let texts = match command {
        Command::Add(input) => {
            let reference = input.reference.as_ref().map_or(0, |it| it.kind.len() + it.id.len());
            input.id.len() + input.name.len() + reference + raw(&input.attributes)
        }
        Command::Update { update, .. } => update.name.as_ref().map_or(0, |name| name.len()) + raw(&update.attributes),
        _ => 0,
    };
    texts * 6 + 256
}
