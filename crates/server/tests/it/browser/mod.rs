//! What only a real browser can show.

mod description;
mod overlay_page;
mod portal;
mod story;

use beta_testkit::browser::Page;

use crate::program::Program;

/// Signs in as the person of this role, the way a person does.
async fn sign_in(program: &Program, page: &Page, role: &str) {
    let email = format!("{role}@example.com");
    page.goto(&format!("{}/auth/sign-in", program.url))
        .await
        .unwrap();
    page.fill("input[name=email]", &email).await.unwrap();
    page.click("main form button").await.unwrap();
    page.reads("h1", "Look in your mail").await.unwrap();
    page.click("main .notice a").await.unwrap();
    page.reads("h1", &email).await.unwrap();
    page.click("main form button").await.unwrap();
    page.until("!location.pathname.startsWith('/auth/')")
        .await
        .unwrap();
}
