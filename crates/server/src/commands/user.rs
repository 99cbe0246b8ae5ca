//! `beta-ads user …`: people, added and changed from the console.

use anyhow::{Context, Result, bail};
use beta_domain::accounts::{
    self, Membership, NewUser, Organization, OrganizationKind, OrganizationName, User,
};
use beta_domain::actor::{Actor, Role};
use beta_domain::id::OrganizationId;
use beta_domain::work::{Work, Works};
use beta_kit::page::Limit;
use beta_kit::text::Email;
use beta_web::urls;
use clap::Subcommand;

use super::say;
use crate::config::{Config, addresses_of};
use crate::wiring;

/// Rows that are read at a time.
const PAGE: Limit = Limit::new(Limit::MAX).expect("the largest page is a page");

#[derive(Debug, Subcommand)]
pub(super) enum UserCommand {
    /// Add a person, and print a link that signs them in once.
    Add {
        /// Their address.
        email: Email,
        /// admin, agency, brand, streamer or viewer.
        #[arg(long)]
        role: Role,
        /// Their agency or brand, by name; it is added when there is none of that name.
        #[arg(long, value_name = "NAME")]
        organization: Option<OrganizationName>,
    },
    /// List everybody.
    List,
    /// Give a person another role.
    Role {
        /// Their address.
        email: Email,
        /// admin, agency, brand, streamer or viewer.
        role: Role,
        /// Their agency or brand, by name; it is added when there is none of that name.
        #[arg(long, value_name = "NAME")]
        organization: Option<OrganizationName>,
    },
}

pub(super) async fn run(config: &Config, command: UserCommand) -> Result<()> {
    let works = wiring::open_works(config).await?;
    let outcome = match command {
        UserCommand::Add {
            email,
            role,
            organization,
        } => add(config, &works, email, role, organization).await,
        UserCommand::List => list(&works).await,
        UserCommand::Role {
            email,
            role,
            organization,
        } => set_role(&works, &email, role, organization).await,
    };
    works.db().close().await;
    outcome
}

async fn add(
    config: &Config,
    works: &Works,
    email: Email,
    role: Role,
    organization: Option<OrganizationName>,
) -> Result<()> {
    let mut work = works.begin(Actor::System).await?;
    let membership = membership(&mut work, role, organization).await?;
    let user = NewUser {
        email: email.clone(),
        membership,
    };
    accounts::add_user(&mut work, user).await?;
    let link = accounts::request_link(&mut work, &email).await?;
    work.commit().await?;
    let link = link.context("a new user may sign in")?;
    let base = addresses_of(config).magic_link;
    let url = urls::magic_link(&base, email.as_str(), link.token.reveal());
    say(format_args!(
        "{email} was added as {role}. This link signs them in once, until {}:",
        link.expires_at
    ))?;
    say(url)
}

async fn list(works: &Works) -> Result<()> {
    let mut work = works.read(Actor::System).await?;
    let organizations = organizations(&mut work).await?;
    let mut last: Option<Email> = None;
    loop {
        let page = accounts::list_users(&mut work, PAGE, last.as_ref()).await?;
        for user in &page {
            say(line(user, &organizations))?;
        }
        let Some(user) = page.last() else {
            return Ok(());
        };
        last = Some(
            user.email
                .parse()
                .context("a stored address cannot be read")?,
        );
    }
}

fn line(user: &User, organizations: &[Organization]) -> String {
    let organization = organizations
        .iter()
        .find(|one| Some(one.id) == user.organization_id);
    let name = organization.map_or("-", |one| &one.name);
    let disabled = if user.disabled_at.is_some() {
        "\tdisabled"
    } else {
        ""
    };
    format!("{}\t{}\t{name}{disabled}", user.email, user.role)
}

async fn set_role(
    works: &Works,
    email: &Email,
    role: Role,
    organization: Option<OrganizationName>,
) -> Result<()> {
    let mut work = works.begin(Actor::System).await?;
    let membership = membership(&mut work, role, organization).await?;
    let Some(user) = accounts::find_user(&mut work, email).await? else {
        bail!("there is nobody with the address {email}");
    };
    accounts::set_role(&mut work, user.id, membership).await?;
    work.commit().await?;
    say(format_args!("{email} is {role} now"))
}

/// The role in the organisation of this name.
async fn membership(
    work: &mut Work,
    role: Role,
    name: Option<OrganizationName>,
) -> Result<Membership> {
    let organization_id = match (OrganizationKind::of_role(role), name) {
        (None, None) => None,
        (None, Some(_)) => bail!("the role {role} belongs to no organisation"),
        (Some(kind), None) => {
            bail!("the role {role} needs --organization with the name of its {kind}")
        }
        (Some(kind), Some(name)) => Some(find_or_add(work, kind, &name).await?),
    };
    Ok(Membership {
        role,
        organization_id,
    })
}

async fn find_or_add(
    work: &mut Work,
    kind: OrganizationKind,
    name: &OrganizationName,
) -> Result<OrganizationId> {
    let organizations = organizations(work).await?;
    let found = organizations
        .iter()
        .find(|one| one.kind == kind && one.name == name.as_str());
    if let Some(organization) = found {
        return Ok(organization.id);
    }
    Ok(accounts::add_organization(work, kind, name).await?.id)
}

async fn organizations(work: &mut Work) -> Result<Vec<Organization>> {
    let mut all: Vec<Organization> = Vec::new();
    loop {
        let last = all.last().map(|one| one.id);
        let page = accounts::list_organizations(work, PAGE, last).await?;
        if page.is_empty() {
            return Ok(all);
        }
        all.extend(page);
    }
}
