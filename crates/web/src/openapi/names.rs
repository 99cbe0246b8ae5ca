//! The names of schemas. A schema is called like its type, without the word `Body`.

use std::any::type_name;

/// The name for the schema of `T`: `Page<a::RowBody>` is `PageWithRow`.
pub(super) fn of_type<T: ?Sized>() -> String {
    plain(type_name::<T>())
}

/// The type of the items when `T` is a list, and otherwise nothing.
pub(super) fn of_items<T: ?Sized>() -> Option<String> {
    let items = type_name::<T>().strip_prefix("alloc::vec::Vec<")?;
    items.strip_suffix('>').map(plain)
}

/// The name for a schema that a derive calls `name`: `BookedBody_AssignmentBody` is
/// `BookedWithAssignment`.
pub(super) fn of_schema(name: &str) -> String {
    let parts: Vec<&str> = name.split('_').map(without_body).collect();
    parts.join("With")
}

fn plain(full: &str) -> String {
    let parts: Vec<&str> = full
        .trim_end_matches('>')
        .split('<')
        .map(|part| without_body(part.rsplit("::").next().unwrap_or(part)))
        .collect();
    parts.join("With")
}

fn without_body(name: &str) -> &str {
    name.strip_suffix("Body").unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct RowBody;
    struct Page<T>(T);

    #[test]
    fn a_type_gives_its_schema_the_name() {
        assert_eq!(of_type::<RowBody>(), "Row");
        assert_eq!(of_type::<Page<RowBody>>(), "PageWithRow");
        assert_eq!(of_schema("Page_RowBody"), "PageWithRow");
        assert_eq!(of_items::<Vec<RowBody>>().as_deref(), Some("Row"));
        assert_eq!(of_items::<RowBody>(), None);
        let Page(RowBody) = Page(RowBody);
    }
}
