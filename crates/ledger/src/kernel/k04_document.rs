//! K4 and K6 on documents: a chain of versions with one controller.
//!
//! * The first version states no predecessor and makes the issuer (or whom it names) the controller.
//! * Every further version states the digest of the tip, and comes from the controller. Who states another tip is refused:
//!   two conflicting versions never both become final.

use crate::{
    id::{Digest32, DocumentId, PartyId},
    machine::{act::Act, halt::Halt},
    report::{Message, Subject, reasons},
    say,
    state::{Document, keys},
};

/// States a version of a document.
pub(crate) fn put(
    act: &mut Act<'_>,
    id: &DocumentId,
    digest: Digest32,
    previous: Option<Digest32>,
    controller: Option<&PartyId>,
) -> Result<(), Halt> {
    let key = keys::document(id);
    let tip: Option<Document> = act.o.get(&key)?;
    let refuse = |reason, message: Message| {
        Halt::refuse(reason, Subject::Document(id.clone()), act.place, message)
    };
    match (&tip, previous) {
        (None, Some(_)) => {
            return Err(refuse(
                &reasons::DOCUMENT_ABSENT,
                say!["no version is recorded"],
            ));
        }
        (Some(tip), None) => {
            return Err(refuse(
                &reasons::STALE_PREVIOUS,
                say![format!("version {} is recorded", tip.version)],
            ));
        }
        (Some(tip), Some(stated)) if tip.digest != stated => {
            return Err(refuse(
                &reasons::STALE_PREVIOUS,
                say![format!("the tip is {}, not {stated}", tip.digest)],
            ));
        }
        (Some(tip), Some(_)) if tip.controller != *act.issuer => {
            return Err(refuse(
                &reasons::NOT_CONTROLLER,
                say!["the controller is ", &tip.controller],
            ));
        }
        _ => {}
    }
    let heir = controller
        .or(tip.as_ref().map(|tip| &tip.controller))
        .unwrap_or(act.issuer);
    let document = Document {
        controller: heir.clone(),
        digest,
        version: tip.as_ref().map_or(0, |tip| tip.version).saturating_add(1),
        event: act.mark,
        provenance: act.descend(tip.iter().map(|tip| tip.provenance).collect()),
    };
    act.o.put(key, &document);
    Ok(())
}
