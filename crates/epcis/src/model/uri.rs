//! Identifiers: any absolute URI, kept as given (EPCIS 2.0 §6.4 lets any URI identify an object, place or party).

use std::fmt;

/// Longest identifier, in bytes.
pub const URI_BYTES_MAX: usize = 4_096;

/// An absolute URI (or IRI), kept exactly as written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uri(String);

/// Why a text is no absolute URI.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UriError {
    /// Nothing was given.
    #[error("identifier is empty")]
    Empty,
    /// Longer than [`URI_BYTES_MAX`].
    #[error("identifier is longer than {URI_BYTES_MAX} bytes")]
    TooLong,
    /// There is no `scheme:` in front.
    #[error("identifier has no scheme in front, such as urn: or https:")]
    NoScheme,
    /// Nothing follows the scheme.
    #[error("identifier has nothing after its scheme")]
    NothingAfterScheme,
    /// A character that no URI may hold.
    #[error("identifier holds the character {0:?}, which a URI must percent-encode")]
    Character(char),
    /// A percent sign without two hexadecimal digits.
    #[error("identifier holds a percent sign that two hexadecimal digits do not follow")]
    Percent,
}

impl UriError {
    /// Stable kebab-case code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "uri-empty",
            Self::TooLong => "uri-too-long",
            Self::NoScheme => "uri-no-scheme",
            Self::NothingAfterScheme => "uri-incomplete",
            Self::Character(_) => "uri-character",
            Self::Percent => "uri-percent",
        }
    }
}

impl Uri {
    /// Parses an absolute URI after RFC 3986; characters beyond ASCII are allowed as in RFC 3987.
    pub fn parse(text: &str) -> Result<Self, UriError> {
        if text.is_empty() {
            return Err(UriError::Empty);
        }
        if text.len() > URI_BYTES_MAX {
            return Err(UriError::TooLong);
        }
        let (scheme, rest) = text.split_once(':').ok_or(UriError::NoScheme)?;
        let mut letters = scheme.chars();
        let starts_well = letters.next().is_some_and(|c| c.is_ascii_alphabetic());
        if !starts_well || !letters.all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c)) {
            return Err(UriError::NoScheme);
        }
        if rest.is_empty() {
            return Err(UriError::NothingAfterScheme);
        }
        check_characters(rest)?;
        Ok(Self(text.to_owned()))
    }

    /// The identifier as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it holds ASCII only, as RFC 3986 and the JSON schema's `format: uri` demand.
    pub fn is_ascii(&self) -> bool {
        self.0.is_ascii()
    }
}

fn check_characters(rest: &str) -> Result<(), UriError> {
    let bytes = rest.as_bytes();
    for (at, character) in rest.char_indices() {
        if character == '%' {
            let digits = bytes.get(at + 1..at + 3);
            if !digits.is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit)) {
                return Err(UriError::Percent);
            }
        } else if character.is_ascii() {
            // RFC 3986 §2.2, §2.3; a second '#' is caught by no consumer of ours and is left alone
            let allowed =
                character.is_ascii_alphanumeric() || "-._~:/?#[]@!$&'()*+,;=".contains(character);
            if !allowed {
                return Err(UriError::Character(character));
            }
        } else if character.is_whitespace() || character.is_control() {
            return Err(UriError::Character(character));
        }
    }
    Ok(())
}

impl fmt::Display for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsRef<str> for Uri {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uris() {
        let check = |text: &str, expect: Result<(), UriError>| {
            assert_eq!(Uri::parse(text).map(|_| ()), expect, "{text}");
        };
        check("urn:epc:id:sgtin:0614141.107346.2017", Ok(()));
        check("https://id.gs1.org/01/04012345999990/21/XYZ-1234", Ok(()));
        check("geo:50.947573340894124,6.922120147375441", Ok(()));
        check("ni:///sha-256;ab?ver=CBV2.0", Ok(()));
        check("urn:x:straße", Ok(()));
        check("", Err(UriError::Empty));
        check("abc", Err(UriError::NoScheme));
        check("1a:b", Err(UriError::NoScheme));
        check("://x", Err(UriError::NoScheme));
        check("urn:", Err(UriError::NothingAfterScheme));
        check("urn:a b", Err(UriError::Character(' ')));
        check("urn:a%2", Err(UriError::Percent));
        check("urn:a%2Fb", Ok(()));
    }
}
