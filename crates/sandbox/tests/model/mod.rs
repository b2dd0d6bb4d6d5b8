//! A ledger in a few lines: what must be so before an event, and what is so after it. Written against the trade's rules
//! (STANDARDS §4), not against the generator, so that both must be wrong alike for a mistake to pass.

use std::collections::BTreeMap;

use pangolin_epcis::model::{Action, Event, Party, Term, Value, What};
use pangolin_gs1::Key;

/// What is known of an object.
#[derive(Debug, Clone)]
pub(crate) struct Object {
    pub(crate) container: Option<Key>,
    /// Of an object in no container.
    pub(crate) custodian: String,
    /// Offered to.
    pub(crate) offered: Option<String>,
    pub(crate) ended: bool,
    pub(crate) lot: Option<(String, String)>,
    pub(crate) children: u32,
}

/// The state of the world. Parties are GLNs.
#[derive(Debug, Clone, Default)]
pub(crate) struct Model {
    pub(crate) objects: BTreeMap<Key, Object>,
    pub(crate) recalled: Vec<String>,
    /// Company prefixes by GLN.
    pub(crate) labels: BTreeMap<String, Vec<String>>,
}

type Judgement = Result<(), &'static str>;

fn ensure(condition: bool, reason: &'static str) -> Judgement {
    if condition { Ok(()) } else { Err(reason) }
}

pub(crate) fn key(uri: &str) -> Key {
    Key::parse(uri).unwrap_or_else(|error| panic!("{uri}: {error}"))
}

/// The GLN of a party or place.
pub(crate) fn gln(uri: &str) -> String {
    match key(uri) {
        Key::Sgln { gln, .. } | Key::Pgln(gln) => gln.as_str().to_owned(),
        other => panic!("{other:?} is no place or party"),
    }
}

/// The digits of a key from its company prefix on.
fn digits(key: &Key) -> String {
    match key {
        Key::Sgtin { gtin, .. } => gtin.as_str()[1..].to_owned(),
        Key::Sscc(sscc) => sscc.as_str()[1..].to_owned(),
        other => panic!("{other:?}"),
    }
}

impl Model {
    /// Judges a file that is to be refused; on success it takes effect as a whole.
    pub(crate) fn capture(&mut self, issuer: &str, events: &[Event]) -> Judgement {
        let mut next = self.clone();
        next.apply(issuer, events)?;
        *self = next;
        Ok(())
    }

    /// Judges a file that is to be accepted, without undoing what came before a refusal.
    pub(crate) fn apply(&mut self, issuer: &str, events: &[Event]) -> Judgement {
        events
            .iter()
            .try_for_each(|event| self.event(issuer, event))
    }

    fn event(&mut self, issuer: &str, event: &Event) -> Judgement {
        let step = event.biz_step.as_ref().and_then(Term::word).unwrap();
        match &event.what {
            What::Object(what) => {
                let lot = what.ilmd.as_ref().map(|ilmd| {
                    let text = |local: &str| {
                        let found = ilmd
                            .iter()
                            .find(|element| element.name.local == local)
                            .unwrap();
                        match &found.value {
                            Value::Text(text) => text.clone(),
                            other => panic!("{other:?}"),
                        }
                    };
                    (text("lotNumber"), text("itemExpirationDate"))
                });
                for epc in &what.epcs {
                    self.object(
                        issuer,
                        event,
                        step,
                        what.action,
                        key(epc.as_str()),
                        lot.clone(),
                    )?;
                }
                Ok(())
            }
            What::Aggregation(what) => {
                let parent = key(what.parent_id.as_ref().unwrap().as_str());
                let children = what
                    .child_epcs
                    .iter()
                    .map(|child| key(child.as_str()))
                    .collect();
                self.aggregation(issuer, step, what.action, &parent, children)
            }
            other => panic!("{other:?} is not used"),
        }
    }

    fn object(
        &mut self,
        issuer: &str,
        event: &Event,
        step: &str,
        action: Action,
        key: Key,
        lot: Option<(String, String)>,
    ) -> Judgement {
        if action == Action::Add {
            let labels = self.labels.get(issuer).unwrap();
            ensure(
                labels.iter().any(|prefix| digits(&key).starts_with(prefix)),
                "role-missing",
            )?;
            ensure(!self.objects.contains_key(&key), "already-created")?;
            let object = Object {
                container: None,
                custodian: issuer.to_owned(),
                offered: None,
                ended: false,
                lot,
                children: 0,
            };
            self.objects.insert(key, object);
            return Ok(());
        }
        let party = |list: &[Party]| {
            let owner = list
                .iter()
                .find(|party| party.kind.word() == Some("owning_party"));
            gln(owner.unwrap().id.as_str())
        };
        let recalled = self.recalled.clone();
        let inside = self.lots_inside(&key);
        let object = self.objects.get_mut(&key).ok_or("object-absent")?;
        ensure(!object.ended, "object-terminated")?;
        ensure(object.container.is_none(), "inside-container")?;
        let is_recalled = inside.iter().any(|lot| recalled.contains(lot));
        if step == "receiving" {
            ensure(object.offered.as_deref() == Some(issuer), "not-offered")?;
            assert_eq!(party(&event.sources), object.custodian);
            issuer.clone_into(&mut object.custodian);
            object.offered = None;
            return Ok(());
        }
        ensure(object.custodian == issuer, "not-custodian")?;
        match step {
            "shipping" => {
                ensure(object.offered.is_none(), "already-offered")?;
                ensure(!is_recalled, "on-recall")?;
                assert_eq!(party(&event.sources), issuer);
                object.offered = Some(party(&event.destinations));
            }
            "dispensing" => {
                ensure(!is_recalled, "on-recall")?;
                let expiry = &object.lot.as_ref().unwrap().1;
                let day = event.event_time.instant().to_string();
                ensure(expiry.as_str() >= &day[..10], "product-expired")?;
                assert_eq!(action, Action::Delete);
                object.ended = true;
            }
            "destroying" | "stock_taking" => object.ended = true,
            "inspecting" | "storing" | "picking" | "holding" => {}
            other => panic!("{other} is not used"),
        }
        Ok(())
    }

    fn aggregation(
        &mut self,
        issuer: &str,
        step: &str,
        action: Action,
        parent: &Key,
        children: Vec<Key>,
    ) -> Judgement {
        assert!(!children.is_empty());
        let container = self.objects.get(parent).ok_or("object-absent")?;
        ensure(
            !container.ended && container.container.is_none(),
            "inside-container",
        )?;
        ensure(
            container.custodian == issuer && container.offered.is_none(),
            "not-custodian",
        )?;
        if step == "inspecting" {
            return ensure(
                u32::try_from(children.len()).unwrap() == container.children,
                "contents-differ",
            );
        }
        let count = u32::try_from(children.len()).unwrap();
        for child in children {
            let object = self.objects.get_mut(&child).ok_or("object-absent")?;
            ensure(!object.ended, "object-terminated")?;
            match (action, step) {
                (Action::Add, "packing") => {
                    ensure(
                        object.container.is_none() && object.offered.is_none(),
                        "inside-container",
                    )?;
                    ensure(object.custodian == issuer, "not-custodian")?;
                    object.container = Some(parent.clone());
                }
                (Action::Delete, "unpacking") => {
                    ensure(object.container.as_ref() == Some(parent), "not-inside")?;
                    object.container = None;
                    issuer.clone_into(&mut object.custodian);
                }
                other => panic!("{other:?} is not used"),
            }
        }
        let container = self.objects.get_mut(parent).unwrap();
        match action {
            Action::Add => container.children += count,
            _ => container.children -= count,
        }
        Ok(())
    }

    /// Lots of an object, or of what is in it; slow, and only needed while lots are recalled.
    fn lots_inside(&self, key: &Key) -> Vec<String> {
        if self.recalled.is_empty() {
            return Vec::new();
        }
        let Some(object) = self.objects.get(key) else {
            return Vec::new();
        };
        let mut lots: Vec<String> = object.lot.iter().map(|lot| lot.0.clone()).collect();
        if object.children > 0 {
            let children = self
                .objects
                .iter()
                .filter(|(_, child)| child.container.as_ref() == Some(key));
            for (child, _) in children {
                lots.extend(self.lots_inside(child));
            }
        }
        lots
    }

    /// Who has a pack: the custodian of the outermost container, and whether it is on its way.
    pub(crate) fn holder(&self, key: &Key) -> (String, bool) {
        let object = &self.objects[key];
        match &object.container {
            Some(container) => self.holder(container),
            None => (object.custodian.clone(), object.offered.is_some()),
        }
    }
}
