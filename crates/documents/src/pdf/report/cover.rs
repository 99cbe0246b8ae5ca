//! The head of the first page: whose report it is, and the figures that matter most.

use krilla::tagging::Tag;

use super::super::PRODUCT;
use super::super::flow::{BODY, Flow, MARGIN, NOTE};
use super::super::ink;
use super::super::readable::isolated;
use super::super::sheet::Role;
use super::super::text::{Face, Side, Style};
use super::{Facts, TITLE, period, words};
use crate::figures::{grouped, grouped_minutes, ledger_amount, minutes, percent};

const BRAND: Style = Style {
    size: 22.0,
    face: Face::Bold,
    leading: 1.2,
    ..BODY
};
const SUBTITLE: Style = Style {
    size: 16.0,
    leading: 1.3,
    color: ink::ACCENT,
    ..BODY
};
const HEAD: Style = Style {
    size: 11.0,
    leading: 1.45,
    ..BODY
};
const FIGURE: Style = Style {
    size: 20.0,
    face: Face::Bold,
    leading: 1.15,
    ..BODY
};
/// Tried from the largest on, until every figure fits its tile.
const FIGURE_SIZES: [f32; 4] = [20.0, 17.0, 14.0, 11.0];

const TILES: u8 = 4;
const TILE_HEIGHT: f32 = 56.0;
const TILE_GAP: f32 = 9.0;
const TILE_PADDING: f32 = 10.0;

/// Lays out the head, the figures and the summary.
pub(super) fn flow(flow: &mut Flow, facts: &Facts) {
    flow.text(PRODUCT, BRAND, Tag::P);
    flow.title(TITLE, SUBTITLE);
    flow.skip(10.0);
    let period = format!("{} ({})", period(facts.range), facts.time_zone);
    for (name, value) in [
        ("Campaign", &facts.name),
        ("Advertiser", &facts.advertiser),
        ("Objective", &facts.objective),
        ("Period", &period),
        ("Generated (UTC)", &facts.generated_at.to_string()),
    ] {
        flow.text(&format!("{name}: {}", isolated(value)), HEAD, Tag::P);
    }
    flow.skip(14.0);
    tiles(flow, facts);
    flow.heading("Summary");
    summary(flow, facts);
    flow.heading("What an impression is");
    flow.paragraph(words::IMPRESSION);
    flow.note(words::CLICK);
}

/// The figures of the cover.
fn tiles(flow: &mut Flow, facts: &Facts) {
    let totals = &facts.totals;
    let figures: [(&str, String); TILES as usize] = [
        ("Impressions", grouped(totals.impressions)),
        ("Clicks", grouped(totals.clicks)),
        (
            "Click-through rate",
            percent(totals.clicks, totals.impressions),
        ),
        ("Minutes on screen", grouped_minutes(totals.on_screen_ms)),
    ];
    let width = (flow.width() + TILE_GAP) / f32::from(TILES) - TILE_GAP;
    let inner = width - 2.0 * TILE_PADDING;
    let size = FIGURE_SIZES.into_iter().find(|size| {
        let style = Style {
            size: *size,
            ..FIGURE
        };
        let mut fits = |figure: &str| {
            let set = flow.set(figure, style, inner, Side::Left);
            set.lines() == 1
        };
        figures.iter().all(|(_, figure)| fits(figure))
    });
    let style = Style {
        size: size.unwrap_or(FIGURE_SIZES[FIGURE_SIZES.len() - 1]),
        ..FIGURE
    };
    let y = flow.y();
    let mut x = MARGIN;
    for (label, figure) in figures {
        tile(flow, [x, y, width], label, (&figure, style));
        x += width + TILE_GAP;
    }
    flow.skip(TILE_HEIGHT);
}

fn tile(flow: &mut Flow, [x, y, width]: [f32; 3], label: &str, (figure, style): (&str, Style)) {
    flow.put_area([x, y, width, TILE_HEIGHT], ink::FOG);
    flow.put_area([x, y, 2.0, TILE_HEIGHT], ink::ACCENT);
    let inner = width - 2.0 * TILE_PADDING;
    let name = flow.set(label, NOTE, inner, Side::Left);
    let number = flow.set(figure, style, inner, Side::Left);
    let part = flow.structure.add(Tag::P, None);
    let bottom = y + TILE_HEIGHT - 8.0;
    flow.put_text(name, x + TILE_PADDING, y + 8.0, Role::Part(part));
    let top = bottom - number.height();
    flow.put_text(number, x + TILE_PADDING, top, Role::Part(part));
}

/// The figures in words, in two columns.
fn summary(flow: &mut Flow, facts: &Facts) {
    let totals = &facts.totals;
    let left = [
        format!("Impressions (ad_completed): {}", totals.impressions),
        format!("Clicks: {}", totals.clicks),
        format!("CTR: {}", percent(totals.clicks, totals.impressions)),
        format!("Minutes on screen proxy: {}", minutes(totals.on_screen_ms)),
    ];
    let mut right = vec![
        format!("Plays (ad_rendered): {}", totals.plays),
        format!(
            "Plays shown to the end: {}",
            percent(totals.impressions, totals.plays)
        ),
    ];
    if let Some(audience) = &facts.audience {
        right.push(format!(
            "Audience impressions ({}): {}",
            audience.source,
            grouped(audience.impressions)
        ));
    }
    if let Some(money) = &facts.money {
        let spent = ledger_amount(money.plays_e7 + money.fees_e7, money.budget.currency());
        right.push(format!("Spend: {spent}"));
    }
    let (top, half) = (flow.y(), flow.width() / 2.0);
    let mut lowest = top;
    for (x, lines) in [(MARGIN, &left[..]), (MARGIN + half, &right[..])] {
        let mut y = top;
        for line in lines {
            let text = flow.set(line, BODY, half - 12.0, Side::Left);
            let part = flow.structure.add(Tag::P, None);
            let height = text.height();
            flow.put_text(text, x, y, Role::Part(part));
            y += height + 2.0;
        }
        lowest = lowest.max(y);
    }
    flow.skip(lowest - top);
}
