//! What validators tell each other in a ceremony. Every packet begins with the session it belongs to.

use bytes::BufMut;
use commonware_codec::Encode as _;
use commonware_codec::{
    Buf, EncodeSize, Error as CodecError, FixedSize as _, Read, ReadExt as _, Write,
};
use commonware_cryptography::{
    Signer as _, Verifier as _, bls12381::dkg::feldman_desmedt::DealerPrivMsg, ed25519::Signature,
};
use std::num::NonZeroU32;

use super::{Ack, Log, Public};
use crate::types::{Digest, NodeKey, NodeSecret};

/// Largest packet, in bytes: a complaint with the log of a hundred validators has about 17 KB.
pub(crate) const MAX_PACKET_BYTES: usize = 64 * 1024;

const DEALING_DOMAIN: &[u8] = b"pangolin/ceremony/dealing/1";
const CONFIRM_DOMAIN: &[u8] = b"pangolin/ceremony/confirm/1";

/// How its sender stands. Sent to everybody again and again; what the sender lacks is then sent to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Status {
    /// Hash of its draft.
    pub(crate) draft: Digest,
    /// Whose acknowledgements it has got as a dealer, one bit per validator.
    pub(crate) acks: u128,
    /// Whose logs it has.
    pub(crate) logs: u128,
    /// Whose confirmations it has.
    pub(crate) confirms: u128,
    /// Whether it has written share and genesis file.
    pub(crate) finished: bool,
    /// Because of whom it stopped.
    pub(crate) halted: Option<u32>,
}

/// One dealer's part for one validator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Dealing {
    /// Place of the validator it is for.
    pub(crate) player: u32,
    /// The dealer's commitment.
    pub(crate) public: Public,
    /// The share.
    pub(crate) private: DealerPrivMsg,
    /// The dealer's signature, which makes a wrong share evidence.
    pub(crate) signature: Signature,
}

impl Dealing {
    pub(crate) fn sign(
        session: &Digest,
        secret: &NodeSecret,
        player: u32,
        public: Public,
        private: DealerPrivMsg,
    ) -> Self {
        let message = Self::message(session, player, &public, &private);
        let signature = secret.sign(DEALING_DOMAIN, &message);
        Self {
            player,
            public,
            private,
            signature,
        }
    }

    pub(crate) fn is_of(&self, session: &Digest, dealer: &NodeKey) -> bool {
        let message = Self::message(session, self.player, &self.public, &self.private);
        dealer.verify(DEALING_DOMAIN, &message, &self.signature)
    }

    fn message(session: &Digest, player: u32, public: &Public, private: &DealerPrivMsg) -> Vec<u8> {
        let mut message = session.as_ref().to_vec();
        player.write(&mut message);
        public.write(&mut message);
        private.write(&mut message);
        message
    }
}

/// A validator's word that it computed this chain and holds its share of the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Confirm {
    /// Place of the validator.
    pub(crate) signer: u32,
    /// The chain's identity.
    pub(crate) chain: Digest,
    /// Its signature over session and identity.
    pub(crate) signature: Signature,
}

impl Confirm {
    pub(crate) fn sign(session: &Digest, secret: &NodeSecret, signer: u32, chain: Digest) -> Self {
        let signature = secret.sign(CONFIRM_DOMAIN, &[session.as_ref(), chain.as_ref()].concat());
        Self {
            signer,
            chain,
            signature,
        }
    }

    pub(crate) fn is_of(&self, session: &Digest, signer: &NodeKey) -> bool {
        let message = [session.as_ref(), self.chain.as_ref()].concat();
        signer.verify(CONFIRM_DOMAIN, &message, &self.signature)
    }
}

/// What a dealer signed and no honest dealer signs.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Proof {
    /// A share that does not fit its commitment, or a commitment of the wrong degree.
    Dealing(Dealing),
    /// A log that is incomplete or wrong.
    Log(Log),
}

/// What a packet carries.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Body {
    Status(Status),
    Dealing(Dealing),
    Ack(Ack),
    Log(Log),
    Confirm(Confirm),
    /// The place of the accused, and what it signed.
    Complaint(u32, Proof),
}

/// A message.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Packet {
    /// The ceremony it belongs to.
    pub(crate) session: Digest,
    /// What it says.
    pub(crate) body: Body,
}

impl Packet {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.encode().to_vec()
    }
}

impl Write for Status {
    fn write(&self, buf: &mut impl BufMut) {
        self.draft.write(buf);
        self.acks.write(buf);
        self.logs.write(buf);
        self.confirms.write(buf);
        self.finished.write(buf);
        self.halted.write(buf);
    }
}

impl EncodeSize for Status {
    fn encode_size(&self) -> usize {
        Digest::SIZE + 3 * u128::SIZE + bool::SIZE + self.halted.encode_size()
    }
}

impl Read for Status {
    type Cfg = ();

    fn read_cfg(buf: &mut impl Buf, (): &()) -> Result<Self, CodecError> {
        Ok(Self {
            draft: Digest::read(buf)?,
            acks: u128::read(buf)?,
            logs: u128::read(buf)?,
            confirms: u128::read(buf)?,
            finished: bool::read(buf)?,
            halted: Option::<u32>::read(buf)?,
        })
    }
}

impl Write for Dealing {
    fn write(&self, buf: &mut impl BufMut) {
        self.player.write(buf);
        self.public.write(buf);
        self.private.write(buf);
        self.signature.write(buf);
    }
}

impl EncodeSize for Dealing {
    fn encode_size(&self) -> usize {
        u32::SIZE + self.public.encode_size() + DealerPrivMsg::SIZE + Signature::SIZE
    }
}

impl Read for Dealing {
    type Cfg = NonZeroU32;

    fn read_cfg(buf: &mut impl Buf, count: &NonZeroU32) -> Result<Self, CodecError> {
        Ok(Self {
            player: u32::read(buf)?,
            public: Public::read_cfg(buf, count)?,
            private: DealerPrivMsg::read(buf)?,
            signature: Signature::read(buf)?,
        })
    }
}

impl Write for Confirm {
    fn write(&self, buf: &mut impl BufMut) {
        self.signer.write(buf);
        self.chain.write(buf);
        self.signature.write(buf);
    }
}

impl EncodeSize for Confirm {
    fn encode_size(&self) -> usize {
        u32::SIZE + Digest::SIZE + Signature::SIZE
    }
}

impl Read for Confirm {
    type Cfg = ();

    fn read_cfg(buf: &mut impl Buf, (): &()) -> Result<Self, CodecError> {
        Ok(Self {
            signer: u32::read(buf)?,
            chain: Digest::read(buf)?,
            signature: Signature::read(buf)?,
        })
    }
}

impl Write for Packet {
    fn write(&self, buf: &mut impl BufMut) {
        self.session.write(buf);
        match &self.body {
            Body::Status(status) => {
                0u8.write(buf);
                status.write(buf);
            }
            Body::Dealing(dealing) => {
                1u8.write(buf);
                dealing.write(buf);
            }
            Body::Ack(ack) => {
                2u8.write(buf);
                ack.write(buf);
            }
            Body::Log(log) => {
                3u8.write(buf);
                log.write(buf);
            }
            Body::Confirm(confirm) => {
                4u8.write(buf);
                confirm.write(buf);
            }
            Body::Complaint(accused, Proof::Dealing(dealing)) => {
                5u8.write(buf);
                accused.write(buf);
                dealing.write(buf);
            }
            Body::Complaint(accused, Proof::Log(log)) => {
                6u8.write(buf);
                accused.write(buf);
                log.write(buf);
            }
        }
    }
}

impl EncodeSize for Packet {
    fn encode_size(&self) -> usize {
        Digest::SIZE
            + u8::SIZE
            + match &self.body {
                Body::Status(status) => status.encode_size(),
                Body::Dealing(dealing) => dealing.encode_size(),
                Body::Ack(ack) => ack.encode_size(),
                Body::Log(log) => log.encode_size(),
                Body::Confirm(confirm) => confirm.encode_size(),
                Body::Complaint(_, Proof::Dealing(dealing)) => u32::SIZE + dealing.encode_size(),
                Body::Complaint(_, Proof::Log(log)) => u32::SIZE + log.encode_size(),
            }
    }
}

impl Read for Packet {
    /// Number of validators.
    type Cfg = NonZeroU32;

    fn read_cfg(buf: &mut impl Buf, count: &NonZeroU32) -> Result<Self, CodecError> {
        let session = Digest::read(buf)?;
        let body = match u8::read(buf)? {
            0 => Body::Status(Status::read(buf)?),
            1 => Body::Dealing(Dealing::read_cfg(buf, count)?),
            2 => Body::Ack(Ack::read(buf)?),
            3 => Body::Log(Log::read_cfg(buf, count)?),
            4 => Body::Confirm(Confirm::read(buf)?),
            5 => Body::Complaint(
                u32::read(buf)?,
                Proof::Dealing(Dealing::read_cfg(buf, count)?),
            ),
            6 => Body::Complaint(u32::read(buf)?, Proof::Log(Log::read_cfg(buf, count)?)),
            tag => return Err(CodecError::InvalidEnum(tag)),
        };
        Ok(Self { session, body })
    }
}
