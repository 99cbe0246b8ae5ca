//! The letters that go out by mail: what they say, as plain text and as a page.
//!
//! Mail programs know little of style sheets, so a letter carries its few styles with it.

use beta_domain::accounts::{LINK_LIFE, Link};
use beta_kit::mail::Letter;
use maud::{DOCTYPE, Markup, html};

use crate::portal::PRODUCT;
use crate::state::App;
use crate::urls;

/// Posts the letter that brings a link to the person who asked. Does nothing without mail.
pub(crate) fn post_link(app: &App, link: &Link) {
    if let Some(outbox) = &app.outbox {
        outbox.post(sign_in(app, link));
    }
}

fn sign_in(app: &App, link: &Link) -> Letter {
    let base = &app.settings.magic_link_base_url;
    let view = SignInLetter {
        email: link.email.as_str(),
        link: &urls::magic_link(base, link.email.as_str(), link.token.reveal()),
        ask_again: &app.settings.portal_url.join("/auth/sign-in"),
        minutes: LINK_LIFE.as_secs() / 60,
    };
    Letter {
        id: app.works.mint(),
        at: app.works.now(),
        to: link.email.clone(),
        subject: format!("Your sign-in link for {PRODUCT}"),
        text: view.text(),
        html: view.page().into_string(),
    }
}

/// What the letter with a sign-in link holds.
struct SignInLetter<'a> {
    email: &'a str,
    link: &'a str,
    /// Where one asks for another link.
    ask_again: &'a str,
    minutes: u64,
}

const BODY: &str = "margin:0;padding:24px;background:#f2f4f8;color:#101820;\
    font-family:'Space Grotesk',Helvetica,Arial,sans-serif;font-size:16px;line-height:1.5";
const CARD: &str = "max-width:520px;margin:0 auto;padding:28px;background:#ffffff;\
    border:1px solid #d9dee7;border-top:4px solid #5adbb5;border-radius:12px";
const LABEL: &str = "margin:0 0 8px;font-family:'IBM Plex Mono',Menlo,monospace;font-size:12px;\
    letter-spacing:0.12em;text-transform:uppercase;color:#4b5563";
const BUTTON: &str = "display:inline-block;padding:12px 24px;background:#101820;color:#ffffff;\
    text-decoration:none;border-radius:8px;font-weight:600";
const SMALL: &str = "margin:16px 0 0;font-size:13px;color:#4b5563;overflow-wrap:anywhere";
const LINK: &str = "color:#b3301c";

impl SignInLetter<'_> {
    fn text(&self) -> String {
        let Self {
            email,
            link,
            ask_again,
            minutes,
        } = self;
        format!(
            "Sign in to {PRODUCT}\n\n\
             Open this link to sign in as {email}. It works once, within {minutes} minutes, and \
             replaces any earlier one:\n\n\
             {link}\n\n\
             Too late? Ask for another one at {ask_again}\n\n\
             You did not ask for this? Then ignore it: nobody can sign in without the link.\n"
        )
    }

    fn page(&self) -> Markup {
        html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    title { "Your sign-in link" }
                }
                body style=(BODY) {
                    div style=(CARD) {
                        p style=(LABEL) { (PRODUCT) }
                        h1 style="margin:0 0 16px;font-size:24px;line-height:1.2" { "Sign in" }
                        p style="margin:0 0 20px" {
                            "This link signs you in as " strong { (self.email) } ". It works once, "
                            "within " (self.minutes) " minutes, and replaces any earlier one."
                        }
                        p style="margin:0" { a href=(self.link) style=(BUTTON) { "Sign in" } }
                        p style=(SMALL) {
                            "If the button does nothing, open this address: "
                            a href=(self.link) style=(LINK) { (self.link) }
                        }
                        p style=(SMALL) {
                            "Too late? "
                            a href=(self.ask_again) style=(LINK) { "Ask for another one" }
                            ". You did not ask for this? Then ignore it: nobody can sign in "
                            "without the link."
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: SignInLetter<'_> = SignInLetter {
        email: "o'kim+ads@example.com",
        link: "https://ads.example.com/auth/verify?email=o'kim%2Bads%40example.com&token=abc",
        ask_again: "https://ads.example.com/auth/sign-in",
        minutes: 15,
    };

    #[test]
    fn the_letter_with_a_sign_in_link() {
        insta::assert_snapshot!("sign_in_letter_text", SAMPLE.text());
        let page = SAMPLE.page().into_string().replace("><", ">\n<");
        insta::assert_snapshot!("sign_in_letter_page", page);
    }

    #[test]
    fn what_people_write_is_escaped() {
        let view = SignInLetter {
            email: "<b>kim</b>@example.com",
            ..SAMPLE
        };
        assert!(!view.page().into_string().contains("<b>"));
    }
}
