//! The control room as a page.

use maud::{Markup, html};

use super::TRIGGER_PATH;
use crate::portal::layout::{Frame, head, page, token_field};

/// Everything the control room shows.
pub(in crate::portal) struct RoomView {
    pub(super) channels: Vec<ChannelView>,
    pub(super) campaigns: Vec<CampaignView>,
    pub(super) may_trigger: bool,
    /// Not everything fits on the page.
    pub(super) is_cut: bool,
}

/// A channel that campaigns may run on.
pub(super) struct ChannelView {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) facts: String,
    pub(super) on_air: bool,
    pub(super) now: Option<NowView>,
    pub(super) choices: Vec<ChoiceView>,
    pub(super) chosen: String,
    pub(super) outcome: Option<OutcomeView>,
}

/// The ad that is on a channel's screen.
pub(super) struct NowView {
    pub(super) campaign: String,
    pub(super) creative: String,
    pub(super) state: &'static str,
}

/// What may be triggered of one campaign.
pub(super) struct ChoiceView {
    pub(super) campaign_id: String,
    pub(super) campaign: String,
    /// Value and text of each approved creative.
    pub(super) creatives: Vec<(String, String)>,
}

/// What a trigger came to.
pub(super) struct OutcomeView {
    pub(super) is_good: bool,
    pub(super) text: String,
    pub(super) advice: String,
}

/// A campaign and how far it has come.
pub(super) struct CampaignView {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) advertiser: String,
    pub(super) status: &'static str,
    pub(super) tone: &'static str,
    pub(super) dates: String,
    pub(super) budget: String,
    pub(super) impressions: String,
    pub(super) channels: String,
}

pub(in crate::portal) fn render(frame: &Frame, room: &RoomView) -> Markup {
    let lead = if room.may_trigger {
        "Choose what to show on a channel that is on air, and watch it arrive."
    } else {
        "Follow your campaigns on the channels they run on. Your agency sends the ads."
    };
    page(
        frame,
        html! {
            (head("Agency and brand", "Campaign Control Room", &html! { (lead) }))
            div.desk {
                section aria-labelledby="channels" {
                    h2 #channels { "Live channels" }
                    @if room.channels.is_empty() { (no_channels(room)) }
                    ul.stack.loose {
                        @for channel in &room.channels { (channel_card(frame, room, channel)) }
                    }
                }
                (feed())
                section aria-labelledby="campaigns" {
                    h2 #campaigns { "Campaigns" }
                    @if room.campaigns.is_empty() { (no_campaigns(room)) }
                    ul.stack.loose {
                        @for campaign in &room.campaigns { (campaign_card(campaign)) }
                    }
                    @if room.is_cut {
                        p.muted.small { "These are the newest; " code { "GET /campaigns" } " has all." }
                    }
                }
            }
        },
    )
}

fn channel_card(frame: &Frame, room: &RoomView, channel: &ChannelView) -> Markup {
    let name_id = format!("channel-{}", channel.id);
    html! {
        li.card.channel.stack #(name_id) data-channel=(channel.id) data-name=(channel.name) {
            div.row.spread {
                div {
                    h3 { (channel.name) }
                    p.muted.small { (channel.facts) }
                }
                div data-part="air" {
                    @if channel.on_air { span.pill.live { "On air" } }
                    @else { span.pill.off { "Offline" } }
                }
            }
            p.now.dotted.small data-part="now" {
                @match &channel.now {
                    Some(now) => {
                        strong { (now.state) } " " (now.campaign) ", " (now.creative)
                    },
                    None if channel.on_air => { "Nothing on screen." },
                    None => { "Its overlay is not connected." },
                }
            }
            @if room.may_trigger { (trigger_form(frame, channel)) }
        }
    }
}

fn trigger_form(frame: &Frame, channel: &ChannelView) -> Markup {
    let field = format!("choice-{}", channel.id);
    html! {
        @if channel.choices.is_empty() {
            p.notice.small {
                "No campaign here has an approved creative. Upload one with "
                code { "POST /creatives" } " and have it approved."
            }
        } @else {
            form method="post" action=(TRIGGER_PATH) data-trigger {
                (token_field(&frame.token))
                input type="hidden" name="channel" value=(channel.id);
                div.field {
                    label.small for=(field) { "What to show" }
                    select #(field) name="choice" { (options(channel)) }
                }
                button.button type="submit" aria-label=(format!("Trigger on {}", channel.name)) {
                    "Trigger"
                }
            }
        }
        div data-part="outcome" role="status" {
            @if let Some(outcome) = &channel.outcome { (outcome_notice(outcome)) }
        }
    }
}

fn options(channel: &ChannelView) -> Markup {
    // The campaign stands in every line, because a closed list shows one line only.
    let option = |value: &str, campaign: &str, text: &str| {
        let text = format!("{campaign}: {text}");
        html! { option value=(value) selected[value == channel.chosen] { (text) } }
    };
    html! {
        @for choice in &channel.choices {
            (option(&choice.campaign_id, &choice.campaign, "next in turn"))
            @for (value, text) in &choice.creatives { (option(value, &choice.campaign, text)) }
        }
    }
}

pub(super) fn outcome_notice(outcome: &OutcomeView) -> Markup {
    let tone = if outcome.is_good { "good" } else { "bad" };
    html! {
        div.notice.small.(tone) {
            p { strong { (outcome.text) } }
            p { (outcome.advice) }
        }
    }
}

fn campaign_card(campaign: &CampaignView) -> Markup {
    let fact = |name: &str, value: &str| html! { div { dt { (name) } dd { (value) } } };
    html! {
        li.card.stack data-campaign=(campaign.id) data-name=(campaign.name) {
            div.row.spread {
                div {
                    h3 { (campaign.name) }
                    p.muted.small { "Advertiser: " (campaign.advertiser) }
                }
                span.pill.(campaign.tone) { "Status: " (campaign.status) }
            }
            dl.facts {
                (fact("Dates", &campaign.dates))
                (fact("Budget", &campaign.budget))
                (fact("Channels", &campaign.channels))
                div {
                    dt { "Impressions so far" }
                    dd data-part="impressions" { (campaign.impressions) }
                }
            }
        }
    }
}

fn feed() -> Markup {
    html! {
        section.feed aria-labelledby="feed" data-feed {
            div.row.spread {
                h2 #feed { "Live Delivery Feed" }
                div.row {
                    span.pill { "WebSocket" }
                    span.small.muted data-part="link" role="status" {}
                    button.button.plain.slim type="button" data-part="pause" aria-pressed="false"
                        hidden { "Pause" }
                }
            }
            ol.lines data-part="lines" {}
            p.empty.waiting {
                strong { "Waiting for the first event." } " Overlays that come and go, commands "
                "and what overlays report appear here as they happen, newest first."
                noscript { " The feed itself needs JavaScript; the rest of this page does not." }
            }
        }
    }
}

fn no_channels(room: &RoomView) -> Markup {
    html! {
        p.empty {
            strong { "No channel yet." }
            @if room.may_trigger {
                " Assign one to a campaign with "
                code { "POST /campaigns/{id}/assign-streamers" } "."
            } @else {
                " Channels appear when your agency assigns them to a campaign."
            }
        }
    }
}

fn no_campaigns(room: &RoomView) -> Markup {
    html! {
        p.empty {
            strong { "No campaign yet." }
            @if room.may_trigger {
                " Book one with " code { "POST /campaigns" } "."
            } @else {
                " Campaigns appear when an agency names your brand on one."
            }
        }
    }
}

#[cfg(test)]
mod samples {
    use super::*;

    impl RoomView {
        pub(in crate::portal) fn samples() -> Vec<(&'static str, Self)> {
            let empty = |may_trigger| Self {
                channels: Vec::new(),
                campaigns: Vec::new(),
                may_trigger,
                is_cut: false,
            };
            let full = |may_trigger| Self {
                channels: vec![on_air(), offline(), without_choice()],
                campaigns: vec![launch(), rejected()],
                may_trigger,
                is_cut: true,
            };
            vec![
                ("agency_empty", empty(true)),
                ("brand_empty", empty(false)),
                ("agency", full(true)),
                ("brand", full(false)),
            ]
        }
    }

    fn on_air() -> ChannelView {
        ChannelView {
            id: "c1".to_owned(),
            name: "demo_streamer".to_owned(),
            facts: "en · US · about 120 viewers".to_owned(),
            on_air: true,
            now: Some(NowView {
                campaign: "Launch Campaign".to_owned(),
                creative: "image, 12 s".to_owned(),
                state: "On screen:",
            }),
            choices: vec![ChoiceView {
                campaign_id: "k1".to_owned(),
                campaign: "Launch <Campaign>".to_owned(),
                creatives: vec![("k1/r1".to_owned(), "image, 12 s".to_owned())],
            }],
            chosen: "k1/r1".to_owned(),
            outcome: Some(OutcomeView {
                is_good: true,
                text: "Sent.".to_owned(),
                advice: "Command d1".to_owned(),
            }),
        }
    }

    fn offline() -> ChannelView {
        let outcome = OutcomeView {
            is_good: false,
            text: "No overlay of this channel is connected.".to_owned(),
            advice: "Open the overlay.".to_owned(),
        };
        ChannelView {
            id: "c2".to_owned(),
            on_air: false,
            now: None,
            outcome: Some(outcome),
            ..on_air()
        }
    }

    fn without_choice() -> ChannelView {
        ChannelView {
            id: "c3".to_owned(),
            now: None,
            choices: Vec::new(),
            outcome: None,
            ..on_air()
        }
    }

    fn launch() -> CampaignView {
        CampaignView {
            id: "k1".to_owned(),
            name: "Launch <Campaign>".to_owned(),
            advertiser: "Beta Brands".to_owned(),
            status: "approved",
            tone: "good",
            dates: "1 Nov – 1 Dec 2026".to_owned(),
            budget: "5,000 USD".to_owned(),
            impressions: "1,234".to_owned(),
            channels: "1".to_owned(),
        }
    }

    fn rejected() -> CampaignView {
        CampaignView {
            id: "k2".to_owned(),
            status: "rejected",
            tone: "bad",
            ..launch()
        }
    }
}
