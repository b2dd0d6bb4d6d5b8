//! What a story tells of things that come from other chains.

use pangolin_ledger::{
    codec::Wire as _,
    hash::arrival_mark,
    id::{Code, ObjectId},
    state::{Object as Record, keys},
    tx::{Body, GovernanceAction, GovernanceBody},
};
use pangolin_profiles::{member, pharma::words};
use serde_json::Value;

use super::{
    abroad::{self, ELSEWHERE, History, Sent},
    story::{Object, Teller, known, object_id, text},
    world::CHAIN,
};

/// The governance says whether what is made on the other chain may be traded here.
pub(crate) fn maker(allowed: bool) -> Body {
    Body::Governance(Box::new(GovernanceBody {
        action: GovernanceAction::AllowMaker {
            chain: ELSEWHERE,
            allowed,
        },
        reason: String::new(),
    }))
}

impl Teller {
    /// Goods arrive from another chain, offered to a party of this one.
    pub(super) fn arrival(&mut self, arrive: &Object) -> Result<Body, String> {
        let members = ["objects", "from", "to", "stage", "children", "history"];
        known(arrive, &members)?;
        let from = text(arrive, "from").ok_or("arrive says not from whom")?;
        let from = member::party_id(from).ok_or_else(|| format!("no party {from:?}"))?;
        let to = text(arrive, "to").ok_or("arrive says not to whom")?;
        let to = self.world.actor(to).id.clone();
        let stage = match text(arrive, "stage") {
            None => Code(0),
            Some("returned") => words::stage::RETURNED,
            Some("suspect") => words::stage::SUSPECT,
            Some(other) => return Err(format!("no stage {other:?}")),
        };
        let history = match text(arrive, "history") {
            None | Some("shown") => History::Shown,
            Some("open") => History::Open,
            Some("invented") => History::Invented,
            Some(other) => return Err(format!("no history {other:?}")),
        };
        let children = arrive.get("children").and_then(Value::as_u64).unwrap_or(0);
        let inside = u32::try_from(children).map_err(|e| e.to_string())?;
        let objects = arrive.get("objects").and_then(Value::as_array);
        let objects = objects.into_iter().flatten().filter_map(Value::as_str);
        let sent = objects.map(|uri| {
            Ok(Sent {
                object: object_id(uri)?,
                from: from.clone(),
                to: to.clone(),
                stage,
                inside,
                history,
            })
        });
        let sent: Vec<Sent> = sent.collect::<Result<_, String>>()?;
        let first = self.arrived.len() as u64;
        let (notary, at) = (&self.world.notary, self.world.time);
        let delivery = abroad::delivery(notary, CHAIN, at, first, &sent);
        self.arrived.extend(sent.into_iter().map(|sent| (sent, at)));
        Ok(Body::Delivery(Box::new(delivery)))
    }

    /// The history of something that came is shown.
    pub(super) fn history(&self, object: &ObjectId) -> Result<Body, String> {
        let found = self.arrived.iter().enumerate();
        let mut found = found.filter(|(_, (sent, _))| sent.object == *object);
        let (number, (sent, came)) = found.next_back().ok_or("it did not come from elsewhere")?;
        let seq = number as u64;
        let record = self.world.record(&keys::object(object));
        let record = record.ok_or("there is no record of it")?;
        let record = Record::from_bytes(record).map_err(|e| e.to_string())?;
        let since = self
            .world
            .since(record.provenance, &arrival_mark(&ELSEWHERE, seq));
        let moments = (*came, self.world.time);
        let delivery = abroad::history(&self.world.notary, CHAIN, moments, (seq, sent), &since);
        Ok(Body::Delivery(Box::new(delivery)))
    }
}
