//! Two certified blocks of one height, for people and for programs.

use pangolin_client::Transaction;
use serde_json::{Value, json};

/// What was found.
pub(crate) struct Forked {
    /// Name of the chain, as it is known here.
    pub(crate) name: String,
    /// Its identity.
    pub(crate) chain: String,
    /// The height.
    pub(crate) height: u64,
    /// The two blocks.
    pub(crate) blocks: [String; 2],
    /// Which file or node shows which.
    pub(crate) from: [String; 2],
}

impl Forked {
    /// For people.
    pub(crate) fn text(&self) -> String {
        let Self { name, height, .. } = self;
        let lines = self.blocks.iter().zip(&self.from);
        let lines: Vec<String> = lines
            .map(|(block, from)| format!("  {block}, shown by {from}"))
            .collect();
        format!(
            "FORK: the validators of {name} certified two different blocks of height {height}\n{}\n\
             checked here under the key of chain {}: more than a third of its validators signed both",
            lines.join("\n"),
            self.chain
        )
    }

    /// For programs, with what became of the evidence where it was handed in.
    pub(crate) fn json(&self, sent: Option<&Transaction>) -> Value {
        json!({
            "forked": true, "name": self.name, "chain": self.chain, "height": self.height,
            "blocks": self.blocks, "from": self.from, "submitted": sent,
        })
    }
}

/// What became of the evidence; `list` is the command that shows how chains stand.
pub(crate) fn handed_in(sent: &Transaction, list: &str) -> String {
    match super::issued(sent, "", list) {
        Ok(_) => {
            let height = sent.height.map(|height| format!(" in block {height}"));
            format!(
                "handed in and final{}: nothing of that chain is believed there from now on\n  how it stands: {list}",
                height.unwrap_or_default()
            )
        }
        Err(refused) => refused,
    }
}
