//! The identity of an object or class, whatever form it was written in.
//!
//! The EPC URN, the Digital Link URI and the element string of one pack give the same [`Key`]: it holds nothing that only
//! one of the forms shows, such as where the company prefix ends, a domain, or the lot beside a serial number. Keys are
//! values: compared, ordered and hashed without heap memory, except those that are kept as their URI.

mod convert;
mod error;
mod read;
#[cfg(test)]
mod tests;

use crate::ai::Ai;
use crate::epc::{self, EpcPattern, ForeignEpc};
use crate::id::{
    Cpi, CpiSerial, Cpv, Gcn, Gdti, Giai, Ginc, Gln, GlnExtension, Gmn, Grai, Gsin, Gsrn, Gsrnp,
    Gtin, Itip, Lot, PaymentReference, Serial, Srin, Sscc, Tpx,
};
use crate::prefix::{CompanyPrefixes, PrefixLen};

pub use crate::epc::UrnError;
pub use error::KeyError;
pub use read::KEY_LEN_MAX;

/// What is identified.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Key {
    /// One trade item: AI (01) and (21).
    Sgtin {
        /// Its GTIN.
        gtin: Gtin,
        /// Its serial number.
        serial: Serial,
    },
    /// One trade item, serialised by a third party: AI (01) and (235).
    Upui {
        /// Its GTIN.
        gtin: Gtin,
        /// Its third-party serial number.
        tpx: Tpx,
    },
    /// A lot of a trade item: AI (01) and (10).
    Lgtin {
        /// Its GTIN.
        gtin: Gtin,
        /// The lot.
        lot: Lot,
    },
    /// A class of trade items: AI (01), possibly with (22).
    Gtin {
        /// Its GTIN.
        gtin: Gtin,
        /// The consumer product variant.
        variant: Option<Cpv>,
    },
    /// A logistic unit: AI (00).
    Sscc(Sscc),
    /// A location: AI (414), possibly with (254). An extension `0` is none.
    Sgln {
        /// Its GLN.
        gln: Gln,
        /// What divides it further.
        extension: Option<GlnExtension>,
    },
    /// A party: AI (417).
    Pgln(Gln),
    /// A payment slip: AI (415), possibly with (8020).
    PayTo {
        /// The GLN of the invoicing party.
        gln: Gln,
        /// The reference of the slip.
        reference: Option<PaymentReference>,
    },
    /// A returnable asset, or a type of them: AI (8003).
    Grai(Grai),
    /// An individual asset: AI (8004).
    Giai(Giai),
    /// The recipient of a service: AI (8018), possibly with (8019).
    Gsrn {
        /// Who.
        gsrn: Gsrn,
        /// At which occasion.
        srin: Option<Srin>,
    },
    /// The provider of a service: AI (8017), possibly with (8019).
    Gsrnp {
        /// Who.
        gsrn: Gsrnp,
        /// At which occasion.
        srin: Option<Srin>,
    },
    /// A document, or a type of them: AI (253).
    Gdti(Gdti),
    /// A coupon, or a type of them: AI (255).
    Gcn(Gcn),
    /// A component or part, or a type of them: AI (8010), possibly with (8011).
    Cpi {
        /// Its identifier.
        cpi: Cpi,
        /// Its serial number.
        serial: Option<CpiSerial>,
    },
    /// A consignment: AI (401).
    Ginc(Ginc),
    /// A shipment: AI (402).
    Gsin(Gsin),
    /// A class of trade item pieces: AI (8006), possibly with (22).
    Itip {
        /// Its identifier.
        itip: Itip,
        /// The consumer product variant.
        variant: Option<Cpv>,
    },
    /// A lot of trade item pieces: AI (8006) and (10).
    ItipLot {
        /// Its identifier.
        itip: Itip,
        /// The lot.
        lot: Lot,
    },
    /// One trade item piece: AI (8006) and (21).
    Sitip {
        /// Its identifier.
        itip: Itip,
        /// Its serial number.
        serial: Serial,
    },
    /// A model of a product: AI (8013).
    Gmn(Gmn),
    /// An EPC outside the GS1 keys, such as a container or an aircraft part.
    Foreign(ForeignEpc),
    /// An EPC pattern that spans more than one class.
    Pattern(EpcPattern),
    /// Any other URI, as it was written.
    Other(OtherUri),
}

/// A URI outside the schemes of this crate, as it was written: EPCIS takes any URI as an identifier.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OtherUri(Box<str>);

impl OtherUri {
    /// The URI.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether a key names one thing or many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// One object, place, party or document.
    Instance,
    /// Many alike: a product, a lot, a type.
    Class,
    /// Only the owner of the URI knows.
    Unknown,
}

impl Key {
    /// Reads an EPC URN, a Digital Link URI, a bracketed element string, or keeps any other URI as it is.
    ///
    /// ```
    /// use pangolin_gs1::Key;
    ///
    /// let urn = Key::parse("urn:epc:id:sgtin:4012345.012345.A%2F1").unwrap();
    /// let link = Key::parse("https://example.org/01/04012345123456/10/L1/21/A%2F1").unwrap();
    /// let pack = Key::parse("(01)04012345123456(17)271231(10)L1(21)A/1").unwrap();
    /// assert!(urn == link && link == pack);
    /// assert_eq!(urn.canonical(), "https://id.gs1.org/01/04012345123456/21/A%2F1");
    /// assert_eq!(Key::parse("urn:uuid:1-2").unwrap().canonical(), "urn:uuid:1-2");
    /// ```
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        read::parse(text).map(|(key, _)| key)
    }

    /// Like [`Self::parse`], with the length of the company prefix if `text` is a URN that shows it.
    pub fn parse_with_prefix(text: &str) -> Result<(Self, Option<PrefixLen>), KeyError> {
        read::parse(text)
    }

    /// The EPC URN: `urn:epc:id:` for an instance, `urn:epc:idpat:` or `urn:epc:class:` for a class. `prefixes` says where
    /// the company prefix ends.
    ///
    /// ```
    /// use pangolin_gs1::{Key, PrefixTable};
    ///
    /// let key = Key::parse("https://id.gs1.org/00/040123450000003338").unwrap();
    /// assert_eq!(key.to_urn(&()).unwrap_err().code(), "company-prefix-unknown");
    /// let mut prefixes = PrefixTable::new();
    /// prefixes.insert("4012345").unwrap();
    /// assert_eq!(key.to_urn(&prefixes).unwrap(), "urn:epc:id:sscc:4012345.0000000333");
    /// ```
    pub fn to_urn(&self, prefixes: &dyn CompanyPrefixes) -> Result<String, UrnError> {
        epc::to_urn(self, prefixes)
    }

    /// Whether it names one thing or many.
    pub fn level(&self) -> Level {
        let instance = match self {
            Self::Sgtin { .. }
            | Self::Upui { .. }
            | Self::Sitip { .. }
            | Self::Sscc(_)
            | Self::Sgln { .. }
            | Self::Pgln(_)
            | Self::PayTo { .. }
            | Self::Giai(_)
            | Self::Gsrn { .. }
            | Self::Gsrnp { .. }
            | Self::Ginc(_)
            | Self::Gsin(_)
            | Self::Foreign(_) => true,
            Self::Grai(grai) => grai.serial().is_some(),
            Self::Gdti(gdti) => gdti.serial().is_some(),
            Self::Gcn(gcn) => gcn.serial().is_some(),
            Self::Cpi { serial, .. } => serial.is_some(),
            Self::Lgtin { .. }
            | Self::Gtin { .. }
            | Self::Itip { .. }
            | Self::ItipLot { .. }
            | Self::Gmn(_)
            | Self::Pattern(_) => false,
            Self::Other(_) => return Level::Unknown,
        };
        if instance {
            Level::Instance
        } else {
            Level::Class
        }
    }

    /// Whether it is known to name one thing.
    pub fn is_instance(&self) -> bool {
        self.level() == Level::Instance
    }

    /// Whether it is known to name many things alike.
    pub fn is_class(&self) -> bool {
        self.level() == Level::Class
    }

    /// The GTIN of a trade item, a lot or a class of them; that of the whole for a piece.
    pub fn gtin(&self) -> Option<Gtin> {
        match self {
            Self::Sgtin { gtin, .. }
            | Self::Upui { gtin, .. }
            | Self::Lgtin { gtin, .. }
            | Self::Gtin { gtin, .. } => Some(*gtin),
            Self::Itip { itip, .. } | Self::ItipLot { itip, .. } | Self::Sitip { itip, .. } => {
                Gtin::new(itip.gtin()).ok()
            }
            _ => None,
        }
    }

    /// The serial number, whatever its application identifier.
    pub fn serial(&self) -> Option<&str> {
        match self {
            Self::Sgtin { serial, .. } | Self::Sitip { serial, .. } => Some(serial.as_str()),
            Self::Upui { tpx, .. } => Some(tpx.as_str()),
            Self::Grai(grai) => grai.serial(),
            Self::Gdti(gdti) => gdti.serial(),
            Self::Gcn(gcn) => gcn.serial(),
            Self::Cpi { serial, .. } => serial.as_ref().map(CpiSerial::as_str),
            _ => None,
        }
    }

    /// The lot of a lot-level class.
    pub fn lot(&self) -> Option<&str> {
        match self {
            Self::Lgtin { lot, .. } | Self::ItipLot { lot, .. } => Some(lot.as_str()),
            _ => None,
        }
    }

    /// The class an instance belongs to; `None` if it has none, or is a class itself.
    pub fn class(&self) -> Option<Self> {
        Some(match self {
            Self::Sgtin { gtin, .. } | Self::Upui { gtin, .. } => Self::Gtin {
                gtin: *gtin,
                variant: None,
            },
            Self::Sitip { itip, .. } => Self::Itip {
                itip: *itip,
                variant: None,
            },
            Self::Grai(grai) if grai.serial().is_some() => {
                Self::Grai(Grai::new(grai.asset_type()).ok()?)
            }
            Self::Gdti(gdti) if gdti.serial().is_some() => {
                Self::Gdti(Gdti::new(gdti.document_type()).ok()?)
            }
            Self::Gcn(gcn) if gcn.serial().is_some() => Self::Gcn(Gcn::new(gcn.coupon()).ok()?),
            Self::Cpi {
                cpi,
                serial: Some(_),
            } => Self::Cpi {
                cpi: *cpi,
                serial: None,
            },
            _ => return None,
        })
    }

    /// The application identifiers of a GS1 key with their values, the primary key first; empty for the others.
    pub fn parts(&self) -> impl Iterator<Item = (Ai, &str)> {
        convert::parts(self).into_iter().flatten()
    }
}
