//! The page that shows the description of the API.

use beta_testkit::browser::Browser;
use serde_json::json;

use crate::program::Program;

/// What the page has asked other hosts for.
const FROM_ELSEWHERE: &str = "return performance.getEntriesByType('resource')
    .map((entry) => entry.name)
    .filter((name) => !name.startsWith(location.origin + '/') && !name.startsWith('data:'))";

#[tokio::test]
async fn every_operation_can_be_read_and_nothing_comes_from_elsewhere() {
    let program = Program::start().await;
    let browser = Browser::open().await.unwrap();
    let page = browser.first_page().await.unwrap();

    page.goto(&format!("{}/docs#/campaigns/createCampaign", program.url))
        .await
        .unwrap();

    page.sees("#operations-campaigns-createCampaign .opblock-body .body-param__example")
        .await
        .unwrap();
    page.sees("#operations-events-ingestEvent").await.unwrap();
    let elsewhere = page.run(FROM_ELSEWHERE, Vec::new()).await.unwrap();
    assert_eq!(elsewhere, json!([]));
    let errors = browser.console_errors().await.unwrap();
    assert!(errors.is_empty(), "{errors:?}");
}
