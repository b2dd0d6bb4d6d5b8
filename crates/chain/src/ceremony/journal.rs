//! What a validator must not forget: its own randomness, and the dealings that it acknowledged.
//!
//! Everything else of a ceremony follows from these or comes again from the others.

use bytes::BufMut;
use commonware_codec::{
    Buf, Copying, Decode as _, Encode as _, EncodeSize, Error as CodecError, FixedSize as _,
    RangeCfg, Read, ReadExt as _, Write,
};
use commonware_cryptography::{bls12381::dkg::feldman_desmedt::DealerPrivMsg, transcript::Summary};
use std::num::NonZeroU32;
use thiserror::Error;

use super::{Public, Terms};
use crate::types::Digest;

const VERSION: u8 = 1;

/// Why kept state cannot be used.
#[derive(Debug, Error)]
pub enum JournalError {
    /// Not hexadecimal.
    #[error("it is not hexadecimal text")]
    NotHex,
    /// Not a journal.
    #[error("it is no state of a ceremony: {0}")]
    Syntax(CodecError),
    /// Another ceremony's.
    #[error("it belongs to another draft")]
    OtherSession,
    /// It contradicts itself.
    #[error("the dealing of {0} in it is not valid")]
    Dealing(String),
}

impl JournalError {
    /// Stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotHex => "ceremony-state-hexadecimal",
            Self::Syntax(_) => "ceremony-state-syntax",
            Self::OtherSession => "ceremony-state-of-other-draft",
            Self::Dealing(_) => "ceremony-state-dealing",
        }
    }
}

/// A dealing that was acknowledged.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    pub(crate) dealer: u32,
    pub(crate) public: Public,
    pub(crate) private: DealerPrivMsg,
}

/// What is kept on disk. Secret.
#[derive(Clone, Debug)]
pub struct Journal {
    pub(crate) session: Digest,
    pub(crate) seed: Summary,
    pub(crate) held: Vec<Held>,
}

impl Journal {
    /// As its file holds it.
    pub fn to_text(&self) -> String {
        hex::encode(self.encode())
    }

    /// Reads the file of a ceremony with these terms.
    pub fn parse(text: &str, terms: &Terms) -> Result<Self, JournalError> {
        let bytes = hex::decode(text.trim()).map_err(|_| JournalError::NotHex)?;
        let count = u32::try_from(terms.count()).ok().and_then(NonZeroU32::new);
        let journal = Self::decode_cfg(Copying(&bytes), &count.unwrap_or(NonZeroU32::MIN))
            .map_err(JournalError::Syntax)?;
        if journal.session != terms.session() {
            return Err(JournalError::OtherSession);
        }
        Ok(journal)
    }
}

impl Write for Journal {
    fn write(&self, buf: &mut impl BufMut) {
        VERSION.write(buf);
        self.session.write(buf);
        self.seed.write(buf);
        self.held.write(buf);
    }
}

impl EncodeSize for Journal {
    fn encode_size(&self) -> usize {
        u8::SIZE + Digest::SIZE + Summary::SIZE + self.held.encode_size()
    }
}

impl Read for Journal {
    type Cfg = NonZeroU32;

    fn read_cfg(buf: &mut impl Buf, count: &NonZeroU32) -> Result<Self, CodecError> {
        let version = u8::read(buf)?;
        if version != VERSION {
            return Err(CodecError::InvalidEnum(version));
        }
        let session = Digest::read(buf)?;
        let seed = Summary::read(buf)?;
        let most = usize::try_from(count.get()).unwrap_or(usize::MAX);
        let held = Vec::<Held>::read_cfg(buf, &(RangeCfg::from(0..=most), *count))?;
        Ok(Self {
            session,
            seed,
            held,
        })
    }
}

impl Write for Held {
    fn write(&self, buf: &mut impl BufMut) {
        self.dealer.write(buf);
        self.public.write(buf);
        self.private.write(buf);
    }
}

impl EncodeSize for Held {
    fn encode_size(&self) -> usize {
        u32::SIZE + self.public.encode_size() + DealerPrivMsg::SIZE
    }
}

impl Read for Held {
    type Cfg = NonZeroU32;

    fn read_cfg(buf: &mut impl Buf, count: &NonZeroU32) -> Result<Self, CodecError> {
        Ok(Self {
            dealer: u32::read(buf)?,
            public: Public::read_cfg(buf, count)?,
            private: DealerPrivMsg::read(buf)?,
        })
    }
}
