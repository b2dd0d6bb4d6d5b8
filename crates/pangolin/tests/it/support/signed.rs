//! A signed request as bytes, to be sent once, again, or many times at once.

use std::{
    net::SocketAddr,
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ed25519_zebra::{SigningKey, VerificationKeyBytes};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::http;

/// The key in a file.
pub(crate) fn key_in(file: &Path) -> SigningKey {
    let text = std::fs::read_to_string(file).unwrap();
    let seed: [u8; 32] = hex::decode(text.trim()).unwrap().try_into().unwrap();
    SigningKey::from(seed)
}

/// A `POST` request, signed as RFC 9421 says.
pub(crate) struct Signed {
    address: SocketAddr,
    path: String,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

impl Signed {
    /// A request to a node.
    pub(crate) fn new(node: &str, path: &str, media: &str, key: &SigningKey, body: &[u8]) -> Self {
        let public: [u8; 32] = VerificationKeyBytes::from(key).into();
        let digest = format!("sha-256=:{}:", STANDARD.encode(Sha256::digest(body)));
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let params = format!(
            "(\"@method\" \"@target-uri\" \"content-digest\");created={};keyid=\"{}\";alg=\"ed25519\";nonce=\"{}\"",
            since.as_secs(),
            hex::encode(public),
            hex::encode(rand::random::<[u8; 8]>())
        );
        let base = format!(
            "\"@method\": POST\n\"@target-uri\": {node}{path}\n\"content-digest\": {digest}\n\"@signature-params\": {params}"
        );
        let signature: [u8; 64] = key.sign(base.as_bytes()).into();
        Self {
            address: node["http://".len()..].parse().unwrap(),
            path: path.to_owned(),
            headers: vec![
                ("content-type", media.to_owned()),
                ("content-digest", digest),
                ("signature-input", format!("sig={params}")),
                ("signature", format!("sig=:{}:", STANDARD.encode(signature))),
            ],
            body: body.to_vec(),
        }
    }

    /// The status, and the code of a problem.
    pub(crate) fn send(&self) -> (u16, String) {
        let headers = self.headers.iter();
        let headers: Vec<(&str, &str)> = headers.map(|(name, value)| (*name, &value[..])).collect();
        let answer = http::send(self.address, "POST", &self.path, None, &headers, &self.body);
        let answer = answer.unwrap();
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let code = body["code"].as_str().unwrap_or_default().to_owned();
        (answer.status, code)
    }
}
