//! What an owner of events asks: fields of them, and to whom they were disclosed.

use crate::{Client, ClientError, Disclosures, query, segment};

/// Disclosures in a page: as many as a node gives.
const PAGE: &str = "1000";
/// Pages read by [`Client::all_disclosures`].
const MAX_PAGES: usize = 1_000;

/// Where fields of an event are.
pub(crate) fn fields(event: &str, paths: &[String]) -> String {
    let paths: Vec<_> = paths.iter().map(|path| ("path", path.as_str())).collect();
    format!("/fields/{}{}", segment(event), query(&paths))
}

impl Client {
    /// A page of what the node disclosed of the events of whoever signs, after a number.
    pub async fn disclosures(&self, after: i64) -> Result<Disclosures, ClientError> {
        let after = after.to_string();
        let given = [("limit", PAGE), ("after", after.as_str())];
        self.json(&format!("/disclosures{}", query(&given))).await
    }

    /// All pages of that as one. Where there are more than the limit of pages, [`Disclosures::next`] says where it goes on.
    pub async fn all_disclosures(&self, after: i64) -> Result<Disclosures, ClientError> {
        let mut all = self.disclosures(after).await?;
        for _ in 1..MAX_PAGES {
            let Some(next) = all.next else { break };
            let page = self.disclosures(next).await?;
            all.disclosures.extend(page.disclosures);
            (all.next, all.dropped, all.time) = (page.next, page.dropped, page.time);
        }
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_asked_for_by_their_paths() {
        let paths = ["/bizStep".to_owned(), "/epcList/".to_owned()];
        assert_eq!(fields("ni:///x", &[]), "/fields/ni%3A%2F%2F%2Fx");
        assert_eq!(
            fields("a", &paths),
            "/fields/a?path=%2FbizStep&path=%2FepcList%2F"
        );
    }
}
