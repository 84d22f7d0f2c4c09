//! The yardstick of pricing: the five conditions of [`crate::priced`] as a careful programmer would
//! write them by hand, in columns of integers, for them alone.
//!
//! It computes every amount that pricing computes, and nothing that pricing has besides: no names, no
//! bounds, no conditions as data. Its memory is there before it starts.

/// What is priced.
#[derive(Default)]
pub struct Columns {
    /// Unit prices.
    pub price: Vec<i64>,
    /// Pieces.
    pub quantity: Vec<i64>,
}

impl Columns {
    /// The lines of the cart that is measured.
    pub fn of(lines: usize) -> Self {
        let (price, quantity) = (0..lines).map(crate::priced::line).map(|(price, n)| (price, i64::from(n))).unzip();
        Columns { price, quantity }
    }
}

/// A condition's entry in the breakdown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// What it acted on.
    pub base: i64,
    /// Its change.
    pub amount: i64,
    /// What the cut at 0 took away.
    pub cut_off: i64,
}

/// What it comes to.
#[derive(Default)]
pub struct Sums {
    /// The number of pieces.
    pub quantity: i64,
    /// The goods before conditions.
    pub gross: i64,
    /// The goods after cart_subtotal.
    pub subtotal: i64,
    /// What item phases and cart_subtotal took off.
    pub discount: i64,
    /// Shipping.
    pub shipping: i64,
    /// Tax.
    pub tax: i64,
    /// Fees.
    pub fees: i64,
    /// What is to be paid.
    pub total: i64,
    /// The five.
    pub entries: [Entry; 5],
    /// Each line's columns.
    pub lines: Lines,
    rests: Vec<u64>,
}

/// Each line's amounts.
#[derive(Default)]
pub struct Lines {
    /// Price × quantity.
    pub gross: Vec<i64>,
    /// What the item discount changed.
    pub adjustment: Vec<i64>,
    /// The share of the voucher.
    pub voucher: Vec<i64>,
    /// The goods that are left.
    pub net: Vec<i64>,
    /// The share of shipping.
    pub shipping: Vec<i64>,
    /// The share of the taxable amount.
    pub taxable: Vec<i64>,
    /// The share of tax.
    pub tax: Vec<i64>,
    /// The share of the fee.
    pub fee: Vec<i64>,
    /// All of it.
    pub total: Vec<i64>,
}

/// `base × num / den`, halves away from zero.
fn rounded(base: i64, num: i64, den: i64) -> i64 {
    let product = base * num;
    (product + if product < 0 { -den / 2 } else { den / 2 }) / den
}

/// A reduction and what was cut from it: no more than `book` can be taken.
fn cut(amount: i64, book: i64) -> (i64, i64) {
    let kept = amount.max(-book);
    (kept, kept - amount)
}

/// A line's number fills the low bits of a rest, the earlier the larger.
const LINE_BITS: u32 = 16;
const LINE_MASK: u64 = (1 << LINE_BITS) - 1;

/// Shares `amount` out by weights of this sum: largest remainder, ties to the earlier line.
fn share(amount: i64, weights: &[i64], sum: i64, into: &mut [i64], rests: &mut [u64]) {
    let (absolute, sign) = (amount.abs(), amount.signum());
    let mut left = absolute;
    for (((weight, into), rest), line) in weights.iter().zip(&mut *into).zip(&mut *rests).zip(0u64..) {
        let product = absolute * weight;
        let whole = product / sum;
        *into = sign * whole;
        *rest = ((product - whole * sum) as u64) << LINE_BITS | (LINE_MASK - line);
        left -= whole;
    }
    if left > 0 {
        rests.select_nth_unstable_by(left as usize - 1, |a, b| b.cmp(a));
        for rest in &rests[..left as usize] {
            into[(LINE_MASK - (rest & LINE_MASK)) as usize] += sign;
        }
    }
}

impl Sums {
    /// For so many lines.
    pub fn new(lines: usize) -> Self {
        let column = || vec![0; lines];
        Sums {
            lines: Lines {
                gross: column(),
                adjustment: column(),
                voucher: column(),
                net: column(),
                shipping: column(),
                taxable: column(),
                tax: column(),
                fee: column(),
                total: column(),
            },
            rests: vec![0; lines],
            ..Sums::default()
        }
    }

    /// Prices the lines.
    pub fn price(&mut self, columns: &Columns) {
        let Sums { lines, rests, .. } = self;
        // -10% on each line.
        let (mut quantity, mut gross, mut discount) = (0, 0, 0);
        for ((price, pieces), ((line, adjustment), net)) in columns
            .price
            .iter()
            .zip(&columns.quantity)
            .zip(lines.gross.iter_mut().zip(&mut lines.adjustment).zip(&mut lines.net))
        {
            *line = price * pieces;
            *adjustment = rounded(*line, -1, 10);
            *net = *line + *adjustment;
            quantity += pieces;
            gross += *line;
            discount += *adjustment;
        }
        let mut goods = gross + discount;
        self.entries[0] = Entry { base: gross, amount: discount, cut_off: 0 };
        // -500 on the goods.
        let (voucher, cut_off) = cut(-500, goods);
        self.entries[1] = Entry { base: goods, amount: voucher, cut_off };
        share(voucher, &lines.net, goods, &mut lines.voucher, rests);
        for (net, voucher) in lines.net.iter_mut().zip(&lines.voucher) {
            *net += voucher;
        }
        goods += voucher;
        // +599 for shipping.
        let shipping = 599;
        self.entries[2] = Entry { base: 0, amount: shipping, cut_off: 0 };
        share(shipping, &lines.net, goods, &mut lines.shipping, rests);
        // +19% tax on goods and shipping.
        let taxable = goods + shipping;
        let tax = rounded(taxable, 19, 100);
        self.entries[3] = Entry { base: taxable, amount: tax, cut_off: 0 };
        for ((taxable, net), shipping) in lines.taxable.iter_mut().zip(&lines.net).zip(&lines.shipping) {
            *taxable = net + shipping;
        }
        share(tax, &lines.taxable, taxable, &mut lines.tax, rests);
        // +2.5% fee on all of it.
        let payable = taxable + tax;
        let fee = rounded(payable, 1, 40);
        self.entries[4] = Entry { base: payable, amount: fee, cut_off: 0 };
        share(fee, &lines.net, goods, &mut lines.fee, rests);
        for (((total, taxable), tax), fee) in lines.total.iter_mut().zip(&lines.taxable).zip(&lines.tax).zip(&lines.fee)
        {
            *total = taxable + tax + fee;
        }
        self.quantity = quantity;
        self.gross = gross;
        self.subtotal = goods;
        self.discount = -(discount + voucher);
        self.shipping = shipping;
        self.tax = tax;
        self.fees = fee;
        self.total = payable + fee;
    }

    /// Holds pricing's answer to this one, figure by figure and line by line.
    pub fn assert_equals(&self, totals: &pushcart::pricing::Totals<'_>) {
        use pushcart::condition::Phase::{CartSubtotal, GrandTotal, Shipping, Tax};
        let figures = [
            totals.quantity,
            totals.subtotal_without_conditions.minor(),
            totals.subtotal.minor(),
            totals.discount.minor(),
            totals.shipping.minor(),
            totals.tax.minor(),
            totals.fees.minor(),
            totals.total.minor(),
            totals.savings.minor(),
            totals.adjustments.minor(),
            totals.tax_included.minor(),
        ];
        let expected = [
            self.quantity,
            self.gross,
            self.subtotal,
            self.discount,
            self.shipping,
            self.tax,
            self.fees,
            self.total,
            self.discount,
            0,
            0,
        ];
        assert_eq!(figures, expected);
        let entries: Vec<Entry> = totals
            .breakdown
            .iter()
            .map(|entry| Entry {
                base: entry.base.map_or(i64::MIN, |base| base.minor()),
                amount: entry.amount.minor(),
                cut_off: entry.cut_off.map_or(0, |cut| cut.minor()),
            })
            .collect();
        assert_eq!(entries, self.entries);
        let by_type: Vec<i64> = totals.by_type.iter().map(|(_, amount)| amount.minor()).collect();
        let amounts: Vec<i64> = self.entries.iter().map(|entry| entry.amount).filter(|amount| *amount != 0).collect();
        assert_eq!(by_type, amounts);
        assert_eq!(totals.line_totals.len(), self.lines.gross.len());
        for (n, line) in totals.line_totals.iter().enumerate() {
            let found = [
                line.gross,
                line.item_adjustments,
                line.net,
                line.shares.get(CartSubtotal),
                line.shares.get(Shipping),
                line.shares.get(Tax),
                line.shares.get(GrandTotal),
                line.total,
            ];
            let of = &self.lines;
            let columns = [&of.gross, &of.adjustment, &of.net, &of.voucher, &of.shipping, &of.tax, &of.fee, &of.total];
            assert_eq!(found.map(|amount| amount.minor()), columns.map(|column| column[n]), "line {n}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::priced;
    use pushcart::pricing::{Terms, totals};
    use pushcart::time::Timestamp;

    #[test]
    fn pricing_gives_what_the_yardstick_gives() {
        // A single line of these costs less than the voucher gives, and then nothing has a weight.
        for lines in (2..=40).chain([100, 200, 1000]) {
            let cart = priced::cart(lines, priced::CONDITIONS.len());
            let mut sums = Sums::new(lines);
            // The second time over what the first left behind.
            for _ in 0..2 {
                sums.price(&Columns::of(lines));
                sums.assert_equals(&totals(&cart, &Terms::at(Timestamp::from_ms(0))).unwrap());
            }
        }
    }
}
