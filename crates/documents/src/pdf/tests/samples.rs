//! Facts to lay out.

use beta_domain::id::{CampaignId, PayoutId};
use beta_domain::reports::Range;
use beta_kit::money::{Currency, Decimal, Money};
use beta_kit::time::{Day, Timestamp};

use crate::pdf::report::{Audience, DayFigures, Facts, Figures, Share, Spent};
use crate::pdf::statement::{DayLine, PlayLine, Rate, Statement};

const PLAY_MS: i64 = 15_000;
/// 2026-03-02.
pub(super) const FIRST_DAY: i32 = 20_514;

pub(super) fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

/// A campaign of which nothing was shown.
pub(super) fn empty() -> Facts {
    Facts {
        campaign_id: "01890a5d-ac96-774b-bcce-b302099a8057"
            .parse::<CampaignId>()
            .unwrap(),
        name: "Spring launch".to_owned(),
        advertiser: "Acme Drinks".to_owned(),
        objective: "Awareness of the new cold brew".to_owned(),
        range: Range::default(),
        generated_at: at("2026-06-01T10:30:00Z"),
        time_zone: "UTC".to_owned(),
        days: Vec::new(),
        totals: Figures::default(),
        audience: None,
        hours: None,
        channels: Vec::new(),
        creatives: Vec::new(),
        evidence: Vec::new(),
        uncounted: Vec::new(),
        clicks_by_source: vec![("overlay".to_owned(), 0)],
        money: None,
    }
}

/// Of which one play was.
pub(super) fn one_play() -> Facts {
    let figures = Figures {
        impressions: 1,
        clicks: 0,
        plays: 1,
        on_screen_ms: PLAY_MS,
    };
    let day = Day::from_epoch_days(FIRST_DAY);
    Facts {
        days: vec![DayFigures { day, figures }],
        totals: figures,
        ..empty()
    }
}

fn figures(seed: i64) -> Figures {
    let impressions = 40 + (seed * 7_919) % 211 + seed % 7 * 25;
    Figures {
        impressions,
        clicks: impressions * (seed % 5) / 120,
        plays: impressions + seed % 9,
        on_screen_ms: impressions * PLAY_MS,
    }
}

fn sum(figures: impl Iterator<Item = Figures>) -> Figures {
    figures.fold(Figures::default(), |all, one| Figures {
        impressions: all.impressions + one.impressions,
        clicks: all.clicks + one.clicks,
        plays: all.plays + one.plays,
        on_screen_ms: all.on_screen_ms + one.on_screen_ms,
    })
}

/// With everything in it, over so many days and channels.
pub(super) fn full(days: i32, channels: i64) -> Facts {
    let rows: Vec<DayFigures> = (0..days)
        .filter(|index| index % 13 != 5)
        .map(|index| DayFigures {
            day: Day::from_epoch_days(FIRST_DAY + index),
            figures: figures(i64::from(index) + 1),
        })
        .collect();
    let totals = sum(rows.iter().map(|row| row.figures));
    let share = |name: String, seed| Share {
        name,
        figures: figures(seed),
    };
    let hour = |hour: usize| i64::try_from((hour * 37) % 91 + hour * 5).unwrap();
    let money = Spent {
        plays_e7: totals.impressions * 150_000,
        fees_e7: 4_500_000_000,
        budget: Money::new(250_000, Currency::parse("EUR").unwrap()),
    };
    Facts {
        days: rows,
        totals,
        audience: Some(Audience {
            impressions: totals.impressions * 412,
            source: "profile".to_owned(),
        }),
        hours: Some(std::array::from_fn(hour)),
        channels: (0..channels)
            .map(|index| share(format!("channel_number_{index}"), index + 3))
            .collect(),
        creatives: ["cold-brew-15s.mp4", "banner.png", "loop.gif"]
            .into_iter()
            .zip(1..)
            .map(|(name, seed)| share(name.to_owned(), seed))
            .collect(),
        evidence: vec![(1, 900), (3, totals.impressions - 900)],
        uncounted: ["duplicate", "lease_expired", "not_on_program", "too_early"]
            .into_iter()
            .zip([12, 7, 31, 2])
            .map(|(code, count)| (code.to_owned(), count))
            .collect(),
        clicks_by_source: vec![("overlay".to_owned(), 80), ("qr".to_owned(), 40)],
        money: Some(money),
        ..empty()
    }
}

/// Names that are hard to set.
pub(super) fn any_script() -> Facts {
    let mut facts = full(9, 0);
    facts.name = "حملة الربيع ٢٠٢٦ (Spring) — مشروب بارد".to_owned();
    facts.advertiser = "משקאות אקמה בע\"מ".to_owned();
    facts.objective =
        "コールドブリューの認知度 🎮🔥👩‍🚀 한국어 中文 e\u{301}q\u{323} नमस्ते สวัสดี ⴰⵣ".to_owned();
    let long = "Averyveryverylongnamewithoutanyspaceinit".repeat(3);
    for (seed, name) in [
        "قناة الألعاب 123",
        "ערוץ המשחקים של דנה",
        "Łukasz Żółć — Ελληνικά Кириллица",
        "配信者チャンネル",
        "🎮 GameHub ⭐",
        &long,
    ]
    .into_iter()
    .enumerate()
    {
        facts.channels.push(Share {
            name: name.to_owned(),
            figures: figures(i64::try_from(seed).unwrap() + 4),
        });
    }
    facts
}

/// What a streamer gets.
pub(super) fn payout(currency: &str, days: i32, plays: i64) -> Statement {
    let currency = Currency::parse(currency).unwrap();
    let day = |index| DayLine {
        day: Day::from_epoch_days(FIRST_DAY + index),
        impressions: 10 + i64::from(index),
        earned_e7: (10 + i64::from(index)) * 150_000,
    };
    let play = |index: i64| PlayLine {
        at: Timestamp::from_micros(1_772_444_000_000_000 + index * 60_000_000),
        creative: "cold-brew-15s.mp4".to_owned(),
        earned_e7: 150_000,
    };
    Statement {
        payout_id: "01890a5d-ac96-774b-bcce-b302099a8058"
            .parse::<PayoutId>()
            .unwrap(),
        payee: "Kim Streams".to_owned(),
        channel: "kim_live".to_owned(),
        campaign: "Spring launch".to_owned(),
        advertiser: "Acme Drinks".to_owned(),
        period_start: at("2026-03-02T08:00:00Z"),
        period_end: at("2026-03-31T22:15:00Z"),
        rate: Rate::Cpm(Decimal::parse("15").unwrap()),
        impressions: 2_500,
        amount: Money::new(3_750, currency),
        paid_at: Some(at("2026-04-02T09:00:00Z")),
        reference: Some("SEPA 2026-04-0017".to_owned()),
        generated_at: at("2026-04-03T10:30:00Z"),
        days: (0..days).map(day).collect(),
        plays: (0..plays).map(play).collect(),
    }
}
