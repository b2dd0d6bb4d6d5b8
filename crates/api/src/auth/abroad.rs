//! Who comes from another chain, by what that chain's state proves of him.
//!
//! A party that this chain does not know signs with its key at home, and sends its home's proof of two records: whose key that is, and
//! the party's own. The proof is checked under the key that this chain knows of that one.
//!
//! **Invariant**: the word of another chain counts for nobody whom this chain knows: its own members are who this chain says.
//! **Invariant**: only a chain that is believed now counts, by a state that is not older than [`IDENTITY_AGE_MS`]: a key that was revoked at
//! home, and a party that was suspended there, is nobody here at most that much later.
//! **Invariant**: a signature is used up by the first request that was let in with it, as those of members are.

use std::{collections::BTreeMap, sync::Arc};

use pangolin_ledger::{
    codec::Wire,
    evidence::{Proven, Verifier as _},
    id::{ChainId, PublicKey, Role, TimeMs},
    query::{self, Acquaintance},
    state::{Key, KeyRecord, KeyUse, Party, keys},
};

use super::{AuthError, Caller, Means, signature::Verified};
use crate::{
    app::App,
    authorise::forbidden,
    limits::{IDENTITY_AGE_MS, IDENTITY_AHEAD_MS, MAX_IDENTITY_BYTES},
    problem::Problem,
    state,
    verify::asker::Asker,
};

/// What was proven of somebody who is no party of this chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Abroad {
    /// The chain that knows him.
    pub chain: ChainId,
    /// The roles that he showed to have there.
    pub roles: Vec<Role>,
    /// What he showed of the states of chains, that one among them.
    pub shown: BTreeMap<ChainId, Arc<Proven>>,
}

/// Whoever signed a request with a key that this chain does not know.
#[derive(Debug, Clone)]
pub struct Stranger {
    /// The signature, which holds and is not used up.
    pub(super) verified: Verified,
}

/// What proves who a key belongs to on a chain.
pub fn keys_of(key: &PublicKey, party: &pangolin_ledger::id::PartyId) -> Vec<Key> {
    vec![keys::party_key(key), keys::party(party)]
}

impl Stranger {
    /// Lets somebody in as the party that his home proves him to be, and uses his signature up.
    pub async fn admit(
        &self,
        app: &App,
        asker: &Asker,
        home: ChainId,
        evidence: Vec<u8>,
    ) -> Result<Caller, Problem> {
        asker.ask(app)?;
        let judged = self.judge(app, home, evidence).await;
        // each costs the check of a certificate
        asker.tell(app, judged.is_ok())?;
        let caller = judged?;
        let now_s = app.now_ms().div_euclid(1_000);
        let entered = app.replays().enter(&self.verified, now_s);
        let entered = entered.map_err(AuthError::from)?;
        let claimed = entered.claim(app.deps().clock.as_ref()).await;
        claimed.map_err(AuthError::from)?;
        Ok(caller)
    }

    async fn judge(&self, app: &App, home: ChainId, evidence: Vec<u8>) -> Result<Caller, Problem> {
        if home == app.deps().chain_id {
            return Err(forbidden(
                "unknown-key",
                "the key is not registered on this chain, or not in force",
            ));
        }
        if evidence.len() > MAX_IDENTITY_BYTES {
            let detail = format!("the proof has more than {MAX_IDENTITY_BYTES} bytes");
            return Err(Problem::invalid("identity-too-large", detail).at("/identity/state"));
        }
        let known = state::ask(&app.deps().chain, [keys::foreign_chain(&home)], |o, _| {
            query::acquaintance(o, &home)
        })
        .await?;
        let key = believed(&known.value, TimeMs(known.time_ms))?;
        let light = Arc::clone(&app.finder().light);
        let checked =
            tokio::task::spawn_blocking(move || light.verify(&home, &key, &evidence)).await;
        let checked = checked.map_err(|_| Problem::internal("interrupted"))?;
        let shown = checked.map_err(|bad| unproven(bad.code, bad.message))?;
        let party = owner(&shown, &self.verified.key, TimeMs(app.now_ms()))?;
        if app.registry().standing(&party).await?.is_some() {
            return Err(forbidden(
                "member-here",
                "the party is known to this chain, and another chain's word does not count for it",
            ));
        }
        Ok(Caller {
            party,
            means: Means::Signature,
            abroad: Some(Arc::new(Abroad {
                chain: home,
                roles: Vec::new(),
                shown: [(home, shown)].into(),
            })),
            standing: None,
            acts_for: std::collections::BTreeSet::new(),
        })
    }
}

/// The key of a chain that is believed now.
fn believed(known: &Acquaintance, now: TimeMs) -> Result<Vec<u8>, Problem> {
    match known.key() {
        Some(key) if known.is_believed(now) => Ok(key.to_vec()),
        Some(_) => Err(forbidden(
            "home-not-believed",
            "nothing that chain says is believed here now: it is suspended, has ended, or what is known of it is too old",
        )),
        None => Err(forbidden(
            "home-unknown",
            "that chain is neither registered nor recorded here",
        )),
    }
}

fn unproven(code: &'static str, detail: impl Into<String>) -> Problem {
    Problem::new(
        axum::http::StatusCode::FORBIDDEN,
        crate::problem::Exception::Security,
        code,
        detail,
    )
    .at("/identity/state")
    .remedy("send what GET /proofs/identity of a node of your chain gives now, for the key that signs this request")
}

/// The party whose key this is by a proven state that is young enough.
fn owner(
    shown: &Proven,
    key: &PublicKey,
    now: TimeMs,
) -> Result<pangolin_ledger::id::PartyId, Problem> {
    let at = shown.header.time;
    if at.plus(IDENTITY_AGE_MS) < now || at > now.plus(IDENTITY_AHEAD_MS) {
        let minutes = IDENTITY_AGE_MS / 60_000;
        let detail = format!("the state it is proven by is not of the last {minutes} minutes");
        return Err(unproven("identity-too-old", detail));
    }
    let record: Option<KeyRecord> = record(shown, &keys::party_key(key))?;
    let covers = |record: &KeyRecord| {
        record.period.covers(at) && record.period.covers(now) && record.usage == KeyUse::Owner
    };
    let record = record.filter(covers).ok_or_else(|| {
        unproven(
            "identity-of-no-key",
            "it does not show a key of an owner, in force, that signed this request",
        )
    })?;
    let party: Option<Party> = self::record(shown, &keys::party(&record.party))?;
    let active = |party: &Party| party.suspended.is_none_or(|from| from > now);
    if !party.is_some_and(|party| active(&party)) {
        let detail = "it does not show that the party is admitted there and not suspended";
        return Err(unproven("identity-of-no-party", detail));
    }
    Ok(record.party)
}

fn record<T: Wire>(shown: &Proven, key: &Key) -> Result<Option<T>, Problem> {
    let bytes = shown.entries.get(key).and_then(Option::as_ref);
    let record = bytes.map(|bytes| T::from_bytes(bytes)).transpose();
    record.map_err(|_| unproven("record-unreadable", "a proven record cannot be read"))
}

#[cfg(test)]
mod tests {
    use pangolin_ledger::{
        id::{Digest32, Height, PartyId},
        state::{Period, SeenHeader},
    };

    use super::*;

    const NOW: TimeMs = TimeMs(10_000_000);
    const KEY: PublicKey = PublicKey([7; 32]);

    fn shown(change: impl FnOnce(&mut KeyRecord, &mut Party, &mut SeenHeader)) -> Proven {
        let party = PartyId::new("0355555555551").unwrap();
        let mut key = KeyRecord {
            party: party.clone(),
            usage: KeyUse::Owner,
            period: Period {
                from: TimeMs(0),
                until: None,
                revoked: None,
                granted: Height(1),
            },
        };
        let mut record = Party {
            name: "Clinic".into(),
            admitted: Height(1),
            suspended: None,
            quota: None,
        };
        let mut header = SeenHeader {
            height: Height(5),
            time: NOW,
            block: Digest32([0; 32]),
        };
        change(&mut key, &mut record, &mut header);
        let entries = [
            (keys::party_key(&KEY), Some(key.to_bytes())),
            (keys::party(&party), Some(record.to_bytes())),
        ];
        Proven {
            header,
            entries: entries.into(),
        }
    }

    #[test]
    fn a_key_is_believed_while_it_and_its_party_are_in_force_at_home() {
        let judge = |shown: &Proven, key: &PublicKey| {
            let found = owner(shown, key, NOW);
            found
                .map(|party| party.to_string().len())
                .map_err(|problem| problem.code().to_owned())
        };
        let code = |change: fn(&mut KeyRecord, &mut Party, &mut SeenHeader)| {
            judge(&shown(change), &KEY).unwrap_err()
        };
        assert!(judge(&shown(|_, _, _| ()), &KEY).is_ok());
        assert_eq!(
            judge(&shown(|_, _, _| ()), &PublicKey([8; 32])).unwrap_err(),
            "identity-of-no-key"
        );
        for (expect, change) in [
            (
                "identity-of-no-key",
                (|key, _, _| key.period.revoked = Some(NOW))
                    as fn(&mut KeyRecord, &mut Party, &mut SeenHeader),
            ),
            ("identity-of-no-key", |key, _, _| {
                key.period.from = NOW.plus(1);
            }),
            ("identity-of-no-key", |key, _, _| {
                key.usage = KeyUse::Agent([].into());
            }),
            ("identity-of-no-party", |_, party, _| {
                party.suspended = Some(NOW);
            }),
            ("identity-too-old", |_, _, header| {
                header.time = TimeMs(NOW.0 - 300_001);
            }),
            ("identity-too-old", |_, _, header| {
                header.time = NOW.plus(IDENTITY_AHEAD_MS + 1);
            }),
        ] {
            assert_eq!(code(change), expect);
        }
        let mut without = shown(|_, _, _| ());
        without
            .entries
            .retain(|key, _| *key == keys::party_key(&KEY));
        assert_eq!(judge(&without, &KEY).unwrap_err(), "identity-of-no-party");
        let mut unreadable = shown(|_, _, _| ());
        for value in unreadable.entries.values_mut() {
            *value = Some(vec![9]);
        }
        assert_eq!(judge(&unreadable, &KEY).unwrap_err(), "record-unreadable");
    }
}
