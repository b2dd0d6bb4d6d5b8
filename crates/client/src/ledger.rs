//! The chain of a node: its transactions and records, orders, parties, validators, and the chains that it knows.

use std::time::Duration;

use bytes::Bytes;

use crate::{
    Chains, Client, ClientError, NodeStatus, Orders, Transaction, Validators, WAIT_STEP, Waiting,
    query, segment,
};

/// Orders in a page: as many as a node gives.
const ORDERS_PAGE: &str = "1000";
/// Pages of orders read by [`Client::all_orders`].
const MAX_ORDER_PAGES: usize = 100;
/// Most pages of chains that are read as one list.
const MAX_CHAIN_PAGES: usize = 64;

/// Records of the state, as the node encodes them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateAnswer {
    /// Height of the state.
    pub height: u64,
    /// Its time, milliseconds since 1970.
    pub time_ms: u64,
    /// The records, or their proof.
    pub bytes: Bytes,
}

impl Client {
    /// Sends transactions that are signed already, as canonical bytes one after the other, and waits for their fate at most so
    /// long.
    pub async fn submit(
        &self,
        transactions: Bytes,
        wait: Duration,
    ) -> Result<Vec<Transaction>, ClientError> {
        let path = format!("/transactions?wait={}", wait.min(WAIT_STEP).as_secs());
        let headers = [("content-type", "application/octet-stream".to_owned())];
        self.caller
            .send("POST", &path, &headers, transactions)
            .await?
            .success()?
            .json()
    }

    /// Records of the state by their keys of 32 bytes, or their proof: for operators of the node and the relays that it lists.
    pub async fn state(&self, keys: Bytes, proof: bool) -> Result<StateAnswer, ClientError> {
        let headers = [("content-type", "application/octet-stream".to_owned())];
        let path = format!("/state?proof={proof}");
        let sent = self.caller.send("POST", &path, &headers, keys).await?;
        let sent = sent.success()?;
        let number = |name| {
            let text = sent.header(name);
            let number = text.and_then(|text| text.parse().ok());
            number.ok_or(ClientError::OtherAnswer)
        };
        Ok(StateAnswer {
            height: number("pangolin-height")?,
            time_ms: number("pangolin-time")?,
            bytes: sent.body.clone(),
        })
    }

    /// Events that wait for what comes first, 1,000 in a page: for operators of the node and the relays that it lists.
    pub async fn waiting(&self, after: Option<i64>) -> Result<Waiting, ClientError> {
        let after = after.map(|after| after.to_string());
        let given: Vec<_> = after
            .iter()
            .map(|after| ("after", after.as_str()))
            .collect();
        self.json(&format!("/waiting{}", query(&given))).await
    }

    /// Where a transaction is.
    pub async fn transaction(&self, id: &str) -> Result<Transaction, ClientError> {
        self.json(&format!("/transactions/{}", segment(id))).await
    }

    /// Sends an order that an officer has signed.
    pub async fn order(&self, transaction: Bytes) -> Result<Transaction, ClientError> {
        let headers = [("content-type", "application/octet-stream".to_owned())];
        self.caller
            .send("POST", "/orders", &headers, transaction)
            .await?
            .success()?
            .json()
    }

    /// A page of orders; `state` is `pending`, `active`, `released` or `expired`, `after` is [`Orders::next`] of the page before.
    pub async fn orders(
        &self,
        state: Option<&str>,
        after: Option<i64>,
    ) -> Result<Orders, ClientError> {
        let after = after.map(|after| after.to_string());
        let given = [("state", state), ("after", after.as_deref())];
        let mut parameters = vec![("limit", ORDERS_PAGE)];
        parameters.extend(
            given
                .iter()
                .filter_map(|(name, value)| Some((*name, (*value)?))),
        );
        self.json(&format!("/orders{}", query(&parameters))).await
    }

    /// All pages of orders as one. Where there are more than the limit of pages, [`Orders::next`] says where it goes on.
    pub async fn all_orders(&self, state: Option<&str>) -> Result<Orders, ClientError> {
        let mut all = self.orders(state, None).await?;
        for _ in 1..MAX_ORDER_PAGES {
            let Some(next) = all.next else { break };
            let page = self.orders(state, Some(next)).await?;
            all.orders.extend(page.orders);
            (all.next, all.height) = (page.next, page.height);
        }
        Ok(all)
    }

    /// The parties that the chain knows.
    pub async fn parties(&self) -> Result<serde_json::Value, ClientError> {
        self.json("/parties").await
    }

    /// A party with its roles.
    pub async fn party(&self, id: &str) -> Result<serde_json::Value, ClientError> {
        self.json(&format!("/parties/{}", segment(id))).await
    }

    /// How the node stands.
    pub async fn status(&self) -> Result<NodeStatus, ClientError> {
        self.json("/status").await
    }

    /// Who validates the chain, and how that changes.
    pub async fn validators(&self) -> Result<Validators, ClientError> {
        self.json("/validators").await
    }

    /// The chains that are known there, a page of them; `after` is [`Chains::next`] of the page before.
    pub async fn chains(&self, after: Option<u64>) -> Result<Chains, ClientError> {
        let after = after.map(|after| after.to_string());
        let given: Vec<(&str, &str)> = after
            .iter()
            .map(|after| ("after", after.as_str()))
            .collect();
        self.json(&format!("/chains{}", query(&given))).await
    }

    /// All pages of chains as one. Where there are more than the limit of pages, [`Chains::next`] says where it goes on.
    pub async fn all_chains(&self) -> Result<Chains, ClientError> {
        let mut all = self.chains(None).await?;
        for _ in 1..MAX_CHAIN_PAGES {
            let Some(next) = all.next else { break };
            let page = self.chains(Some(next)).await?;
            all.chains.extend(page.chains);
            (all.next, all.height, all.time) = (page.next, page.height, page.time);
        }
        Ok(all)
    }
}
