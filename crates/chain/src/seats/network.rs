//! What validators tell each other beside the engine: dealings and acknowledgements, each to one peer over its encrypted link, and
//! ballots of leaders.

use bytes::BufMut;
use commonware_codec::{Buf, EncodeSize, Error as CodecError, Read, ReadExt as _, Write};
use commonware_cryptography::bls12381::dkg::feldman_desmedt::DealerPrivMsg;

use super::{
    ballot::Ballot,
    deal::{Ack, Public},
    sharing::MOST,
};
use crate::types::NodeKey;

/// Largest message, in bytes: the commitment of a dealing for a hundred validators has about 6.5 KB.
pub(crate) const MAX_MESSAGE_BYTES: usize = 16 * 1024;

/// One dealer's part for one player.
#[derive(Clone, Debug)]
pub(crate) struct Dealing {
    pub(crate) number: u64,
    pub(crate) public: Public,
    pub(crate) private: DealerPrivMsg,
}

/// A message.
#[derive(Clone, Debug)]
pub(crate) enum Word {
    /// What the sender deals to the receiver in a resharing.
    Dealing(Box<Dealing>),
    /// That the sender holds what the receiver dealt.
    Ack { number: u64, ack: Ack },
    /// A vote of a leader that others should see.
    Ballot(Box<(NodeKey, Ballot)>),
}

impl Write for Word {
    fn write(&self, buf: &mut impl BufMut) {
        match self {
            Self::Dealing(dealing) => {
                0u8.write(buf);
                dealing.number.write(buf);
                dealing.public.write(buf);
                dealing.private.write(buf);
            }
            Self::Ack { number, ack } => {
                1u8.write(buf);
                number.write(buf);
                ack.write(buf);
            }
            Self::Ballot(shared) => {
                let (by, ballot) = shared.as_ref();
                2u8.write(buf);
                by.write(buf);
                ballot.write(buf);
            }
        }
    }
}

impl EncodeSize for Word {
    fn encode_size(&self) -> usize {
        1 + match self {
            Self::Dealing(dealing) => {
                let (public, private) = (&dealing.public, &dealing.private);
                dealing.number.encode_size() + public.encode_size() + private.encode_size()
            }
            Self::Ack { number, ack } => number.encode_size() + ack.encode_size(),
            Self::Ballot(shared) => shared.0.encode_size() + shared.1.encode_size(),
        }
    }
}

impl Read for Word {
    type Cfg = ();

    fn read_cfg(buf: &mut impl Buf, (): &()) -> Result<Self, CodecError> {
        match u8::read(buf)? {
            0 => Ok(Self::Dealing(Box::new(Dealing {
                number: u64::read(buf)?,
                public: Public::read_cfg(buf, &MOST)?,
                private: DealerPrivMsg::read(buf)?,
            }))),
            1 => Ok(Self::Ack {
                number: u64::read(buf)?,
                ack: Ack::read(buf)?,
            }),
            2 => Ok(Self::Ballot(Box::new((
                NodeKey::read(buf)?,
                Ballot::read(buf)?,
            )))),
            other => Err(CodecError::InvalidEnum(other)),
        }
    }
}
