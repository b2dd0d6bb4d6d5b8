//! One resharing, as one node takes part in it: as a dealer, who hands its share on, as a player, who gets one, or as both.
//!
//! Pure but for the vault. A dealer deals the same to the same player however often it is started, because its randomness
//! follows from its secrets and the resharing; a player keeps a dealing before it acknowledges it. So both may be killed at any
//! moment and go on.

use commonware_codec::{
    Buf, Copying, Decode as _, DecodeExt as _, Encode as _, EncodeSize, Error as CodecError,
    RangeCfg, Read, ReadExt as _, Write,
};
use commonware_cryptography::{
    Hasher as _, Sha256, Signer as _,
    bls12381::{
        dkg::feldman_desmedt::{Dealer, DealerPrivMsg, DealerPubMsg, Logs, Player, PlayerAck},
        primitives::variant::MinSig,
    },
};
use commonware_parallel::Sequential;
use commonware_utils::{N3f1, TryCollect as _, ordered::Set};
use pangolin_ledger::{PublicKey, evidence::Resharing};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;
use std::{
    collections::{BTreeMap, BTreeSet},
    num::NonZeroU32,
};
use tracing::{debug, warn};

use super::{
    sharing::{Info, MOST, Output, info, recorded},
    vault::Kept,
};
use crate::types::{ChainShare, Digest, NodeKey, NodeSecret};

const SEED_DOMAIN: &[u8] = b"pangolin/reshare/seed/1";

/// What is dealt openly.
pub(crate) type Public = DealerPubMsg<MinSig>;
/// A player's word that its dealing is in order.
pub(crate) type Ack = PlayerAck<NodeKey>;

/// What a dealer dealt to this node.
#[derive(Clone, Debug)]
struct Held {
    dealer: NodeKey,
    public: Public,
    private: DealerPrivMsg,
}

impl Write for Held {
    fn write(&self, buf: &mut impl bytes::BufMut) {
        self.dealer.write(buf);
        self.public.write(buf);
        self.private.write(buf);
    }
}

impl EncodeSize for Held {
    fn encode_size(&self) -> usize {
        self.dealer.encode_size() + self.public.encode_size() + self.private.encode_size()
    }
}

impl Read for Held {
    type Cfg = NonZeroU32;

    fn read_cfg(buf: &mut impl Buf, most: &NonZeroU32) -> Result<Self, CodecError> {
        Ok(Self {
            dealer: NodeKey::read(buf)?,
            public: Public::read_cfg(buf, most)?,
            private: DealerPrivMsg::read(buf)?,
        })
    }
}

/// The dealings that a node acknowledged in a resharing.
fn held(kept: &Kept, number: u64) -> Vec<Held> {
    let Some(bytes) = kept.dealings(number) else {
        return Vec::new();
    };
    let most = usize::try_from(MOST.get()).unwrap_or(usize::MAX);
    Vec::<Held>::decode_cfg(Copying(&bytes), &(RangeCfg::from(0..=most), MOST)).unwrap_or_else(
        |error| panic!("the dealings of resharing {number} in the vault cannot be read: {error}"),
    )
}

/// A node's part in a resharing.
pub(crate) struct Part {
    /// Its number.
    pub(crate) number: u64,
    kept: Kept,
    dealer: Option<Dealing>,
    player: Option<Player<MinSig, crate::types::NodeSecret>>,
    acks: BTreeMap<NodeKey, (Public, Ack)>,
    held: Vec<Held>,
}

struct Dealing {
    dealer: Dealer<MinSig, NodeSecret>,
    public: Public,
    privates: BTreeMap<NodeKey, DealerPrivMsg>,
    waiting: BTreeSet<NodeKey>,
}

impl Part {
    /// Takes part, from the beginning or from where an earlier run of this node ended. `share`: this node's share, if it has one.
    pub(crate) fn new(
        chain: &Digest,
        number: u64,
        before: Output,
        players: Set<NodeKey>,
        secret: &NodeSecret,
        share: Option<ChainShare>,
        kept: Kept,
    ) -> Option<Self> {
        let me = secret.public_key();
        let info = info(chain.as_ref(), number, before, players)?;
        let mut part = Self {
            number,
            dealer: None,
            player: Player::new(info.clone(), secret.clone()).ok(),
            acks: BTreeMap::new(),
            held: Vec::new(),
            kept,
        };
        for held in held(&part.kept, number) {
            part.take(held);
        }
        part.dealer = share.and_then(|share| Dealing::start(chain, number, &info, secret, share));
        if let Some(dealing) = part
            .dealer
            .as_ref()
            .filter(|dealing| dealing.privates.contains_key(&me))
        {
            let (public, private) = (dealing.public.clone(), dealing.privates[&me].clone());
            let ack = part.dealt(&me, public, private)?;
            part.acknowledged(&me, ack);
        }
        Some(part)
    }

    /// Whether this node deals.
    pub(crate) const fn deals(&self) -> bool {
        self.dealer.is_some()
    }

    /// Players that have not acknowledged, and what they are dealt.
    pub(crate) fn to_send(&self) -> Vec<(NodeKey, Public, DealerPrivMsg)> {
        let Some(dealing) = &self.dealer else {
            return Vec::new();
        };
        let waiting = dealing.waiting.iter();
        let dealt = waiting.filter_map(|player| {
            let private = dealing.privates.get(player)?;
            Some((player.clone(), dealing.public.clone(), private.clone()))
        });
        dealt.collect()
    }

    /// A dealer dealt to this node: the acknowledgement, which may leave the node, because the dealing is kept.
    pub(crate) fn dealt(
        &mut self,
        dealer: &NodeKey,
        public: Public,
        private: DealerPrivMsg,
    ) -> Option<Ack> {
        if let Some((known, ack)) = self.acks.get(dealer) {
            return (*known == public).then(|| ack.clone());
        }
        let held = Held {
            dealer: dealer.clone(),
            public,
            private,
        };
        let ack = self.take(held)?;
        self.kept.keep_dealings(self.number, &self.held.encode());
        Some(ack)
    }

    fn take(&mut self, held: Held) -> Option<Ack> {
        let (public, private) = (held.public.clone(), held.private.clone());
        let player = self.player.as_mut()?;
        match player.dealer_message::<N3f1>(held.dealer.clone(), public.clone(), private) {
            Ok(Some(ack)) => {
                self.acks.insert(held.dealer.clone(), (public, ack.clone()));
                self.held.push(held);
                Some(ack)
            }
            Ok(None) => None,
            Err(error) => {
                warn!(dealer = %held.dealer, %error, "a dealing is not in order and is not acknowledged");
                None
            }
        }
    }

    /// A player acknowledged what this node dealt.
    pub(crate) fn acknowledged(&mut self, player: &NodeKey, ack: Ack) {
        let Some(dealing) = self.dealer.as_mut() else {
            return;
        };
        match dealing.dealer.receive_player_ack(player.clone(), ack) {
            Ok(()) => {
                dealing.waiting.remove(player);
            }
            Err(error) => debug!(%player, %error, "an acknowledgement is of something else"),
        }
    }

    /// Whether every player acknowledged what this node dealt.
    pub(crate) fn is_complete(&self) -> bool {
        self.dealer
            .as_ref()
            .is_some_and(|dealing| dealing.waiting.is_empty())
    }

    /// Players that have not acknowledged.
    pub(crate) fn missing(&self) -> usize {
        self.dealer
            .as_ref()
            .map_or(0, |dealing| dealing.waiting.len())
    }

    /// The signed log of what this node dealt, which ends its dealing; the shares of those who have not acknowledged are in it
    /// for everybody to see.
    pub(crate) fn finish(&mut self) -> Option<Vec<u8>> {
        let dealing = self.dealer.take()?;
        Some(dealing.dealer.finalize::<N3f1>().encode().to_vec())
    }
}

impl Dealing {
    fn start(
        chain: &Digest,
        number: u64,
        info: &Info,
        secret: &NodeSecret,
        share: ChainShare,
    ) -> Option<Self> {
        let seed = Sha256::hash(&[
            SEED_DOMAIN,
            chain.as_ref(),
            &number.to_be_bytes(),
            &secret.encode(),
            &share.encode(),
        ]);
        let dice = ChaCha20Rng::from_seed(seed.0);
        let started = Dealer::start::<N3f1>(dice, info.clone(), secret.clone(), Some(share));
        let (dealer, public, privates) = started
            .inspect_err(|error| debug!(%error, "this node does not deal"))
            .ok()?;
        let privates: BTreeMap<_, _> = privates.into_iter().collect();
        Some(Self {
            dealer,
            public,
            waiting: privates.keys().cloned().collect(),
            privates,
        })
    }
}

/// This node's share of a concluded resharing, from what it acknowledged and what the chain recorded. `None` when it has not
/// got one: it was away, and what it needs was acknowledged by a life of it that forgot.
pub(crate) fn share_of(
    resharing: &Resharing<'_>,
    logs: &BTreeMap<PublicKey, Vec<u8>>,
    output: &Output,
    secret: &NodeSecret,
    kept: &Kept,
) -> Option<ChainShare> {
    let before = super::sharing::output(resharing.sharing)?;
    let players = super::set_of(resharing.players)?;
    let info = info(&resharing.chain.0, resharing.number, before, players)?;
    let logs: Logs<MinSig, NodeKey, N3f1> = recorded(resharing, logs).ok()?;
    let mut player = Player::new(info, secret.clone()).ok()?;
    for held in held(kept, resharing.number) {
        // it was in order when it was kept
        let _ack = player.dealer_message::<N3f1>(held.dealer, held.public, held.private);
    }
    let seed = Sha256::hash(&[
        SEED_DOMAIN,
        b"share",
        &resharing.number.to_be_bytes(),
        &secret.encode(),
    ]);
    let result = player.finalize::<N3f1>(&mut ChaCha20Rng::from_seed(seed.0), logs, &Sequential);
    match result {
        Ok((same, share)) if same == *output => Some(share),
        Ok(_) => None,
        Err(error) => {
            warn!(number = resharing.number, %error, "this node has no share of the chain's key");
            None
        }
    }
}

/// A share as the vault holds it.
pub(crate) fn share_bytes(share: &ChainShare) -> Vec<u8> {
    share.encode().to_vec()
}

/// Reads a share from the vault.
pub(crate) fn read_share(bytes: &[u8]) -> Option<ChainShare> {
    ChainShare::decode(Copying(bytes)).ok()
}

/// All that a set of keys needs to be one of players.
pub(crate) fn players(keys: impl IntoIterator<Item = NodeKey>) -> Option<Set<NodeKey>> {
    keys.into_iter().try_collect().ok()
}
