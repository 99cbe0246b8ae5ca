//! Money adds up, whatever the order of plays, prices, runs and payments.

use beta_kit::money::Currency;
use beta_kit::time::Timestamp;
use proptest::prelude::*;

use super::super::earning::{Line, Paid, Pending, Plays, Standing, Terms, lines};

const SEATS: usize = 3;
/// Ten-millionths in a cent.
const CENT_E7: i64 = 100_000;

/// Something that happens to a campaign; the number says to which of its assignments.
#[derive(Clone, Debug)]
enum Step {
    Play(usize),
    SetRate(usize, i64),
    SetFee(usize, i64),
    Run,
    Pay(usize),
    /// Takes back one of the paid payouts that stand; the second number says which.
    Reverse(usize, usize),
    Complete,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let seat = 0..SEATS;
    let step = prop_oneof![
        12 => seat.clone().prop_map(Step::Play),
        2 => (seat.clone(), 1..400_000_i64).prop_map(|(seat, e4)| Step::SetRate(seat, e4)),
        1 => (seat.clone(), 1..40_i64).prop_map(|(seat, minor)| Step::SetFee(seat, minor)),
        4 => Just(Step::Run),
        3 => seat.clone().prop_map(Step::Pay),
        2 => (seat, 0..9_usize).prop_map(|(seat, which)| Step::Reverse(seat, which)),
        1 => Just(Step::Complete),
    ];
    proptest::collection::vec(step, 1..120)
}

/// Which payout has a play.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Payer {
    Nobody,
    Pending,
    Paid(usize),
}

#[derive(Clone, Copy, Debug)]
struct Play {
    price_e7: i64,
    at: Timestamp,
    payer: Payer,
}

/// The books of a campaign as the other rooms would keep them.
struct Model {
    terms: Terms,
    spent_e7: i64,
    seats: Vec<Standing>,
    plays: Vec<Vec<Play>>,
    paid: Vec<Vec<Line>>,
    reversed: Vec<Vec<bool>>,
    clock: i64,
}

impl Model {
    fn new(budget_minor: i64) -> Self {
        let start = Timestamp::from_micros(0);
        let terms = Terms {
            currency: Currency::USD,
            budget_minor,
            completed: false,
            start,
        };
        let seat = |n: u8| Standing {
            assignment_id: beta_kit::id::Id::from_bytes([n; 16]).into(),
            channel_id: beta_kit::id::Id::from_bytes([n; 16]).into(),
            cpm_rate_e4: Some(150_000),
            fixed_fee_minor: None,
            fee_committed_minor: 0,
            accepted: true,
            plays: Plays::default(),
            paid: Paid::default(),
            pending: None,
        };
        let seats = (1..).take(SEATS).map(seat).collect();
        Self {
            terms,
            spent_e7: 0,
            seats,
            plays: vec![Vec::new(); SEATS],
            paid: vec![Vec::new(); SEATS],
            reversed: vec![Vec::new(); SEATS],
            clock: 0,
        }
    }

    fn spend(&mut self, e7: i64) -> bool {
        let fits = self.spent_e7 + e7 <= self.terms.budget_minor * CENT_E7;
        if fits {
            self.spent_e7 += e7;
        }
        fits
    }

    fn commit_fee(&mut self, seat: usize) -> bool {
        let fee_minor = self.seats[seat].fee_minor();
        let missing_e7 = (fee_minor - self.seats[seat].fee_committed_minor) * CENT_E7;
        let fits = self.spend(missing_e7);
        if fits {
            self.seats[seat].fee_committed_minor = fee_minor;
        }
        fits
    }

    /// A lease commits the fee first, and then the price of the play.
    fn play(&mut self, seat: usize) {
        let has_fee = self.seats[seat].fixed_fee_minor.is_some();
        let price_e7 = if has_fee {
            0
        } else {
            self.seats[seat].cpm_rate_e4.unwrap_or(0)
        };
        if self.terms.completed || !self.commit_fee(seat) || !self.spend(price_e7) {
            return;
        }
        self.clock += 1;
        self.plays[seat].push(Play {
            price_e7,
            at: Timestamp::from_micros(self.clock),
            payer: Payer::Nobody,
        });
        self.count(seat);
    }

    /// What the store reads of the plays and payouts of a seat.
    fn count(&mut self, seat: usize) {
        let plays = &self.plays[seat];
        let unpaid = || {
            let is_unpaid = |play: &&Play| !matches!(play.payer, Payer::Paid(_));
            plays.iter().filter(is_unpaid)
        };
        let standing = &mut self.seats[seat];
        standing.plays = Plays {
            count: i64::try_from(plays.len()).unwrap(),
            earned_e7: plays.iter().map(|play| play.price_e7).sum(),
            newest_price_e7: unpaid().next_back().map(|play| play.price_e7),
            first_unpaid_at: unpaid().next().map(|play| play.at),
            newest_unpaid_at: unpaid().next_back().map(|play| play.at),
        };
        let stand = self.paid[seat].iter().zip(&self.reversed[seat]);
        let stand: Vec<&Line> = stand
            .filter(|(_, reversed)| !**reversed)
            .map(|(line, _)| line)
            .collect();
        standing.paid = Paid {
            payouts: i64::try_from(self.paid[seat].len()).unwrap(),
            impressions: stand.iter().map(|line| line.delivered_impressions).sum(),
            minor: stand.iter().map(|line| line.amount_minor).sum(),
            fee_minor: stand.iter().map(|line| line.fee_minor).sum(),
        };
    }

    fn run(&mut self) {
        for seat in 0..SEATS {
            if self.seats[seat].fee_is_due(&self.terms) {
                self.commit_fee(seat);
            }
        }
        for (seat, line) in lines(&self.terms, &self.seats).into_iter().enumerate() {
            let id = beta_kit::id::Id::nil().into();
            for play in &mut self.plays[seat] {
                if play.payer == Payer::Nobody {
                    assert!(line.is_some(), "a play that nobody paid is in a payout");
                    play.payer = Payer::Pending;
                }
            }
            self.seats[seat].pending = line.map(|line| Pending { id, line });
        }
    }

    fn pay(&mut self, seat: usize) {
        let Some(pending) = self.seats[seat].pending.take() else {
            return;
        };
        let payer = Payer::Paid(self.paid[seat].len());
        for play in &mut self.plays[seat] {
            if play.payer == Payer::Pending {
                play.payer = payer;
            }
        }
        self.paid[seat].push(pending.line);
        self.reversed[seat].push(false);
        self.count(seat);
    }

    fn reverse(&mut self, seat: usize, which: usize) {
        let standing = self.reversed[seat].iter().enumerate();
        let standing: Vec<usize> = standing
            .filter(|(_, reversed)| !**reversed)
            .map(|(place, _)| place)
            .collect();
        if standing.is_empty() {
            return;
        }
        let place = standing[which % standing.len()];
        self.reversed[seat][place] = true;
        for play in &mut self.plays[seat] {
            if play.payer == Payer::Paid(place) {
                play.payer = Payer::Nobody;
            }
        }
        self.count(seat);
    }

    fn take(&mut self, step: &Step) {
        match *step {
            Step::Play(seat) => self.play(seat),
            Step::SetRate(seat, e4) => self.seats[seat].cpm_rate_e4 = Some(e4),
            Step::SetFee(seat, minor) => self.seats[seat].fixed_fee_minor = Some(minor),
            Step::Run => self.run(),
            Step::Pay(seat) => self.pay(seat),
            Step::Reverse(seat, which) => self.reverse(seat, which),
            Step::Complete => self.terms.completed = true,
        }
    }

    /// Everything of a seat that is paid and stands, or pending.
    fn lines_of(&self, seat: usize) -> impl Iterator<Item = &Line> {
        let pending = self.seats[seat].pending.iter().map(|pending| &pending.line);
        let paid = self.paid[seat].iter().zip(&self.reversed[seat]);
        let paid = paid.filter(|(_, reversed)| !**reversed);
        paid.map(|(line, _)| line).chain(pending)
    }

    /// What the ledger of payouts adds up to, reversals taken off, with what is pending.
    fn net_minor(&self) -> i64 {
        let entries = (0..SEATS).flat_map(|seat| {
            let paid = self.paid[seat].iter().zip(&self.reversed[seat]);
            let pending = self.seats[seat].pending.iter();
            let paid = paid.map(|(line, reversed)| {
                let taken_back = if *reversed { line.amount_minor } else { 0 };
                line.amount_minor - taken_back
            });
            paid.chain(pending.map(|pending| pending.line.amount_minor))
        });
        entries.sum()
    }

    fn all_lines(&self) -> Vec<Line> {
        (0..SEATS)
            .flat_map(|seat| self.lines_of(seat))
            .cloned()
            .collect()
    }

    /// What the plays and the fee of a seat come to, rounded once.
    fn whole_minor(&self, seat: usize) -> i64 {
        let standing = &self.seats[seat];
        let fee_is_due = standing.plays.count > 0 || self.terms.completed;
        let fee_minor = if fee_is_due {
            standing.fee_committed_minor
        } else {
            0
        };
        (standing.plays.earned_e7 + CENT_E7 / 2) / CENT_E7 + fee_minor
    }
}

proptest! {
    #[test]
    fn payouts_add_up_to_the_rounded_whole_within_the_budget(
        budget_minor in 1..400_i64,
        steps in steps(),
    ) {
        let mut model = Model::new(budget_minor);
        for step in &steps {
            let paid_before = model.paid.clone();
            model.take(step);
            for (now, before) in model.paid.iter().zip(&paid_before) {
                prop_assert!(now.starts_with(before), "a paid payout never changes");
            }
            prop_assert!(model.net_minor() <= budget_minor, "never more than the budget");
        }
        model.run();

        let whole: i64 = (0..SEATS).map(|seat| model.whole_minor(seat)).sum();
        let mut total = 0;
        for seat in 0..SEATS {
            prop_assert!(model.lines_of(seat).all(|line| line.amount_minor >= 0));
            prop_assert!(model.lines_of(seat).all(|line| line.period_start <= line.period_end));
            let impressions: i64 = model.lines_of(seat).map(|l| l.delivered_impressions).sum();
            prop_assert_eq!(impressions, model.seats[seat].plays.count);
            let fee: i64 = model.lines_of(seat).map(|line| line.fee_minor).sum();
            let standing = &model.seats[seat];
            let is_due = standing.fee_is_due(&model.terms);
            let due = i64::from(is_due) * standing.fee_committed_minor;
            // Rounded plays may have taken the budget's last units before the fee was agreed on.
            let is_used_up = model.net_minor() == budget_minor;
            prop_assert!(fee == due || (fee < due && is_used_up), "once: {fee} of {due}");
            let amount: i64 = model.lines_of(seat).map(|line| line.amount_minor).sum();
            prop_assert!(amount <= model.whole_minor(seat));
            total += amount;
        }
        prop_assert_eq!(total, whole.min(budget_minor));
        prop_assert_eq!(total, model.net_minor());
    }

    #[test]
    fn running_again_without_anything_new_changes_nothing(
        budget_minor in 1..400_i64,
        steps in steps(),
    ) {
        let mut model = Model::new(budget_minor);
        for step in &steps {
            model.take(step);
        }
        model.run();
        let first = model.all_lines();
        model.run();
        prop_assert_eq!(first, model.all_lines());
    }
}
