//! `beta-ads demo`: everything at once, with nothing configured.

use std::fmt::Write;

use anyhow::{Context, Result, bail};
use beta_domain::accounts;
use beta_domain::actor::{Actor, Role};
use beta_kit::secret::Secret;
use beta_kit::telemetry;
use beta_kit::text::Email;
use beta_web::state::App;
use beta_web::urls;

use super::say;
use crate::config::{Config, Environment, Sources};
use crate::demo;
use crate::serving;
use crate::shutdown;

/// Only what somebody must look at, so that the instructions stay in sight.
const FILTER: &str = "warn";

/// What the demo asks for where nobody asked for anything else.
pub(super) fn prefer(sources: &mut Sources) {
    sources.prefer("BETA_ENV", "environment", "development");
    sources.prefer("LOG_FORMAT", "log.format", "text");
}

pub(super) async fn run(config: Config) -> Result<()> {
    if config.environment == Environment::Production {
        bail!("the demo shows sign-in links to everybody: not with BETA_ENV=production");
    }
    telemetry::init(config.log.format, FILTER)?;
    let stop = shutdown::on_signal()?;
    let server = serving::start(&config).await?;
    let app = &server.app;
    let key = demo::put(&app.works, &app.blobs, &app.settings.scratch_folder).await?;
    let links = sign_in_links(app).await?;
    say(instructions(app, &config, &key, &links)?)?;
    server.run(stop).await
}

/// A link per person of the demo, in the order of [`demo::PEOPLE`].
async fn sign_in_links(app: &App) -> Result<Vec<(Role, String)>> {
    let mut work = app.works.begin(Actor::System).await?;
    let mut links = Vec::new();
    for (role, address) in demo::PEOPLE {
        let email = Email::parse(address).context("the demo's addresses are addresses")?;
        // Somebody may have been kept out since the first start.
        if let Some(link) = accounts::request_link(&mut work, &email).await? {
            let base = &app.settings.magic_link_base_url;
            links.push((role, urls::magic_link(base, address, link.token.reveal())));
        }
    }
    work.commit().await?;
    Ok(links)
}

fn instructions(
    app: &App,
    config: &Config,
    key: &Secret<String>,
    links: &[(Role, String)],
) -> Result<String> {
    let portal = &app.settings.portal_url;
    let overlay = urls::overlay(&app.settings.overlay_url, key.reveal());
    let link_of = |role| {
        links
            .iter()
            .find(|(of, _)| *of == role)
            .map(|(_, link)| link)
    };
    let agency = link_of(Role::Agency).map_or("(disabled)", String::as_str);
    let mut text = String::new();
    writeln!(text, "\nBeta Ads runs at {portal} with demo data.\n")?;
    writeln!(
        text,
        "1. Open the overlay in one browser window, or as a browser source in OBS."
    )?;
    writeln!(
        text,
        "   It stays empty until an ad comes:\n\n   {overlay}\n"
    )?;
    writeln!(
        text,
        "2. Open this link in a second window, sign in as the agency, press Trigger,"
    )?;
    writeln!(
        text,
        "   and see the ad arrive in the first:\n\n   {agency}\n"
    )?;
    writeln!(text, "The other roles:\n")?;
    for (role, link) in links.iter().filter(|(role, _)| *role != Role::Agency) {
        writeln!(text, "   {:<9} {link}", role.as_str())?;
    }
    writeln!(
        text,
        "\nEach link works once, within 15 minutes. For another, ask at"
    )?;
    writeln!(
        text,
        "{portal}/auth/sign-in, which shows the link while BETA_ENV is development."
    )?;
    writeln!(
        text,
        "The overlay gets a new address at every start; earlier ones stop working."
    )?;
    let folder = config.data_dir.display();
    writeln!(text, "Everything is kept in {folder}. Stop with Ctrl+C.")?;
    Ok(text)
}
