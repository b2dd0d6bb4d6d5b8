//! GS1 identifiers: keys, application identifiers, element strings, Digital Link URIs and EPC URNs.
//!
//! Everything that names an object, a place or a party in a supply chain enters the system here. One object is written in
//! several ways; [`Key`] is the one identity behind them. Pure: no clock, files, network or randomness, so the same text
//! gives the same key on every machine. Nothing here panics on bad input: each error has a stable code (`code()`), a place in
//! bytes (`offset()`) and a remedy (`remedy()`).
//!
//! ```
//! use pangolin_gs1::{Key, element::Scan};
//!
//! // A scan of a pack, the URN in a partner's file and the link in its QR code name the same pack.
//! let Ok(Scan::Elements(scan)) = Scan::parse("]d201040123451234561727123110L1\u{1d}21A1") else { panic!() };
//! let pack = Key::from_elements(&scan).unwrap();
//! assert_eq!(pack, Key::parse("urn:epc:id:sgtin:4012345.012345.A1").unwrap());
//! assert_eq!(pack, Key::parse("https://example.org/01/4012345123456/21/A1").unwrap());
//! assert!(pack.is_instance());
//!
//! let error = Key::parse("https://id.gs1.org/01/04012345123457/21/A1").unwrap_err();
//! assert_eq!((error.code(), error.offset()), ("incorrect-check-digit", 35));
//! ```

pub mod ai;
pub mod charset;
pub mod check;
pub mod digital_link;
pub mod element;
pub mod epc;
pub mod id;
pub mod key;
pub mod lint;
mod percent;
mod prefix;
mod text;

pub use key::{Key, KeyError, Level};
pub use prefix::{CompanyPrefixes, PREFIXES_MAX, PrefixLen, PrefixTable, PrefixTableError};
