//! Keys as application identifiers and as canonical URIs.

use super::Key;
use crate::ai::Ai;
use crate::digital_link::CANONICAL_STEM;
use crate::element::{ElementError, ElementString};
use crate::id::{Cpv, Gln, Gsrn, Gsrnp, Gtin, Itip, Lot, Serial, Srin};
use crate::percent::{UNRESERVED, write_encoded};
use core::fmt;

/// Primary key and qualifier; both `None` for keys outside the application identifiers.
pub(super) fn parts(key: &Key) -> [Option<(Ai, &str)>; 2] {
    let alone = |ai, value| [Some((ai, value)), None];
    let both = |ai, value, qualifier, by| [Some((ai, value)), Some((qualifier, by))];
    match key {
        Key::Sgtin { gtin, serial } => both(Gtin::AI, gtin.as_str(), Serial::AI, serial.as_str()),
        Key::Upui { gtin, tpx } => both(Gtin::AI, gtin.as_str(), Ai::TPX, tpx.as_str()),
        Key::Lgtin { gtin, lot } => both(Gtin::AI, gtin.as_str(), Lot::AI, lot.as_str()),
        Key::Gtin { gtin, variant } => [
            Some((Gtin::AI, gtin.as_str())),
            variant.as_ref().map(|variant| (Cpv::AI, variant.as_str())),
        ],
        Key::Itip { itip, variant } => [
            Some((Itip::AI, itip.as_str())),
            variant.as_ref().map(|variant| (Cpv::AI, variant.as_str())),
        ],
        Key::ItipLot { itip, lot } => both(Itip::AI, itip.as_str(), Lot::AI, lot.as_str()),
        Key::Sitip { itip, serial } => both(Itip::AI, itip.as_str(), Serial::AI, serial.as_str()),
        Key::Sscc(sscc) => alone(Ai::SSCC, sscc.as_str()),
        Key::Sgln { gln, extension } => [
            Some((Gln::AI, gln.as_str())),
            extension
                .as_ref()
                .map(|by| (Ai::GLN_EXTENSION, by.as_str())),
        ],
        Key::Pgln(gln) => alone(Ai::PARTY, gln.as_str()),
        Key::PayTo { gln, reference } => [
            Some((Ai::PAY_TO, gln.as_str())),
            reference
                .as_ref()
                .map(|by| (Ai::PAYMENT_REFERENCE, by.as_str())),
        ],
        Key::Grai(grai) => alone(Ai::GRAI, grai.as_str()),
        Key::Giai(giai) => alone(Ai::GIAI, giai.as_str()),
        Key::Gsrn { gsrn, srin } => [
            Some((Gsrn::AI, gsrn.as_str())),
            srin.as_ref().map(|srin| (Srin::AI, srin.as_str())),
        ],
        Key::Gsrnp { gsrn, srin } => [
            Some((Gsrnp::AI, gsrn.as_str())),
            srin.as_ref().map(|srin| (Srin::AI, srin.as_str())),
        ],
        Key::Gdti(gdti) => alone(Ai::GDTI, gdti.as_str()),
        Key::Gcn(gcn) => alone(Ai::GCN, gcn.as_str()),
        Key::Cpi { cpi, serial } => [
            Some((Ai::CPI, cpi.as_str())),
            serial
                .as_ref()
                .map(|serial| (Ai::CPI_SERIAL, serial.as_str())),
        ],
        Key::Ginc(ginc) => alone(Ai::GINC, ginc.as_str()),
        Key::Gsin(gsin) => alone(Ai::GSIN, gsin.as_str()),
        Key::Gmn(gmn) => alone(Ai::GMN, gmn.as_str()),
        Key::Foreign(_) | Key::Pattern(_) | Key::Other(_) => [None, None],
    }
}

impl Key {
    /// The one URI that stands for this key in every comparison: the canonical Digital Link URI of a GS1 key, the EPC URN
    /// of a foreign scheme or a pattern, any other URI as it was written. [`Self::parse`] reads it back to the same key.
    pub fn canonical(&self) -> String {
        /// Room for the longest usual key without a second allocation.
        const CAPACITY: usize = 72;
        let mut uri = String::with_capacity(CAPACITY);
        // Writing to a String cannot fail.
        let _ = self.write_canonical(&mut uri);
        uri
    }

    /// Writes [`Self::canonical`] without allocating.
    pub fn write_canonical(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        match self {
            Self::Foreign(epc) => return out.write_str(epc.as_str()),
            Self::Pattern(pattern) => return out.write_str(pattern.as_str()),
            Self::Other(uri) => return out.write_str(uri.as_str()),
            _ => {}
        }
        out.write_str(CANONICAL_STEM)?;
        for (ai, value) in self.parts() {
            write!(out, "/{ai}/")?;
            write_encoded(out, value, UNRESERVED)?;
        }
        Ok(())
    }

    /// The key as an element string; `None` for keys outside the application identifiers.
    pub fn to_elements(&self) -> Option<ElementString> {
        let build = || -> Result<ElementString, ElementError> {
            let mut elements = ElementString::new();
            for (ai, value) in self.parts() {
                elements.push(ai, value)?;
            }
            Ok(elements)
        };
        build()
            .ok()
            .filter(|elements| !elements.elements().is_empty())
    }
}

impl fmt::Display for Key {
    /// The canonical URI.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_canonical(f)
    }
}

impl core::str::FromStr for Key {
    type Err = super::KeyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}
