//! What stands behind a payout, and what taking one back does.

use beta_kit::id::Id;
use beta_kit::money::Decimal;
use beta_kit::text::BoundedText;
use proptest::prelude::*;

use super::super::earning::{Paid, Plays, Standing, lines as payouts_of};
use super::super::statement::lines;
use super::*;
use crate::testing::House;

const NOON: &str = "2026-03-03T12:00:00Z";

async fn take_back(books: &Books, actor: &Actor, id: PayoutId) -> Result<Payout, PayoutError> {
    let mut work = books.works.begin(actor.clone()).await.unwrap();
    let reason = BoundedText::parse("sent to the wrong account").unwrap();
    let reversal = reverse(&mut work, id, &reason).await?;
    work.commit().await.unwrap();
    Ok(reversal)
}

async fn read_as(books: &Books, actor: &Actor, id: PayoutId) -> Result<Statement, PayoutError> {
    let mut work = books.works.read(actor.clone()).await.unwrap();
    statement(&mut work, id).await
}

async fn plays_of(books: &Books, id: PayoutId) -> Vec<PaidPlay> {
    let mut work = books.works.read(books.admin.clone()).await.unwrap();
    let (mut plays, mut after) = (Vec::new(), Place::START);
    loop {
        let limit = Limit::new(2).unwrap();
        let page = list_plays(&mut work, id, limit, after).await.unwrap();
        let Some(last) = page.last() else {
            return plays;
        };
        after = last.place();
        plays.extend(page);
    }
}

/// `(kind, day, impressions, rate, amount)` of every line.
fn told(statement: &Statement) -> Vec<String> {
    let told = statement.lines.iter().map(|line| {
        let day = line.day.map_or("-".to_owned(), |day| day.to_string());
        let impressions = line.impressions.map_or("-".to_owned(), |n| n.to_string());
        let rate = line.rate.map_or("-".to_owned(), |rate| rate.to_string());
        format!("{} {day} {impressions} {rate} {}", line.kind, line.amount())
    });
    told.collect()
}

#[tokio::test]
async fn a_statement_has_a_line_per_day_and_price_and_says_what_was_rounded() {
    on_each_engine(async |house| {
        let books = Books::open(house).await;
        let assigned = books.assigned(BUDGET, Price::cpm(FIFTEEN)).await;
        books.play(&assigned, 2, FIFTEEN, at(MONDAY)).await;
        books.play(&assigned, 1, FIFTEEN, at(TUESDAY)).await;
        books.play(&assigned, 1, 2 * FIFTEEN, at(NOON)).await;

        let payout = run_now(&books, &assigned).await;

        let statement = read_as(&books, &books.agency, payout.id).await.unwrap();
        assert_eq!(payout.amount.to_string(), "0.08");
        assert_eq!(
            told(&statement),
            [
                "plays 2026-03-02 2 15 0.03",
                "plays 2026-03-03 1 15 0.015",
                "plays 2026-03-03 1 30 0.03",
                "rounding - - - 0.005",
            ]
        );
        let plays = plays_of(&books, payout.id).await;
        let times: Vec<_> = plays.iter().map(|play| play.completed_at).collect();
        assert_eq!(
            times,
            [at(NOON), at(TUESDAY), at(MONDAY), at(MONDAY)],
            "each once, the newest first"
        );
    })
    .await;
}

#[tokio::test]
async fn a_statement_stays_when_more_is_shown_and_what_is_new_is_in_the_next() {
    on_each_engine(async |house| {
        let books = Books::open(house).await;
        let both = Price {
            cpm_e4: None,
            fee_minor: Some(45_000),
        };
        let assigned = books.assigned(BUDGET, both).await;
        let first = books.play(&assigned, 2, 0, at(TUESDAY)).await;
        let payout = run_now(&books, &assigned).await;
        pay(&books, payout.id).await.unwrap();
        let before = read_as(&books, &books.admin, payout.id).await.unwrap();
        assert_eq!(told(&before), ["plays 2026-03-03 2 0 0", "fee - - - 450"]);

        // Proof that came late is settled at an earlier time than what is paid.
        let late = books.play(&assigned, 1, FIFTEEN, at(MONDAY)).await;
        let next = run_now(&books, &assigned).await;

        let after = read_as(&books, &books.admin, payout.id).await.unwrap();
        assert_eq!(after, before);
        let ids = |plays: Vec<PaidPlay>| plays.into_iter().map(|play| play.delivery_id);
        let mut paid: Vec<_> = ids(plays_of(&books, payout.id).await).collect();
        paid.sort_unstable();
        assert_eq!(paid, first);
        let pending: Vec<_> = ids(plays_of(&books, next.id).await).collect();
        assert_eq!(pending, late);
        let next = read_as(&books, &books.admin, next.id).await.unwrap();
        assert_eq!(
            told(&next),
            ["plays 2026-03-02 1 15 0.015", "rounding - - - 0.005"],
            "the fee is not in it again"
        );
        assert_eq!(next.payout.period_start, at(MONDAY));
    })
    .await;
}

#[tokio::test]
async fn a_payment_that_is_taken_back_stays_and_is_paid_again() {
    on_each_engine(async |house| {
        let books = Books::open(house).await;
        let assigned = books.assigned(BUDGET, Price::fee(45_000)).await;
        books.commit_fee(&assigned, 4_500_000_000).await;
        books.play(&assigned, 2, FIFTEEN, at(MONDAY)).await;
        let first = run_now(&books, &assigned).await;
        let paid = pay(&books, first.id).await.unwrap();
        books.play(&assigned, 1, FIFTEEN, at(TUESDAY)).await;
        run_now(&books, &assigned).await;

        let reversal = take_back(&books, &books.admin, paid.id).await.unwrap();

        assert_eq!(reversal.reverses, Some(paid.id));
        assert_eq!(reversal.amount.to_string(), "-450.03");
        assert_eq!(reversal.delivered_impressions, -2);
        assert_eq!(reversal.status, PayoutStatus::Paid);
        let lines = read_as(&books, &books.admin, reversal.id).await.unwrap();
        assert_eq!(
            told(&lines),
            ["plays 2026-03-02 -2 15 -0.03", "fee - - - -450"]
        );
        let now = read_as(&books, &books.admin, paid.id).await.unwrap().payout;
        let expected = Payout {
            reversed_by: Some(reversal.id),
            ..paid.clone()
        };
        assert_eq!(now, expected, "what was paid is as it was");

        let again = run_now(&books, &assigned).await;
        assert_eq!(
            (again.delivered_impressions, again.amount.to_string()),
            (3, "450.05".to_owned())
        );
        assert_eq!(again.period_start, at(MONDAY));
        assert_eq!(plays_of(&books, again.id).await.len(), 3);
        assert_eq!(run_now(&books, &assigned).await, again, "nothing is new");
        let all = list_as(&books, &books.admin, Filter::default()).await;
        let net: i64 = all.iter().map(|payout| payout.amount.minor()).sum();
        assert_eq!(net, 45_005, "450 and three plays of a cent and a half");
    })
    .await;
}

#[tokio::test]
async fn only_what_is_paid_is_taken_back_and_only_once() {
    on_each_engine(async |house| {
        let books = Books::open(house).await;
        let assigned = books.assigned(BUDGET, Price::cpm(FIFTEEN)).await;
        books.play(&assigned, 1, FIFTEEN, at(MONDAY)).await;
        let payout = run_now(&books, &assigned).await;

        let early = take_back(&books, &books.admin, payout.id).await;
        assert!(matches!(early, Err(PayoutError::NotPaid(_))), "{early:?}");
        pay(&books, payout.id).await.unwrap();
        for actor in [&books.agency, &books.brand, &assigned.channel.owner] {
            let denied = take_back(&books, actor, payout.id).await;
            assert!(matches!(denied, Err(PayoutError::Denied(_))), "{denied:?}");
        }
        let both = || take_back(&books, &books.admin, payout.id);
        let (one, other) = tokio::join!(both(), both());
        let (reversal, refused) = match (one, other) {
            (Ok(reversal), Err(refused)) | (Err(refused), Ok(reversal)) => (reversal, refused),
            both => panic!("not one of both: {both:?}"),
        };
        assert!(matches!(refused, PayoutError::AlreadyReversed(_)));
        let twice = take_back(&books, &books.admin, reversal.id).await;
        assert!(matches!(twice, Err(PayoutError::IsReversal(_))));
        let paid = pay(&books, reversal.id).await;
        assert!(matches!(paid, Err(PayoutError::AlreadyPaid(_))));
    })
    .await;
}

#[tokio::test]
async fn a_statement_is_read_by_those_who_see_the_payout() {
    on_each_engine(async |house| {
        let books = Books::open(house).await;
        let campaign = books.campaign(BUDGET).await;
        let (kim, lou) = (books.channel("kim").await, books.channel("lou").await);
        let assigned = books.assign(campaign, &kim, Price::cpm(FIFTEEN)).await;
        books.assign(campaign, &lou, Price::cpm(FIFTEEN)).await;
        books.play(&assigned, 1, FIFTEEN, at(MONDAY)).await;
        let payouts = run_as(&books, &books.agency, campaign.id).await.unwrap();
        let payout = payouts.iter().find(|one| one.channel_id == kim.id).unwrap();

        for actor in [&books.admin, &books.agency, &books.brand, &kim.owner] {
            assert!(read_as(&books, actor, payout.id).await.is_ok());
        }
        for actor in [&books.rival, &lou.owner] {
            let hidden = read_as(&books, actor, payout.id).await;
            assert!(matches!(hidden, Err(PayoutError::NotFound(_))));
            let mut work = books.works.read(actor.clone()).await.unwrap();
            let limit = Limit::new(9).unwrap();
            let hidden = list_plays(&mut work, payout.id, limit, Place::START).await;
            assert!(matches!(hidden, Err(PayoutError::NotFound(_))));
        }
    })
    .await;
}

#[tokio::test]
async fn plays_that_were_paid_before_statements_are_found_by_the_migration() {
    beta_kit::sql!(
        OLD_PAYOUT,
        "insert into payouts (id, campaign_id, channel_id, assignment_id, rate_type, rate_e4, \
         currency, delivered_impressions, amount_minor, status, period_start, period_end, \
         created_at, updated_at, paid_at) \
         values ($1, $2, $3, $4, 'cpm', 150000, 'USD', $5, $6, $7, $8, $8, $8, $8, $9)"
    );
    crate::testing::on_each_engine_before("statements", async |house: &House| {
        let books = Books::open(house).await;
        let assigned = books.assigned(BUDGET, Price::cpm(FIFTEEN)).await;
        books.play(&assigned, 2, FIFTEEN, at(MONDAY)).await;
        books.play(&assigned, 3, FIFTEEN, at(TUESDAY)).await;
        let mut work = books.works.begin(Actor::System).await.unwrap();
        let ids: Vec<PayoutId> = (0..2).map(|_| work.mint()).collect();
        for (id, impressions, status) in [(ids[0], 2, "paid"), (ids[1], 2, "pending")] {
            let paid_at = (status == "paid").then(|| at(TUESDAY));
            let args = beta_kit::args![
                id,
                assigned.campaign.id,
                assigned.channel.id,
                assigned.id,
                impressions,
                3,
                status,
                at(MONDAY),
                paid_at,
            ];
            work.tx().run(&OLD_PAYOUT, args).await.unwrap();
        }
        work.commit().await.unwrap();

        house
            .works
            .db()
            .migrate(crate::schema::MIGRATIONS)
            .await
            .unwrap();

        let days = async |id| {
            let plays = plays_of(&books, id).await;
            let days = plays.iter().map(|play| play.completed_at);
            days.collect::<Vec<_>>()
        };
        assert_eq!(days(ids[0]).await, [at(MONDAY), at(MONDAY)]);
        assert_eq!(days(ids[1]).await, [at(TUESDAY), at(TUESDAY)]);
        let payout = run_now(&books, &assigned).await;
        assert_eq!((payout.id, payout.delivered_impressions), (ids[1], 3));
        assert_eq!(days(ids[1]).await.len(), 3);
    })
    .await;
}

#[test]
fn the_vectors_of_the_contract_hold_in_every_minor_unit() {
    let vectors = [
        ("USD", 3_750, "37.5", 45_000),
        ("JPY", 38, "38", 450),
        ("KWD", 37_500, "37.5", 450_000),
    ];
    for (code, cpm_minor, cpm, fee_minor) in vectors {
        let currency = Currency::parse(code).unwrap();
        let terms = Terms {
            currency,
            budget_minor: 1_000_000,
            completed: false,
            start: at(MONDAY),
        };
        let seat = |fee: Option<i64>, plays: i64| Standing {
            assignment_id: Id::nil().into(),
            channel_id: Id::nil().into(),
            cpm_rate_e4: Some(FIFTEEN),
            fixed_fee_minor: fee,
            fee_committed_minor: fee.unwrap_or(0),
            accepted: true,
            plays: Plays {
                count: plays,
                earned_e7: if fee.is_some() { 0 } else { plays * FIFTEEN },
                ..Plays::default()
            },
            paid: Paid::default(),
            pending: None,
        };
        let seats = [seat(None, 2_500), seat(Some(fee_minor), 10_000)];
        let owed: Vec<_> = payouts_of(&terms, &seats).into_iter().flatten().collect();
        assert_eq!(owed[0].amount_minor, cpm_minor, "{code}");
        let shown = Money::new(cpm_minor, currency).to_string();
        assert_eq!(shown, cpm, "{code}");
        assert_eq!(owed[1].amount_minor, fee_minor, "{code}");
        assert_eq!(Money::new(fee_minor, currency).to_string(), "450", "{code}");
    }
}

fn payout(amount: Money, fee: Money, reverses: bool) -> Payout {
    Payout {
        id: Id::nil().into(),
        campaign_id: Id::nil().into(),
        channel_id: Id::nil().into(),
        rate_type: RateType::Cpm,
        rate: Decimal::from_scaled(0, 0),
        delivered_impressions: 0,
        amount,
        fee,
        status: PayoutStatus::Paid,
        period_start: at(MONDAY),
        period_end: at(MONDAY),
        created_at: at(MONDAY),
        paid_at: None,
        reference: None,
        reverses: reverses.then(|| Id::nil().into()),
        reversed_by: None,
        reversal_reason: None,
    }
}

proptest! {
    #[test]
    fn the_lines_of_a_statement_add_up_to_it(
        plays in proptest::collection::vec((1..99_i64, 0..90_000_i64), 0..20),
        fee_minor in 0..100_000_i64,
        reverses: bool,
        code in prop_oneof![Just("JPY"), Just("USD"), Just("KWD")],
    ) {
        let currency = Currency::parse(code).unwrap();
        let days: Vec<DayOfPlays> = (20_000..)
            .zip(plays)
            .map(|(day, (impressions, price_e7))| DayOfPlays {
                day: beta_kit::time::Day::from_epoch_days(day),
                price_e7,
                impressions,
            })
            .collect();
        let earned_e7: i64 = days.iter().map(|of| of.price_e7 * of.impressions).sum();
        let sign = if reverses { -1 } else { 1 };
        let plays_minor = Money::from_e7(earned_e7, currency).minor();
        let amount = Money::new(sign * (plays_minor + fee_minor), currency);
        let fee = Money::new(sign * fee_minor, currency);

        let lines = lines(&payout(amount, fee, reverses), &days);

        let sum: i64 = lines.iter().map(|line| line.amount_e7).sum();
        prop_assert_eq!(sum, amount.to_e7().unwrap());
        let rounding = lines.iter().find(|line| line.kind == LineKind::Rounding);
        let half_e7 = Money::new(1, currency).to_e7().unwrap() / 2;
        prop_assert!(rounding.is_none_or(|line| line.amount_e7.abs() <= half_e7));
        let count = lines.iter().filter(|line| line.kind == LineKind::Plays).count();
        prop_assert_eq!(count, days.len());
    }
}
