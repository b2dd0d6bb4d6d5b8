//! Who is here, and what is still missing from whom.

use crate::types::Digest;

/// Whether a validator is heard of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// Not yet, or no longer.
    Missing,
    /// It runs a ceremony of another draft: the hash of its draft.
    OtherDraft(Digest),
    /// It takes part.
    Here,
}

/// How another validator stands, as seen from here.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "they come in any order: messages are lost and overtake each other"
)]
pub struct Peer {
    /// Its name.
    pub name: String,
    /// Whether it is heard of.
    pub presence: Presence,
    /// Its share for this validator arrived and is good.
    pub dealt: bool,
    /// It acknowledged the share it got from here.
    pub acknowledged: bool,
    /// Its log, acknowledged by all, arrived.
    pub log: bool,
    /// Whose acknowledgement it lacks itself, by name; empty while it is not known.
    pub lacks: Vec<String>,
    /// It confirmed the chain.
    pub confirmed: bool,
    /// It has written its share and the genesis file.
    pub finished: bool,
    /// Because of whom it stopped.
    pub halted: Option<String>,
}

/// How the ceremony stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The others, in the order of their keys.
    pub peers: Vec<Peer>,
    /// The chain's identity, once it is computed.
    pub chain: Option<Digest>,
    /// Share and genesis file are written.
    pub finished: bool,
}

impl Progress {
    /// Names of the validators that take part, this one left out.
    pub fn here(&self) -> Vec<&str> {
        let here = self
            .peers
            .iter()
            .filter(|peer| peer.presence == Presence::Here);
        here.map(|peer| peer.name.as_str()).collect()
    }

    /// What the ceremony waits for, one line per validator.
    pub fn waiting(&self) -> Vec<String> {
        self.peers
            .iter()
            .filter_map(|peer| self.wants(peer))
            .collect()
    }

    fn wants(&self, peer: &Peer) -> Option<String> {
        let name = &peer.name;
        if let Some(accused) = &peer.halted {
            return Some(format!("{name} stopped because of {accused}"));
        }
        match peer.presence {
            Presence::OtherDraft(hash) => return Some(format!("{name} has another draft, {hash}")),
            Presence::Missing if !(self.finished && peer.finished) => {
                return Some(format!("{name} is not here"));
            }
            _ => {}
        }
        let wanted = [
            (
                !self.finished && !peer.dealt,
                "its share for this validator".to_owned(),
            ),
            (
                !self.finished && !peer.acknowledged,
                "its acknowledgement".to_owned(),
            ),
            (!peer.log, why_no_log(peer)),
            (!peer.confirmed, "its confirmation".to_owned()),
            (!peer.finished, "the end of its work".to_owned()),
        ];
        let (_, what) = wanted.into_iter().find(|(missing, _)| *missing)?;
        Some(format!("{name}: {what}"))
    }
}

fn why_no_log(peer: &Peer) -> String {
    if peer.lacks.is_empty() {
        return "its log".into();
    }
    format!(
        "its log, for which it lacks the acknowledgement of {}",
        peer.lacks.join(", ")
    )
}
