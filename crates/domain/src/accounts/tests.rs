//! The room on a real database, once per engine.

use std::time::Duration;

use beta_kit::page::Limit;
use beta_kit::secret::digest_hex;
use beta_kit::text::Email;
use beta_kit::version::Version;
use serde_json::json;

use super::*;
use crate::actor::{Actor, Role, UserActor};
use crate::audit::{self, Audit};
use crate::id::LoginId;
use crate::signal::Signal;
use crate::testing::{House, on_each_engine};
use crate::work::Work;

fn email(text: &str) -> Email {
    Email::parse(text).unwrap()
}

async fn ask(house: &House, address: &str) -> Option<Link> {
    let mut work = house.works.begin(Actor::Nobody).await.unwrap();
    let link = request_link(&mut work, &email(address)).await.unwrap();
    work.commit().await.unwrap();
    link
}

async fn verify(house: &House, address: &str, token: &str) -> Result<Login, AccountsError> {
    let mut work = house.works.begin(Actor::Nobody).await.unwrap();
    let login = verify_link(&mut work, &email(address), token, None).await?;
    work.commit().await.unwrap();
    Ok(login)
}

async fn sign_in(house: &House, address: &str) -> Login {
    let link = ask(house, address).await.unwrap();
    verify(house, address, link.token.reveal()).await.unwrap()
}

async fn found(house: &House, login: &Login) -> Option<UserActor> {
    let mut work = house.works.read(Actor::Nobody).await.unwrap();
    let found = find_login(&mut work, login.user.login_id).await.unwrap();
    found.map(|found| found.user)
}

async fn system(house: &House) -> Work {
    house.works.begin(Actor::System).await.unwrap()
}

async fn log(house: &House) -> Vec<Audit> {
    let mut work = house.works.read(Actor::System).await.unwrap();
    audit::list(&mut work, Limit::new(200).unwrap(), None)
        .await
        .unwrap()
}

async fn acme(house: &House, kind: OrganizationKind) -> Organization {
    let mut work = system(house).await;
    let name = OrganizationName::parse("Acme").unwrap();
    let organization = add_organization(&mut work, kind, &name).await.unwrap();
    work.commit().await.unwrap();
    organization
}

fn is_refused(outcome: &Result<Login, AccountsError>) -> bool {
    matches!(outcome, Err(AccountsError::LinkRefused))
}

#[tokio::test]
async fn a_stranger_who_asks_becomes_a_streamer_and_signs_in() {
    on_each_engine(async |house| {
        let link = ask(house, "Kim@Example.com").await.unwrap();
        assert_eq!(link.token.reveal().len(), 43);

        let login = verify(house, "kim@example.COM", link.token.reveal())
            .await
            .unwrap();

        assert_eq!(login.user.email, "kim@example.com");
        assert_eq!(login.user.role, Role::Streamer);
        assert_eq!(
            login.expires_at.as_seconds() - login.issued_at.as_seconds(),
            43_200
        );
        assert_eq!(found(house, &login).await.as_ref(), Some(&login.user));
        let mut work = house
            .works
            .read(Actor::User(login.user.clone()))
            .await
            .unwrap();
        assert_eq!(
            me(&mut work).await.unwrap().email_verified_at,
            Some(login.issued_at)
        );
        drop(work);
        let log = log(house).await;
        assert_eq!(log[0].action, "signed_in");
        assert_eq!(
            log[0].actor.as_ref().map(|actor| actor.id),
            Some(login.user.user_id)
        );
    })
    .await;
}

#[tokio::test]
async fn somebody_known_keeps_id_and_role() {
    on_each_engine(async |house| {
        let agency = acme(house, OrganizationKind::Agency).await;
        let mut work = system(house).await;
        let membership = Membership::of(Role::Agency, agency.id);
        let wanted = NewUser {
            email: email("a@example.com"),
            membership,
        };
        let user = add_user(&mut work, wanted).await.unwrap();
        work.commit().await.unwrap();

        let login = sign_in(house, "a@example.com").await;

        assert_eq!(login.user.user_id, user.id);
        assert_eq!(login.user.role, Role::Agency);
        assert_eq!(login.user.organization_id, Some(agency.id));
    })
    .await;
}

#[tokio::test]
async fn a_link_works_once() {
    on_each_engine(async |house| {
        let link = ask(house, "kim@example.com").await.unwrap();
        let first = verify(house, "kim@example.com", link.token.reveal()).await;
        let second = verify(house, "kim@example.com", link.token.reveal()).await;
        assert!(first.is_ok());
        assert!(is_refused(&second));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_use_a_link_at_once_one_gets_in() {
    on_each_engine(async |house| {
        let link = ask(house, "kim@example.com").await.unwrap();
        let attempts = (0..8).map(|_| verify(house, "kim@example.com", link.token.reveal()));
        let outcomes = futures::future::join_all(attempts).await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        assert_eq!(
            outcomes
                .iter()
                .filter(|outcome| is_refused(outcome))
                .count(),
            7
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_links_asked_for_at_once_one_stays_open() {
    on_each_engine(async |house| {
        let links = futures::future::join_all((0..5).map(|_| ask(house, "new@example.com"))).await;
        let mut open = 0;
        for link in links.into_iter().flatten() {
            let outcome = verify(house, "new@example.com", link.token.reveal()).await;
            open += usize::from(outcome.is_ok());
        }
        assert_eq!(open, 1);
    })
    .await;
}

#[tokio::test]
async fn a_link_works_until_its_time_is_over() {
    on_each_engine(async |house| {
        let just_in_time = ask(house, "kim@example.com").await.unwrap();
        house
            .clock
            .advance(LINK_LIFE.saturating_sub(Duration::from_micros(1)));
        assert!(
            verify(house, "kim@example.com", just_in_time.token.reveal())
                .await
                .is_ok()
        );

        let late = ask(house, "kim@example.com").await.unwrap();
        house.clock.advance(LINK_LIFE);
        assert!(is_refused(
            &verify(house, "kim@example.com", late.token.reveal()).await
        ));
    })
    .await;
}

#[tokio::test]
async fn asking_again_voids_the_former_link_and_nobody_elses() {
    on_each_engine(async |house| {
        let former = ask(house, "kim@example.com").await.unwrap();
        let other = ask(house, "lee@example.com").await.unwrap();
        let newer = ask(house, "kim@example.com").await.unwrap();
        assert!(is_refused(
            &verify(house, "kim@example.com", former.token.reveal()).await
        ));
        assert!(
            verify(house, "kim@example.com", newer.token.reveal())
                .await
                .is_ok()
        );
        assert!(
            verify(house, "lee@example.com", other.token.reveal())
                .await
                .is_ok()
        );
    })
    .await;
}

#[tokio::test]
async fn a_link_is_for_its_own_address_only() {
    on_each_engine(async |house| {
        let link = ask(house, "kim@example.com").await.unwrap();
        ask(house, "lee@example.com").await.unwrap();
        let token = link.token.reveal();
        assert!(is_refused(&verify(house, "lee@example.com", token).await));
        assert!(is_refused(
            &verify(house, "unknown@example.com", token).await
        ));
        assert!(is_refused(&verify(house, "kim@example.com", "x").await));
        assert!(
            verify(house, "kim@example.com", token).await.is_ok(),
            "a miss does not use it up"
        );
    })
    .await;
}

#[tokio::test]
async fn only_the_digest_of_a_token_is_kept() {
    on_each_engine(async |house| {
        let Link { token, .. } = ask(house, "kim@example.com").await.unwrap();
        let digest = digest_hex(token.reveal());
        assert!(is_refused(&verify(house, "kim@example.com", &digest).await));
    })
    .await;
}

#[tokio::test]
async fn signing_out_ends_this_login_and_no_other() {
    on_each_engine(async |house| {
        let (laptop, phone) = (
            sign_in(house, "kim@example.com").await,
            sign_in(house, "kim@example.com").await,
        );
        let mut heard = house.works.signals().listen();
        for _ in 0..2 {
            let actor = Actor::User(laptop.user.clone());
            let mut work = house.works.begin(actor).await.unwrap();
            logout(&mut work).await.unwrap();
            work.commit().await.unwrap();
        }
        assert_eq!(found(house, &laptop).await, None);
        assert!(found(house, &phone).await.is_some());
        let Ok(Signal::LoginRevoked { login_id }) = heard.try_recv() else {
            panic!("not heard")
        };
        assert_eq!(login_id, laptop.user.login_id);
        assert!(
            heard.try_recv().is_err(),
            "the second time there was nothing to revoke"
        );
        let log = log(house).await;
        assert_eq!(
            log.iter().filter(|row| row.action == "signed_out").count(),
            1
        );
    })
    .await;
}

#[tokio::test]
async fn a_login_is_over_after_twelve_hours() {
    on_each_engine(async |house| {
        let login = sign_in(house, "kim@example.com").await;
        house
            .clock
            .advance(LOGIN_LIFE.saturating_sub(Duration::from_micros(1)));
        assert!(found(house, &login).await.is_some());
        house.clock.advance(Duration::from_micros(1));
        assert_eq!(found(house, &login).await, None);
    })
    .await;
}

#[tokio::test]
async fn somebody_disabled_is_out_at_once_and_stays_out() {
    on_each_engine(async |house| {
        let login = sign_in(house, "kim@example.com").await;
        let link = ask(house, "kim@example.com").await.unwrap();
        let mut work = system(house).await;
        disable_user(&mut work, login.user.user_id).await.unwrap();
        work.commit().await.unwrap();

        assert_eq!(found(house, &login).await, None);
        assert!(is_refused(
            &verify(house, "kim@example.com", link.token.reveal()).await
        ));
        let link = ask(house, "kim@example.com").await.unwrap();
        assert!(is_refused(
            &verify(house, "kim@example.com", link.token.reveal()).await
        ));

        let mut work = system(house).await;
        enable_user(&mut work, login.user.user_id).await.unwrap();
        work.commit().await.unwrap();
        assert_eq!(
            found(house, &login).await,
            None,
            "a login that ended does not come back"
        );
        sign_in(house, "kim@example.com").await;
    })
    .await;
}

#[tokio::test]
async fn another_role_ends_the_logins_of_the_former_one() {
    on_each_engine(async |house| {
        let login = sign_in(house, "kim@example.com").await;
        let mut work = system(house).await;
        let id = login.user.user_id;
        set_role(&mut work, id, Membership::alone(Role::Streamer))
            .await
            .unwrap();
        work.commit().await.unwrap();
        assert!(found(house, &login).await.is_some(), "nothing has changed");

        let mut work = system(house).await;
        set_role(&mut work, id, Membership::alone(Role::Admin))
            .await
            .unwrap();
        work.commit().await.unwrap();
        assert_eq!(found(house, &login).await, None);
        assert_eq!(
            sign_in(house, "kim@example.com").await.user.role,
            Role::Admin
        );
    })
    .await;
}

#[tokio::test]
async fn each_role_belongs_to_its_kind_of_organization_or_to_none() {
    on_each_engine(async |house| {
        let agency = acme(house, OrganizationKind::Agency).await.id;
        let brand = acme(house, OrganizationKind::Brand).await.id;
        let nowhere: OrganizationId = house.works.mint();
        for &role in Role::ALL {
            for organization_id in [None, Some(agency), Some(brand), Some(nowhere)] {
                let expected = match role {
                    Role::Agency => Some(agency),
                    Role::Brand => Some(brand),
                    Role::Admin | Role::Streamer | Role::Viewer => None,
                };
                let mut work = system(house).await;
                let membership = Membership {
                    role,
                    organization_id,
                };
                let user = NewUser {
                    email: email("new@example.com"),
                    membership,
                };
                let outcome = add_user(&mut work, user).await;
                assert_eq!(
                    outcome.is_ok(),
                    organization_id == expected,
                    "{membership:?}"
                );
            }
        }
    })
    .await;
}

#[tokio::test]
async fn an_address_belongs_to_one_person() {
    on_each_engine(async |house| {
        let mut work = system(house).await;
        let membership = Membership::alone(Role::Viewer);
        let user = |address| NewUser {
            email: email(address),
            membership,
        };
        add_user(&mut work, user("kim@example.com")).await.unwrap();
        let again = add_user(&mut work, user("KIM@example.com")).await;
        assert!(matches!(again, Err(AccountsError::EmailTaken)));
    })
    .await;
}

async fn members(house: &House, filter: UserFilter) -> Vec<String> {
    let mut work = system(house).await;
    let all = list_members(&mut work, &filter, Limit::new(9).unwrap(), None).await;
    all.unwrap()
        .into_iter()
        .map(|member| member.user.email)
        .collect()
}

#[tokio::test]
async fn people_are_listed_page_by_page_newest_first_and_only_for_administrators() {
    on_each_engine(async |house| {
        for address in ["a@example.com", "b@example.com", "c@example.com"] {
            sign_in(house, address).await;
            house.clock.advance(Duration::from_secs(1));
        }
        let login = sign_in(house, "a@example.com").await;
        let mut work = system(house).await;
        let (all, two) = (UserFilter::default(), Limit::new(2).unwrap());
        let first = list_members(&mut work, &all, two, None).await.unwrap();
        let emails: Vec<&str> = first.iter().map(|one| one.user.email.as_str()).collect();
        assert_eq!(emails, ["c@example.com", "b@example.com"]);
        let last = first[1].user.place();
        let rest = list_members(&mut work, &all, two, Some(last))
            .await
            .unwrap();
        assert_eq!(rest.len(), 1);
        drop(work);
        let mut work = house.works.read(Actor::User(login.user)).await.unwrap();
        let refused = list_members(&mut work, &all, two, None).await;
        assert!(matches!(refused, Err(AccountsError::Denied(_))));
    })
    .await;
}

#[tokio::test]
async fn people_are_found_by_a_part_of_their_address_and_by_what_they_are() {
    on_each_engine(async |house| {
        let agency = acme(house, OrganizationKind::Agency).await;
        let kim = sign_in(house, "kim_1@example.com").await;
        sign_in(house, "kimx1@example.com").await;
        let mut work = system(house).await;
        let user = NewUser {
            email: email("lee@example.com"),
            membership: Membership::of(Role::Agency, agency.id),
        };
        add_user(&mut work, user).await.unwrap();
        disable_user(&mut work, kim.user.user_id).await.unwrap();
        work.commit().await.unwrap();
        let part = |text: &str| UserFilter {
            part: Some(text.to_owned()),
            ..UserFilter::default()
        };
        assert_eq!(members(house, part("KIM_1")).await, ["kim_1@example.com"]);
        assert!(members(house, part("%")).await.is_empty());
        let role = UserFilter {
            role: Some(Role::Agency),
            ..UserFilter::default()
        };
        assert_eq!(members(house, role).await, ["lee@example.com"]);
        let place = UserFilter {
            organization_id: Some(agency.id),
            disabled: Some(false),
            ..UserFilter::default()
        };
        assert_eq!(members(house, place).await, ["lee@example.com"]);
        let disabled = UserFilter {
            disabled: Some(true),
            ..UserFilter::default()
        };
        assert_eq!(members(house, disabled).await, ["kim_1@example.com"]);
    })
    .await;
}

#[tokio::test]
async fn organizations_are_renamed_under_their_id() {
    on_each_engine(async |house| {
        let agency = acme(house, OrganizationKind::Agency).await;
        let mut work = system(house).await;
        let name = OrganizationName::parse("Acme Media").unwrap();
        for _ in 0..2 {
            put_organization(&mut work, agency.id, agency.kind, &name)
                .await
                .unwrap();
        }
        let all = list_organizations(&mut work, Limit::new(9).unwrap(), None)
            .await
            .unwrap();
        let renamed = Organization {
            name: "Acme Media".to_owned(),
            version: Version::new(2).unwrap(),
            ..agency
        };
        assert_eq!(all, [renamed]);
        let stale = rename_organization(&mut work, agency.id, &name, Some(Version::FIRST)).await;
        assert!(matches!(stale, Err(AccountsError::Stale { current }) if current.get() == 2));
        work.commit().await.unwrap();
        let row = &log(house).await[0];
        assert_eq!(row.action, "organization_renamed");
        let payload = json!({ "before": { "name": "Acme" }, "after": { "name": "Acme Media" } });
        assert_eq!(row.payload, Some(payload));
    })
    .await;
}

#[tokio::test]
async fn who_only_asks_leaves_no_user_behind() {
    on_each_engine(async |house| {
        for number in 0..20 {
            ask(house, &format!("stranger{number}@example.com")).await;
        }
        assert!(members(house, UserFilter::default()).await.is_empty());
        let mut work = system(house).await;
        assert_eq!(sweep(&mut work).await.unwrap(), 0);
        work.commit().await.unwrap();
        house.clock.advance(LINK_LIFE);
        let mut work = system(house).await;
        assert_eq!(sweep(&mut work).await.unwrap(), 20, "nothing of it stays");
    })
    .await;
}

#[tokio::test]
async fn an_address_gets_five_links_and_then_none_until_its_time_is_over() {
    on_each_engine(async |house| {
        let mut last = None;
        for _ in 0..LINKS_ASKED_MAX {
            last = ask(house, "kim@example.com").await;
            assert!(last.is_some());
        }
        for _ in 0..3 {
            assert!(ask(house, "kim@example.com").await.is_none());
        }
        assert!(ask(house, "lee@example.com").await.is_some());
        let token = last.unwrap().token;
        let login = verify(house, "kim@example.com", token.reveal()).await;
        assert!(login.is_ok(), "a refusal voids nothing");
        assert!(ask(house, "kim@example.com").await.is_none());

        let mut work = system(house).await;
        let invited = request_link(&mut work, &email("kim@example.com")).await;
        assert!(invited.unwrap().is_some(), "whoever manages people may");
        work.commit().await.unwrap();
        house.clock.advance(LINK_LIFE);
        assert!(ask(house, "kim@example.com").await.is_some());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_ask_at_once_no_more_than_the_limit_get_a_link() {
    on_each_engine(async |house| {
        let all = (0..16).map(|_| ask(house, "kim@example.com"));
        let links = futures::future::join_all(all).await;
        let made = u32::try_from(links.iter().flatten().count()).unwrap();
        assert_eq!(made, LINKS_ASKED_MAX);
    })
    .await;
}

#[tokio::test]
async fn a_person_sees_their_logins_and_ends_them() {
    on_each_engine(async |house| {
        let agent = UserAgent::from_header("  Firefox\t140 ").unwrap();
        assert_eq!(agent.as_str(), "Firefox140");
        let long = UserAgent::from_header(&"x".repeat(300)).unwrap();
        assert_eq!(long.as_str().len(), 200);
        assert_eq!(UserAgent::from_header(" "), None);
        let link = ask(house, "kim@example.com").await.unwrap();
        let mut work = house.works.begin(Actor::Nobody).await.unwrap();
        let token = link.token.reveal();
        let phone = verify_link(&mut work, &link.email, token, Some(&agent)).await;
        work.commit().await.unwrap();
        let phone = phone.unwrap();
        house.clock.advance(Duration::from_mins(1));
        let laptop = sign_in(house, "kim@example.com").await;
        let other = sign_in(house, "lee@example.com").await;

        let listed = logins_of(house, &laptop).await;
        let ids: Vec<LoginId> = listed.iter().map(|one| one.id).collect();
        assert_eq!(ids, [laptop.user.login_id, phone.user.login_id]);
        assert_eq!(listed[1].user_agent.as_deref(), Some("Firefox140"));
        assert!(listed[0].is_current && !listed[1].is_current);

        let mut heard = house.works.signals().listen();
        let actor = || Actor::User(laptop.user.clone());
        for id in [other.user.login_id, house.works.mint()] {
            let mut work = house.works.begin(actor()).await.unwrap();
            let refused = revoke_login(&mut work, id).await;
            assert!(matches!(refused, Err(AccountsError::LoginNotFound)));
        }
        let mut work = house.works.begin(actor()).await.unwrap();
        revoke_login(&mut work, phone.user.login_id).await.unwrap();
        work.commit().await.unwrap();
        let Ok(Signal::LoginRevoked { login_id }) = heard.try_recv() else {
            panic!("not heard")
        };
        assert_eq!(login_id, phone.user.login_id);
        assert_eq!(found(house, &phone).await, None);
        assert!(found(house, &other).await.is_some());
        assert_eq!(logins_of(house, &laptop).await.len(), 1);
        assert_eq!(log(house).await[0].action, "login_revoked");
    })
    .await;
}

async fn logins_of(house: &House, login: &Login) -> Vec<OwnLogin> {
    let actor = Actor::User(login.user.clone());
    let mut work = house.works.read(actor).await.unwrap();
    list_logins(&mut work, Limit::new(9).unwrap(), None)
        .await
        .unwrap()
}

#[tokio::test]
async fn everything_but_the_login_one_asks_with_can_be_ended_at_once() {
    on_each_engine(async |house| {
        let mut all = Vec::new();
        for _ in 0..3 {
            all.push(sign_in(house, "kim@example.com").await);
        }
        let mut work = house
            .works
            .begin(Actor::User(all[1].user.clone()))
            .await
            .unwrap();
        assert_eq!(revoke_other_logins(&mut work).await.unwrap(), 2);
        work.commit().await.unwrap();
        let held: Vec<bool> = [
            found(house, &all[0]).await.is_some(),
            found(house, &all[1]).await.is_some(),
            found(house, &all[2]).await.is_some(),
        ]
        .into();
        assert_eq!(held, [false, true, false]);
    })
    .await;
}

#[tokio::test]
async fn a_login_is_seen_now_and_then() {
    on_each_engine(async |house| {
        let login = sign_in(house, "kim@example.com").await;
        house.clock.advance(Duration::from_secs(299));
        let mut work = house.works.read(Actor::Nobody).await.unwrap();
        let seen = find_login(&mut work, login.user.login_id).await.unwrap();
        assert!(!seen.unwrap().is_due(&work));
        drop(work);
        house.clock.advance(Duration::from_secs(1));
        let mut work = house.works.begin(Actor::Nobody).await.unwrap();
        let seen = find_login(&mut work, login.user.login_id).await.unwrap();
        assert!(seen.unwrap().is_due(&work));
        see_login(&mut work, login.user.login_id).await.unwrap();
        let now = work.now;
        work.commit().await.unwrap();
        assert_eq!(logins_of(house, &login).await[0].last_seen_at, now);
    })
    .await;
}

async fn admin(house: &House, address: &str) -> User {
    let mut work = system(house).await;
    let user = NewUser {
        email: email(address),
        membership: Membership::alone(Role::Admin),
    };
    let user = add_user(&mut work, user).await.unwrap();
    work.commit().await.unwrap();
    user
}

fn demoted() -> UserChange {
    UserChange {
        role: Some(Role::Viewer),
        ..UserChange::default()
    }
}

fn kept_out() -> UserChange {
    UserChange {
        disabled: Some(true),
        ..UserChange::default()
    }
}

#[tokio::test]
async fn a_change_names_the_state_it_was_made_from_and_is_written_down() {
    on_each_engine(async |house| {
        let agency = acme(house, OrganizationKind::Agency).await;
        let login = sign_in(house, "kim@example.com").await;
        let id = login.user.user_id;
        let hire = UserChange {
            role: Some(Role::Agency),
            belonging: Belonging::To(agency.id),
            disabled: None,
        };
        let mut work = system(house).await;
        let hired = change_user(&mut work, id, hire, Some(Version::FIRST)).await;
        let hired = hired.unwrap();
        work.commit().await.unwrap();
        assert_eq!(hired.version.get(), 2);
        assert_eq!(found(house, &login).await, None);

        let mut work = system(house).await;
        let stale = change_user(&mut work, id, kept_out(), Some(Version::FIRST)).await;
        assert!(matches!(stale, Err(AccountsError::Stale { current }) if current == hired.version));
        let fired = change_user(&mut work, id, demoted(), Some(hired.version)).await;
        assert_eq!(
            fired.unwrap().organization_id,
            None,
            "a viewer belongs nowhere"
        );
        let alone = UserChange {
            role: Some(Role::Brand),
            ..UserChange::default()
        };
        let refused = change_user(&mut work, id, alone, None).await;
        assert!(matches!(
            refused,
            Err(AccountsError::WrongOrganization { .. })
        ));
        change_user(&mut work, id, kept_out(), None).await.unwrap();
        work.commit().await.unwrap();

        let rows = log(house).await;
        let at = rows[0].created_at.to_string();
        let disabled = json!({ "before": { "disabledAt": null }, "after": { "disabledAt": at } });
        assert_eq!(rows[0].action, "user_disabled");
        assert_eq!(rows[0].payload, Some(disabled));
        let fired = json!({
            "before": { "role": "agency", "organizationId": agency.id },
            "after": { "role": "viewer", "organizationId": null },
        });
        assert_eq!(rows[1].payload, Some(fired));
    })
    .await;
}

#[tokio::test]
async fn the_last_administrator_stays_one() {
    on_each_engine(async |house| {
        let (root, other) = (
            admin(house, "root@example.com").await,
            admin(house, "other@example.com").await,
        );
        let mut work = system(house).await;
        change_user(&mut work, other.id, kept_out(), None)
            .await
            .unwrap();
        for change in [demoted(), kept_out()] {
            let refused = change_user(&mut work, root.id, change, None).await;
            assert!(matches!(refused, Err(AccountsError::LastAdmin)));
        }
        let gone = change_user(&mut work, other.id, demoted(), None).await;
        assert!(gone.is_ok(), "who is kept out is not the last one");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_administrators_who_keep_each_other_out_one_stays() {
    on_each_engine(async |house| {
        let ids = [
            admin(house, "root@example.com").await.id,
            admin(house, "other@example.com").await.id,
        ];
        let attempts = ids.map(|id| async move {
            let mut work = house.works.begin(Actor::System).await.unwrap();
            let changed = change_user(&mut work, id, kept_out(), None).await;
            work.commit().await.unwrap();
            changed
        });
        let outcomes = futures::future::join_all(attempts).await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    })
    .await;
}
