//! Signing of requests (RFC 9421, Ed25519; RFC 9530 for the digest of the body).

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ed25519_zebra::{SigningKey, VerificationKey};

/// How a client proves who it is.
#[derive(Clone, PartialEq, Eq)]
pub enum Credentials {
    /// Not at all, or by a client certificate.
    None,
    /// With the secret seed of an Ed25519 key that is registered on the chain.
    Key([u8; 32]),
    /// With a token, which nodes accept in development only.
    Token(String),
}

impl fmt::Debug for Credentials {
    /// Secrets are not shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Key(_) => "Key(…)",
            Self::Token(_) => "Token(…)",
        })
    }
}

/// The public key of credentials that sign.
pub(crate) fn public(credentials: &Credentials) -> Option<[u8; 32]> {
    match credentials {
        Credentials::Key(seed) => Some(VerificationKey::from(&SigningKey::from(*seed)).into()),
        Credentials::None | Credentials::Token(_) => None,
    }
}

/// Headers that sign a request. `digest` is the SHA-256 of the body, for methods that have one.
pub(crate) fn headers(
    credentials: &Credentials,
    method: &str,
    target: &str,
    digest: Option<[u8; 32]>,
) -> Vec<(&'static str, String)> {
    match credentials {
        Credentials::None => Vec::new(),
        Credentials::Token(token) => vec![("authorization", format!("Bearer {token}"))],
        Credentials::Key(seed) => {
            let now = SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .unwrap_or_default();
            // the nonce keeps equal requests of one second apart: a signature is accepted once
            signed(
                &SigningKey::from(*seed),
                method,
                target,
                digest,
                now.as_secs(),
                &hex::encode(rand::random::<[u8; 12]>()),
            )
        }
    }
}

fn signed(
    key: &SigningKey,
    method: &str,
    target: &str,
    digest: Option<[u8; 32]>,
    created: u64,
    nonce: &str,
) -> Vec<(&'static str, String)> {
    let public: [u8; 32] = VerificationKey::from(key).into();
    let mut covered = String::from("\"@method\" \"@target-uri\"");
    let mut base = format!("\"@method\": {method}\n\"@target-uri\": {target}\n");
    let mut headers = Vec::new();
    if let Some(digest) = digest {
        let value = format!("sha-256=:{}:", STANDARD.encode(digest));
        covered.push_str(" \"content-digest\"");
        base = format!("{base}\"content-digest\": {value}\n");
        headers.push(("content-digest", value));
    }
    let params = format!(
        "({covered});created={created};keyid=\"{}\";alg=\"ed25519\";nonce=\"{nonce}\"",
        hex::encode(public)
    );
    base = format!("{base}\"@signature-params\": {params}");
    let signature: [u8; 64] = key.sign(base.as_bytes()).into();
    headers.push(("signature-input", format!("sig={params}")));
    headers.push(("signature", format!("sig=:{}:", STANDARD.encode(signature))));
    headers
}

/// A random UUID of version 4.
pub(crate) fn uuid() -> String {
    let mut bytes: [u8; 16] = rand::random();
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let hex = hex::encode(bytes);
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    format!(
        "{}-{}-{}-{}-{}",
        part(0, 8),
        part(8, 12),
        part(12, 16),
        part(16, 20),
        part(20, 32)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_over_the_base_of_the_standard() {
        let key = SigningKey::from([7; 32]);
        let headers = signed(
            &key,
            "POST",
            "https://n.example/capture?mode=strict",
            Some([1; 32]),
            1_700_000_000,
            "n",
        );
        let get = |name: &str| {
            headers
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, value)| value.clone())
                .unwrap()
        };
        let params = get("signature-input")
            .strip_prefix("sig=")
            .unwrap()
            .to_owned();
        let base = format!(
            "\"@method\": POST\n\"@target-uri\": https://n.example/capture?mode=strict\n\"content-digest\": {}\n\"@signature-params\": {params}",
            get("content-digest")
        );
        let encoded = get("signature")
            .strip_prefix("sig=:")
            .unwrap()
            .strip_suffix(':')
            .unwrap()
            .to_owned();
        let signature: [u8; 64] = STANDARD.decode(encoded).unwrap().try_into().unwrap();
        assert!(
            VerificationKey::from(&key)
                .verify(&signature.into(), base.as_bytes())
                .is_ok()
        );
    }

    #[test]
    fn secrets_are_not_shown_and_uuids_have_version_4() {
        assert_eq!(
            format!("{:?}", Credentials::Token("secret".into())),
            "Token(…)"
        );
        let id = uuid();
        assert_eq!((id.len(), id.as_bytes()[14]), (36, b'4'));
    }
}
