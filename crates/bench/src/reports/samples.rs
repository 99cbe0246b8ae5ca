//! Campaigns whose reports are drawn.

use beta_documents::pdf::report::{DayFigures, Facts, Figures, Share, Spent};
use beta_domain::reports::Range;
use beta_kit::money::{Currency, Money};
use beta_kit::time::{Day, Timestamp};

const CAMPAIGN: &str = "01890a5d-ac96-774b-bcce-b302099a8057";
const NOW: &str = "2026-06-01T10:30:00Z";
/// 2026-03-02.
const FIRST_DAY: i32 = 20_514;
const PLAY_MS: i64 = 15_000;
const PLAY_E7: i64 = 150_000;

/// Each with its name.
pub(super) fn all() -> [(&'static str, Facts); 5] {
    [
        ("nothing shown", campaign(0, 0)),
        ("one day, one channel", campaign(1, 1)),
        ("90 days, 50 channels", campaign(90, 50)),
        ("400 days, 50 channels", campaign(400, 50)),
        ("names in any script", scripts()),
    ]
}

/// A campaign over so many days and channels.
fn campaign(days: i32, channels: i64) -> Facts {
    let days: Vec<DayFigures> = (0..days)
        .map(|index| DayFigures {
            day: Day::from_epoch_days(FIRST_DAY + index),
            figures: figures(i64::from(index)),
        })
        .collect();
    let mut totals = Figures::default();
    for DayFigures { figures, .. } in &days {
        totals.impressions += figures.impressions;
        totals.clicks += figures.clicks;
        totals.plays += figures.plays;
        totals.on_screen_ms += figures.on_screen_ms;
    }
    let share = |name: String, seed| Share {
        name,
        figures: figures(seed),
    };
    let reasons = ["duplicate", "lease_expired", "not_on_program", "too_early"];
    Facts {
        campaign_id: CAMPAIGN.parse().expect("an id"),
        name: "Spring launch".to_owned(),
        advertiser: "Acme Drinks".to_owned(),
        objective: "Awareness of the new cold brew".to_owned(),
        range: Range::default(),
        generated_at: Timestamp::parse(NOW).expect("a time"),
        time_zone: "UTC".to_owned(),
        hours: (!days.is_empty()).then(hours),
        days,
        totals,
        audience: None,
        channels: (0..channels)
            .map(|index| share(format!("channel_number_{index}"), index + 3))
            .collect(),
        creatives: (0..channels.min(3))
            .map(|index| share(format!("creative {index}, 15 s"), index))
            .collect(),
        evidence: vec![(1, totals.impressions / 3), (3, totals.impressions * 2 / 3)],
        uncounted: reasons.map(|code| (code.to_owned(), channels)).into(),
        clicks_by_source: vec![("overlay".to_owned(), totals.clicks)],
        money: Some(Spent {
            plays_e7: totals.impressions * PLAY_E7,
            fees_e7: 0,
            budget: Money::new(250_000, Currency::parse("EUR").expect("a currency")),
        }),
    }
}

fn hours() -> [i64; 24] {
    let hour = |hour: usize| i64::try_from(hour * 37 % 91).unwrap_or_default();
    std::array::from_fn(hour)
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

/// Names from right to left, without spaces, with emoji, and in scripts that no font has.
fn scripts() -> Facts {
    let mut facts = campaign(14, 0);
    "حملة الربيع ٢٠٢٦ (Spring) — مشروب بارد".clone_into(&mut facts.name);
    "משקאות אקמה בע\"מ".clone_into(&mut facts.advertiser);
    "コールドブリューの認知度 🎮🔥👩‍🚀 한국어 中文 नमस्ते สวัสดี ⴰⵣ".clone_into(&mut facts.objective);
    let long = "Anameof120letterswithoutaspace".repeat(4);
    let names = [
        "قناة الألعاب 123",
        "ערוץ המשחקים",
        "配信者チャンネル",
        "🎮 GameHub ⭐",
        &long,
    ];
    for (seed, name) in (4..).zip(names) {
        facts.channels.push(Share {
            name: name.to_owned(),
            figures: figures(seed),
        });
    }
    facts
}
