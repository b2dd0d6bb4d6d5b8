//! What an officer signs on his own machine: an order, or a change by the governance, as a transaction of the node's chain.

use anyhow::{Context as _, Result};
use bytes::Bytes;
use ed25519_zebra::{SigningKey, VerificationKeyBytes};
use pangolin_client::{Client, ClientError, NodeStatus, Transaction as Sent};
use pangolin_gs1::Key;
use pangolin_ledger::{
    Auth, Body, ChainId, Code, DataClass, Height, OrderKind, OrderScope, OrderTerms, PartyId,
    PublicKey, Signature, SignedTransaction, Transaction, Wire as _,
};
use pangolin_profiles::{
    capture::id,
    catalog::{self, Rules},
};
use std::time::Duration;

use crate::{cli::NodeArgs, connect, failure::Failure, node::read_key};

/// Blocks within which a node must take it.
const VALID_BLOCKS: u64 = 1_000;

/// Time in which an index follows its chain.
const INDEXING: Duration = Duration::from_millis(300);

/// An officer: the party and its key.
pub(crate) struct Officer {
    /// The party.
    pub(crate) party: PartyId,
    /// Its key.
    pub(crate) key: SigningKey,
}

/// Something that an officer signed: an order, or a change by the governance.
pub(crate) struct Signed {
    /// Identity of the transaction, hexadecimal; of the order too, where it issues one.
    pub(crate) id: String,
    /// Last block that can take it.
    pub(crate) valid_until: u64,
    bytes: Bytes,
}

impl Signed {
    /// Hands it in and waits so long until it is final. Handed in again, it is answered with its fate.
    pub(crate) async fn submit(
        &self,
        client: &Client,
        wait: Duration,
    ) -> Result<Sent, ClientError> {
        let sent = client.submit(self.bytes.clone(), wait).await?;
        let mut sent = sent.into_iter().next().ok_or(ClientError::OtherAnswer)?;
        // that a part of it states what is recorded is a refusal: only the whole of it was handed in before
        let whole = sent
            .refusal
            .as_ref()
            .is_none_or(|refusal| refusal.place.is_empty());
        if sent.code.as_deref() != Some("already-recorded") || !whole {
            return Ok(sent);
        }
        // it became final between two questions: the index says where
        match client.transaction(&self.id).await {
            Err(error) if error.code() == "unknown-transaction" => {
                tokio::time::sleep(INDEXING).await;
                sent.state = "sent".into();
                Ok(sent)
            }
            // that it is final was said already; where, a node without an index does not know
            Err(_) => {
                sent.state = "final".into();
                Ok(sent)
            }
            found => found,
        }
    }
}

impl Officer {
    /// Whoever acts with the key of the options: the party that they name, else the one whose key it is, as the node knows it.
    /// `what` is signed by `whom`.
    pub(crate) async fn acting(node: &NodeArgs, what: &str, whom: &str) -> Result<Self> {
        let Some(file) = &node.key else {
            return Err(Failure::usage(format!("{what} is signed by {whom}"))
                .at("--key")
                .advising(format!("give --key FILE of {whom}"))
                .into());
        };
        let key = read_key(file)?;
        let party = if let Some(party) = &node.party {
            connect::party(party)?
        } else {
            // a wrong answer would only make the chain refuse what is signed
            let known = connect::client(node)?.identity().await?;
            connect::party(&known.party)?
        };
        Ok(Self { party, key })
    }

    /// Signs something for the chain of the node that stands so.
    pub(crate) fn sign(&self, status: &NodeStatus, body: Body) -> Result<Signed> {
        let chain = hex::decode(&status.chain).ok();
        let chain = chain.and_then(|bytes| bytes.try_into().ok());
        let chain = chain.context("the node does not say which chain it is on")?;
        let tx = Transaction {
            chain: ChainId(chain),
            profile: spoken(status)?.reference,
            class: DataClass::Transaction,
            issuer: self.party.clone(),
            key: PublicKey(VerificationKeyBytes::from(&self.key).into()),
            valid_until: Height(status.height + VALID_BLOCKS),
            body,
        };
        let valid_until = tx.valid_until.0;
        let statement = Auth::Single(Signature([0; 64])).statement(&tx.id());
        let id = tx.id().to_string();
        let signed = SignedTransaction::new(
            tx,
            Auth::Single(Signature(self.key.sign(&statement).into())),
        );
        Ok(Signed {
            id,
            valid_until,
            bytes: signed.to_bytes().into(),
        })
    }
}

/// The rules that the chain of the node that stands so follows: whatever is signed for it is signed under them.
pub(crate) fn spoken(status: &NodeStatus) -> Result<&'static Rules> {
    let known = catalog::all().find(|rules| rules.reference.to_string() == status.profile);
    known.ok_or_else(|| {
        let name = &status.profile_name;
        Failure::local(
            "unknown-profile",
            format!("the chain of this node follows the rules of {name:?}, which this program does not have"),
        )
        .advising("use a version of this program that has them")
        .into()
    })
}

/// What an order says.
pub(crate) fn terms(kind: OrderKind, scope: OrderScope, basis: &str, reason: Code) -> OrderTerms {
    OrderTerms {
        kind,
        scope,
        reason,
        legal_basis: basis.to_owned(),
        expires: None,
        officers: 1,
        document: None,
    }
}

/// What an order is on.
pub(crate) fn scope(subject: &str) -> Result<OrderScope> {
    let key = Key::parse(subject).map_err(|error| {
        Failure::usage(format!("{subject:?} is no identifier: {error}"))
            .at("SUBJECT")
            .advising("give a pack as '(01)GTIN(21)SERIAL', a lot as '(01)GTIN(10)LOT', a case or pallet as '(00)SSCC', a product as '(01)GTIN', a party as '(417)GLN', or the same as a URI")
    })?;
    let scope = match &key {
        Key::Lgtin { .. } | Key::ItipLot { .. } => id::group(&key).map(OrderScope::Group),
        Key::Gtin { .. } => id::class(&key).map(OrderScope::Class),
        Key::Pgln { .. } => id::party(&key).map(OrderScope::Party),
        _ => id::object(&key).map(OrderScope::Object),
    };
    scope.with_context(|| format!("{subject:?} cannot be what an order is on"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_on_what_its_subject_names() {
        let kind = |subject| match scope(subject).unwrap() {
            OrderScope::Object(_) => "object",
            OrderScope::Group(_) => "group",
            OrderScope::Class(_) => "class",
            OrderScope::Party(_) => "party",
        };
        assert_eq!(kind("(01)00301430957019(21)7"), "object");
        assert_eq!(kind("(01)00301430957019(10)A23"), "group");
        assert_eq!(kind("(01)00301430957019"), "class");
        assert_eq!(kind("https://id.gs1.org/417/0301430000005"), "party");
        let error = Failure::of(&scope("(01)00301430957010(10)A23").unwrap_err()).json();
        assert_eq!(
            (&error["code"], &error["place"]),
            (&"usage".into(), &"SUBJECT".into())
        );
        assert!(
            error["remedy"].as_str().unwrap().contains("(10)LOT"),
            "{error}"
        );
    }
}
