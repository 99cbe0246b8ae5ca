//! Every page with every sample of its view.

use beta_domain::actor::Role;
use insta::assert_snapshot;
use maud::Markup;

use super::layout::{Frame, Person};
use super::{account, control_room, home, problem, sign_in, verify};

fn frame(title: &'static str, path: &'static str, role: Option<Role>) -> Frame {
    let person = role.map(|role| Person {
        email: format!("{role}@betaads.local"),
        role,
    });
    Frame {
        title,
        path,
        person,
        token: "form-token".to_owned(),
        is_bare: false,
        scripts: &[],
    }
}

/// The page with line ends before its tags, so that a change can be read, and without the hash.
fn shown(page: &Markup) -> String {
    let hash = crate::assets::url("");
    page.0.replace(&hash, "/assets/HASH/").replace("><", ">\n<")
}

#[test]
fn pages_for_everybody() {
    assert_snapshot!("home", shown(&home::view(&frame("", "/", None))));
    assert_snapshot!(
        "home_agency",
        shown(&home::view(&frame("", "/", Some(Role::Agency))))
    );
    let signing_in = frame("Sign in", "/auth/sign-in", None);
    for (name, view) in sign_in::SignInView::samples() {
        let page = sign_in::view(&signing_in, &view);
        assert_snapshot!(format!("sign_in_{name}"), shown(&page));
    }
    for (name, view) in sign_in::SentView::samples() {
        let page = sign_in::sent_view(&signing_in, &view);
        assert_snapshot!(format!("sent_{name}"), shown(&page));
    }
    let verifying = frame("Sign in", "/auth/verify", None);
    assert_snapshot!(
        "verify",
        shown(&verify::view(&verifying, &verify::Fields::sample()))
    );
    assert_snapshot!("verify_refused", shown(&verify::refused_view(&verifying)));
    for (name, view) in problem::ProblemView::samples() {
        assert_snapshot!(format!("problem_{name}"), shown(&problem::render(&view)));
    }
}

#[test]
fn the_account_page_of_every_role() {
    for (role, view) in Role::ALL.iter().zip(account::AccountView::samples()) {
        let frame = frame("Your Account", "/account", Some(*role));
        let page = account::render(&frame, &view.1);
        assert_snapshot!(format!("account_{}", view.0), shown(&page));
    }
}

#[test]
fn the_control_room() {
    let frame = frame("Campaign Control Room", "/agency", Some(Role::Agency));
    for (name, view) in control_room::RoomView::samples() {
        let page = control_room::render(&frame, &view);
        assert_snapshot!(format!("control_room_{name}"), shown(&page));
    }
}

#[test]
fn no_page_holds_code_or_styles_of_its_own() {
    let frame = frame("Campaign Control Room", "/agency", Some(Role::Agency));
    for (name, view) in control_room::RoomView::samples() {
        let page = shown(&control_room::render(&frame, &view));
        for banned in [" style=", "<style", " onclick=", "javascript:"] {
            assert!(!page.contains(banned), "{name}: {banned}");
        }
        assert!(
            !page.contains("<Campaign>"),
            "{name}: what people write is escaped"
        );
    }
}
