//! What verification requests are about, and the answers that must be given.

/// What is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// A pack in stock; everything is right.
    Genuine,
    /// A serial number that was never used.
    UnknownSerial,
    /// A pack in stock with another lot.
    WrongLot,
    /// A pack in stock with another expiry date.
    WrongExpiry,
    /// A pack in stock with another lot and another expiry date.
    WrongLotAndExpiry,
    /// A GTIN of which no manufacturer here has heard.
    UnknownGtin,
    /// A pack that was dispensed.
    Dispensed,
    /// A pack of a recalled lot.
    Recalled,
    /// A pack of a lot that has expired.
    Expired,
    /// A pack that was stolen.
    Stolen,
    /// A GTIN with a wrong check digit.
    WrongCheckDigit,
    /// No correlation identifier.
    NoCorrelation,
    /// A requester whom nobody knows.
    UnknownRequester,
}

impl Subject {
    /// Every subject.
    pub const ALL: [Self; 13] = [
        Self::Genuine,
        Self::UnknownSerial,
        Self::WrongLot,
        Self::WrongExpiry,
        Self::WrongLotAndExpiry,
        Self::UnknownGtin,
        Self::Dispensed,
        Self::Recalled,
        Self::Expired,
        Self::Stolen,
        Self::WrongCheckDigit,
        Self::NoCorrelation,
        Self::UnknownRequester,
    ];

    /// The answer it must get.
    pub fn answer(self) -> VrsAnswer {
        let no = |reason| VrsAnswer {
            verified: Some(false),
            reason: Some(reason),
            ..VrsAnswer::OK
        };
        let status = |status| VrsAnswer {
            status,
            verified: None,
            ..VrsAnswer::OK
        };
        match self {
            Self::Genuine => VrsAnswer::OK,
            Self::UnknownSerial => no("No_match_GTIN_Serial"),
            Self::WrongLot => no("No_match_GTIN_Serial_Lot"),
            Self::WrongExpiry => no("No_match_GTIN_Serial_Expiry"),
            Self::WrongLotAndExpiry => no("No_match_GTIN_Serial_Lot_Expiry"),
            Self::Dispensed | Self::Stolen => no("Not_for_re-distribution"),
            // B1 or B2, as the manufacturer's policy says
            Self::Recalled => VrsAnswer {
                verified: None,
                info: Some("Recalled"),
                ..VrsAnswer::OK
            },
            Self::Expired => VrsAnswer {
                verified: None,
                info: Some("Expired"),
                ..VrsAnswer::OK
            },
            Self::UnknownGtin => status(404),
            Self::WrongCheckDigit | Self::NoCorrelation => status(400),
            Self::UnknownRequester => status(403),
        }
    }
}

/// What must be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VrsAnswer {
    /// HTTP status; only 200 has a body.
    pub status: u16,
    /// Whether the pack is verified; `None` where the manufacturer's policy decides, or without body.
    pub verified: Option<bool>,
    /// `verificationFailureReason`. A manufacturer whose policy is not to tell says `No_reason_provided` instead of a
    /// mismatch.
    pub reason: Option<&'static str>,
    /// `additionalInfo` that must be there; other information may be.
    pub info: Option<&'static str>,
}

impl VrsAnswer {
    const OK: Self = Self {
        status: 200,
        verified: Some(true),
        reason: None,
        info: None,
    };
}
