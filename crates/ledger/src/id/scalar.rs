//! Digests, keys, heights, times and codes.

use std::fmt;

use crate::codec::{CodecError, Reader, Wire, Writer};

macro_rules! fixed {
    ($(#[$doc:meta])* $name:ident, $n:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub struct $name(pub [u8; $n]);

        impl AsRef<[u8]> for $name {
            fn as_ref(&self) -> &[u8] {
                &self.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|b| write!(f, "{b:02x}"))
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
        impl Wire for $name {
            fn put(&self, w: &mut Writer) {
                w.fixed(&self.0);
            }
            fn take(r: &mut Reader<'_>) -> Result<Self, CodecError> {
                r.fixed().map(Self)
            }
        }
    };
}

fixed! {
    /// Identity of a chain: 32 bytes derived from its threshold public key.
    ChainId, 32
}
fixed! {
    /// Identity of a transaction: the domain-separated hash of its bytes, without the signature.
    TxId, 32
}
fixed! {
    /// Identity of an event: the bytes of its event hash.
    EventId, 32
}
fixed! {
    /// Identity of an order: the identity of the transaction that issued it.
    OrderId, 32
}
fixed! {
    /// A SHA-256 digest.
    Digest32, 32
}
fixed! {
    /// An Ed25519 public key.
    PublicKey, 32
}
fixed! {
    /// An Ed25519 signature.
    Signature, 64
}

macro_rules! number {
    ($(#[$doc:meta])* $name:ident($t:ty)) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
        pub struct $name(pub $t);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
        impl Wire for $name {
            fn put(&self, w: &mut Writer) {
                self.0.put(w);
            }
            fn take(r: &mut Reader<'_>) -> Result<Self, CodecError> {
                Wire::take(r).map(Self)
            }
        }
    };
}

number! {
    /// Number of a block; the genesis block has 0.
    Height(u64)
}
number! {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    TimeMs(i64)
}
number! {
    /// An entry of a code list that belongs to the profile.
    Code(u16)
}
number! {
    /// A role or kind of licence. Profiles use 1 to 65279; those from [`Role::FIRST_RESERVED`] belong to the ledger.
    Role(u16)
}
number! {
    /// A quantity in thousandths of the unit of its class.
    Amount(u64)
}

impl TimeMs {
    /// This time plus `ms`, within the range of the type.
    #[must_use]
    pub const fn plus(self, ms: u64) -> Self {
        Self(self.0.saturating_add_unsigned(ms))
    }
}

impl Role {
    /// First code that belongs to the ledger itself.
    pub const FIRST_RESERVED: u16 = 0xff00;
    /// May propose and approve changes to the rules, members and limits of the chain.
    pub const GOVERNOR: Self = Self(0xff00);
    /// May admit and suspend parties, keys and licences.
    pub const REGISTRAR: Self = Self(0xff01);
    /// May issue, approve and release orders on anything.
    pub const AUTHORITY: Self = Self(0xff02);
}

/// A profile and its version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ProfileRef {
    /// Number of the profile.
    pub id: u16,
    /// Version of its rules.
    pub version: u16,
}
wire_struct!(ProfileRef { id, version });

impl fmt::Display for ProfileRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.id, self.version)
    }
}
