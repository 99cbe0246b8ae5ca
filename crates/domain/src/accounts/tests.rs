//! The room on a real database, once per engine.

use std::time::Duration;

use beta_kit::page::Limit;
use beta_kit::text::Email;

use super::*;
use crate::actor::{Actor, Role};
use crate::audit::Audit;
use crate::testing::{House, on_each_engine};

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
    let login = verify_link(&mut work, &email(address), token).await?;
    work.commit().await.unwrap();
    Ok(login)
}

async fn sign_in(house: &House, address: &str) -> Login {
    let link = ask(house, address).await.unwrap();
    verify(house, address, link.token.reveal()).await.unwrap()
}

async fn found(house: &House, login: &Login) -> Option<UserActor> {
    let mut work = house.works.read(Actor::Nobody).await.unwrap();
    find_login(&mut work, login.user.login_id).await.unwrap()
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
        let links = futures::future::join_all((0..6).map(|_| ask(house, "new@example.com"))).await;
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
        assert!(ask(house, "kim@example.com").await.is_none());

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

#[tokio::test]
async fn people_are_listed_page_by_page_and_only_for_administrators() {
    on_each_engine(async |house| {
        for address in ["c@example.com", "a@example.com", "b@example.com"] {
            ask(house, address).await;
        }
        let login = sign_in(house, "a@example.com").await;
        let mut work = system(house).await;
        let first = list_users(&mut work, Limit::new(2).unwrap(), None)
            .await
            .unwrap();
        let emails: Vec<&str> = first.iter().map(|user| user.email.as_str()).collect();
        assert_eq!(emails, ["a@example.com", "b@example.com"]);
        let after = email("b@example.com");
        let rest = list_users(&mut work, Limit::new(2).unwrap(), Some(&after))
            .await
            .unwrap();
        assert_eq!(rest.len(), 1);
        drop(work);
        let mut work = house.works.read(Actor::User(login.user)).await.unwrap();
        let refused = list_users(&mut work, Limit::new(2).unwrap(), None).await;
        assert!(matches!(refused, Err(AccountsError::Denied(_))));
    })
    .await;
}

#[tokio::test]
async fn organizations_are_renamed_under_their_id() {
    on_each_engine(async |house| {
        let agency = acme(house, OrganizationKind::Agency).await;
        let mut work = system(house).await;
        let name = OrganizationName::parse("Acme Media").unwrap();
        put_organization(&mut work, agency.id, agency.kind, &name)
            .await
            .unwrap();
        let all = list_organizations(&mut work, Limit::new(9).unwrap(), None)
            .await
            .unwrap();
        assert_eq!(
            all,
            [Organization {
                name: "Acme Media".to_owned(),
                ..agency
            }]
        );
    })
    .await;
}
