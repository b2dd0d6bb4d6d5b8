//! What is known of an identifier over chains: the directory, the search, contents, and who somebody is.

use bytes::Bytes;
use serde_json::json;

use crate::{
    Client, ClientError, Contents, Findings, Identity, NodeDirectory, Piece, query, segment,
};

/// Where the block of a height is; the last one where none is given.
pub(crate) fn header(height: Option<u64>) -> String {
    let height = height.map_or_else(|| "latest".to_owned(), |height| height.to_string());
    format!("/proofs/header/{height}")
}

impl Client {
    /// Whether nobody else reads what is sent and answered: it is encrypted, or does not leave this machine.
    pub fn is_private(&self) -> bool {
        self.caller.is_private()
    }

    /// The chains that the node knows of; those that are likely to know `epc` first.
    pub async fn directory(&self, epc: Option<&str>) -> Result<NodeDirectory, ClientError> {
        let given: Vec<(&str, &str)> = epc.iter().map(|epc| ("for", *epc)).collect();
        self.json(&format!("/directory{}", query(&given))).await
    }

    /// What the node finds over all chains; `everywhere` asks also those that nothing leads to.
    pub async fn find(&self, epc: &str, everywhere: bool) -> Result<Findings, ClientError> {
        let given: &[(&str, &str)] = if everywhere {
            &[("everywhere", "true")]
        } else {
            &[]
        };
        self.json(&format!("/find/{}{}", segment(epc), query(given)))
            .await
    }

    /// What came to the chain and left it of an object's history, and what else `wants` asks for, without events; each question is a `Want`
    /// of the ledger in its canonical encoding.
    pub async fn ends(&self, wants: &[Vec<u8>]) -> Result<Piece, ClientError> {
        let query: Vec<String> = wants
            .iter()
            .map(|want| format!("want={}", hex::encode(want)))
            .collect();
        self.json(&format!(
            "/proofs/provenance?{}&events=none",
            query.join("&")
        ))
        .await
    }

    /// What the chain has of several histories, without proof; `questions` and the answer are the ledger's `Questions` and `Pieces` in their
    /// canonical encoding.
    pub async fn pieces(&self, questions: Bytes) -> Result<Bytes, ClientError> {
        let headers = [("content-type", "application/octet-stream".to_owned())];
        let sent = self
            .send("POST", "/proofs/provenance", &headers, questions)
            .await?;
        Ok(sent.success()?.body)
    }

    /// The chain's proof of who owns the key that signs this request.
    pub async fn identity(&self) -> Result<Identity, ClientError> {
        let key = self.caller.public_key().ok_or_else(|| {
            ClientError::Setup("who somebody is is proven of a key, and there is none".to_owned())
        })?;
        self.json(&format!("/proofs/identity?key={}", hex::encode(key)))
            .await
    }

    /// The events of an object's history that whoever signs may read. A party of another chain shows by `home` who it
    /// is there. With `fields`, those of events that are not on the chain come with proof.
    pub async fn contents(
        &self,
        epc: &str,
        home: Option<&Identity>,
        fields: bool,
    ) -> Result<Contents, ClientError> {
        let home = home.map(|home| json!({ "chain": home.chain, "state": home.state }));
        let body = json!({ "epc": epc, "identity": home, "fields": fields }).to_string();
        let headers = [
            ("content-type", "application/json".to_owned()),
            ("accept", "application/json".to_owned()),
        ];
        self.send("POST", "/contents", &headers, Bytes::from(body))
            .await?
            .success()?
            .json()
    }
}
