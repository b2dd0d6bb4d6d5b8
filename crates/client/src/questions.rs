//! What happened to things: events, verification, traces, proofs.

use bytes::Bytes;

use crate::{Client, ClientError, Verification, finding, owner, query, segment, sign};

/// Pages of events read by [`Client::all_events`].
const MAX_PAGES: usize = 100_000;

/// A page of events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventPage {
    /// The EPCISQueryDocument, in JSON-LD.
    pub document: Bytes,
    /// Path and query of the next page; `None` after the last.
    pub next: Option<String>,
    /// The block as of which this is the answer.
    pub height: Option<u64>,
}

/// A question about a pack (GS1 Lightweight Messaging Standard).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Trade item: 8, 12, 13 or 14 digits.
    pub gtin: String,
    /// Lot.
    pub lot: String,
    /// Serial number.
    pub serial: String,
    /// Expiry date, `YYMMDD`.
    pub expiry: String,
    /// Who asks: 13 digits.
    pub requester: String,
}

/// A proof file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProofFile {
    /// Content.
    pub bytes: Bytes,
    /// Height of the state or block it is about.
    pub height: Option<u64>,
}

/// Of what a proof is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// That a transaction (hexadecimal) or event (hash URI) is final.
    Receipt(String),
    /// The status of an object.
    Status(String),
    /// Who had an object.
    Custody(String),
    /// The block of a height; of the last one where there is none.
    Header(Option<u64>),
    /// Fields of an event.
    Fields {
        /// The event's hash URI.
        event: String,
        /// Paths of the fields; none: all of them.
        paths: Vec<String>,
    },
}

/// The form of a proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProofForm {
    /// Canonical bytes.
    Binary,
    /// JSON.
    Json,
}

impl Client {
    /// A page of events, by the parameters of EPCIS 2.0.
    pub async fn events(&self, parameters: &[(&str, &str)]) -> Result<EventPage, ClientError> {
        self.event_page(&format!("/events{}", query(parameters)))
            .await
    }

    /// The page that [`EventPage::next`] names.
    pub async fn event_page(&self, path: &str) -> Result<EventPage, ClientError> {
        let sent = self.get(path).await?;
        let next = sent.header("link").and_then(next_of);
        let height = sent
            .header("pangolin-height")
            .and_then(|text| text.parse().ok());
        Ok(EventPage {
            document: sent.body,
            next,
            height,
        })
    }

    /// All pages of a query, one after the other, handed to `take` until it says `false`.
    pub async fn all_events(
        &self,
        parameters: &[(&str, &str)],
        mut take: impl FnMut(EventPage) -> bool,
    ) -> Result<(), ClientError> {
        let mut path = format!("/events{}", query(parameters));
        for _ in 0..MAX_PAGES {
            let page = self.event_page(&path).await?;
            let next = page.next.clone();
            match (take(page), next) {
                (true, Some(next)) => path = next,
                _ => return Ok(()),
            }
        }
        Ok(())
    }

    /// An event by its identifier, as an EPCISQueryDocument in JSON-LD.
    pub async fn event(&self, id: &str) -> Result<Bytes, ClientError> {
        Ok(self.get(&format!("/events/{}", segment(id))).await?.body)
    }

    /// Verifies a product identifier. The answer's `corrUUID` is checked against the question's.
    pub async fn verify(&self, question: &Question) -> Result<Verification, ClientError> {
        let correlation = sign::uuid();
        let path = format!(
            "/verify/gtin/{}/lot/{}/ser/{}{}",
            segment(&question.gtin),
            segment(&question.lot),
            segment(&question.serial),
            query(&[
                ("exp", &question.expiry),
                ("linkType", "verificationService"),
                ("context", "dscsaSaleableReturn"),
                ("reqGLN", &question.requester),
                ("corrUUID", &correlation),
            ])
        );
        let headers = [
            ("accept", "application/json".to_owned()),
            ("gs1us-version", "1.3.0".to_owned()),
        ];
        let answer: Verification = self
            .caller
            .send("GET", &path, &headers, Bytes::new())
            .await?
            .success()?
            .json()?;
        if answer.corr_uuid == correlation {
            Ok(answer)
        } else {
            Err(ClientError::OtherAnswer)
        }
    }

    /// A trace of an object: `direction` is `back`, `forward` or `contents`.
    pub async fn trace(
        &self,
        epc: &str,
        direction: &str,
        depth: Option<u32>,
    ) -> Result<serde_json::Value, ClientError> {
        let depth = depth.map(|depth| depth.to_string());
        let mut parameters = vec![("direction", direction)];
        parameters.extend(depth.as_deref().map(|depth| ("depth", depth)));
        self.json(&format!("/trace/{}{}", segment(epc), query(&parameters)))
            .await
    }

    /// Who has packs of a lot.
    pub async fn whereabouts(
        &self,
        gtin: &str,
        lot: &str,
    ) -> Result<serde_json::Value, ClientError> {
        self.json(&format!(
            "/lots/{}/{}/whereabouts",
            segment(gtin),
            segment(lot)
        ))
        .await
    }

    /// A proof.
    pub async fn proof(&self, of: &Proof, form: ProofForm) -> Result<ProofFile, ClientError> {
        let path = match of {
            Proof::Receipt(id) => format!("/proofs/receipt/{}", segment(id)),
            Proof::Status(epc) => format!("/proofs/status/{}", segment(epc)),
            Proof::Custody(epc) => format!("/proofs/custody/{}", segment(epc)),
            Proof::Header(height) => finding::header(*height),
            Proof::Fields { event, paths } => owner::fields(event, paths),
        };
        let accept = match form {
            ProofForm::Binary => "application/octet-stream",
            ProofForm::Json => "application/json",
        };
        let headers = [("accept", accept.to_owned())];
        let sent = self
            .caller
            .send("GET", &path, &headers, Bytes::new())
            .await?
            .success()?;
        let height = sent
            .header("pangolin-height")
            .and_then(|text| text.parse().ok());
        Ok(ProofFile {
            bytes: sent.body,
            height,
        })
    }
}

/// The address of the next page in a `Link` header.
fn next_of(link: &str) -> Option<String> {
    link.split(',').find_map(|part| {
        let (address, relation) = part.trim().strip_prefix('<')?.split_once('>')?;
        relation
            .contains("rel=\"next\"")
            .then(|| address.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_found() {
        assert_eq!(
            next_of("</events?a=1>; rel=\"next\"").as_deref(),
            Some("/events?a=1")
        );
        assert_eq!(
            next_of("</x>; rel=\"prev\", </y>; rel=\"next\"").as_deref(),
            Some("/y")
        );
        assert_eq!(next_of("</x>; rel=\"prev\""), None);
    }
}
