//! `beta-ads user …`: people, added and changed from the console.

use anyhow::{Context, Result, bail};
use beta_domain::accounts::{
    self, Member, Membership, NewUser, Organization, OrganizationKind, OrganizationName, User,
    UserChange, UserFilter,
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
    /// Keep a person out from now on.
    Disable {
        /// Their address.
        email: Email,
    },
    /// Let a person sign in again.
    Enable {
        /// Their address.
        email: Email,
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
        UserCommand::Disable { email } => set_disabled(&works, &email, true).await,
        UserCommand::Enable { email } => set_disabled(&works, &email, false).await,
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
    if let Some(found) = accounts::find_user(&mut work, &email).await? {
        bail!(
            "{email} is there already, as {}; `beta-ads user role` changes that, and they sign \
             in with their address",
            found.role
        );
    }
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
    let mut all: Vec<Member> = Vec::new();
    loop {
        let after = all.last().map(|member| member.user.place());
        let everybody = UserFilter::default();
        let page = accounts::list_members(&mut work, &everybody, PAGE, after).await?;
        if page.is_empty() {
            break;
        }
        all.extend(page);
    }
    all.sort_by(|one, other| one.user.email.cmp(&other.user.email));
    all.iter().try_for_each(|member| say(line(member)))
}

fn line(Member { user, organization }: &Member) -> String {
    let name = organization.as_ref().map_or("-", |one| &one.name);
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
    let user = known(&mut work, email).await?;
    accounts::set_role(&mut work, user.id, membership).await?;
    work.commit().await?;
    say(format_args!("{email} is {role} now"))
}

async fn set_disabled(works: &Works, email: &Email, disabled: bool) -> Result<()> {
    let mut work = works.begin(Actor::System).await?;
    let user = known(&mut work, email).await?;
    let change = UserChange {
        disabled: Some(disabled),
        ..UserChange::default()
    };
    accounts::change_user(&mut work, user.id, change, None).await?;
    work.commit().await?;
    let outcome = if disabled {
        "is kept out from now on"
    } else {
        "may sign in again"
    };
    say(format_args!("{email} {outcome}"))
}

async fn known(work: &mut Work, email: &Email) -> Result<User> {
    let found = accounts::find_user(work, email).await?;
    found.with_context(|| format!("there is nobody with the address {email}"))
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
        let last = all.last().map(Organization::place);
        let page = accounts::list_organizations(work, PAGE, last).await?;
        if page.is_empty() {
            return Ok(all);
        }
        all.extend(page);
    }
}
