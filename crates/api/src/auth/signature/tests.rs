use axum::http::{HeaderMap, HeaderValue, Method, Uri};
use ed25519_zebra::SigningKey;

use super::*;

const NOW: i64 = 1_800_000_000;

struct Request {
    method: Method,
    uri: Uri,
    headers: HeaderMap,
}

impl Request {
    fn new(method: Method) -> Self {
        let uri = "/capture?mode=strict".parse().unwrap();
        Self {
            method,
            uri,
            headers: HeaderMap::new(),
        }
    }

    fn message(&self) -> Message<'_> {
        let (method, uri, headers) = (&self.method, &self.uri, &self.headers);
        Message {
            method,
            uri,
            scheme: "https",
            authority: "node.example:8443",
            headers,
        }
    }

    fn set(&mut self, name: &'static str, value: &str) {
        self.headers
            .insert(name, HeaderValue::from_str(value).unwrap());
    }

    /// Signs the way a client does: builds the base by hand, independent of the code under test.
    fn sign(&mut self, covered: &str, base: &str, created: i64, more: &str) {
        let key = SigningKey::from([7; 32]);
        let public: [u8; 32] = VerificationKey::from(&key).into();
        let params = format!(
            "({covered});created={created};keyid=\"{}\"{more}",
            hex::encode(public)
        );
        let text = format!("{base}\"@signature-params\": {params}");
        let signature: [u8; 64] = key.sign(text.as_bytes()).into();
        self.set("signature-input", &format!("sig={params}"));
        let encoded = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, signature);
        self.set("signature", &format!("sig=:{encoded}:"));
    }

    fn verify(&self, has_body: bool) -> Result<PublicKey, &'static str> {
        verify(&self.message(), has_body, NOW)
            .map(|v| v.key)
            .map_err(|e| e.code())
    }
}

const GET_BASE: &str =
    "\"@method\": GET\n\"@target-uri\": https://node.example:8443/capture?mode=strict\n";
const GET_COVERED: &str = r#""@method" "@target-uri""#;

#[test]
fn a_request_signed_by_hand_is_believed() {
    let mut request = Request::new(Method::GET);
    request.sign(
        GET_COVERED,
        GET_BASE,
        NOW - 10,
        ";nonce=\"x\";alg=\"ed25519\"",
    );
    let public: [u8; 32] = VerificationKey::from(&SigningKey::from([7; 32])).into();
    assert_eq!(request.verify(false), Ok(PublicKey(public)));
}

#[test]
fn a_body_must_be_covered() {
    let mut request = Request::new(Method::POST);
    let base = GET_BASE.replace("GET", "POST");
    request.sign(GET_COVERED, &base, NOW, "");
    assert_eq!(request.verify(true), Err("signature-not-covering"));
    request.set("content-digest", "sha-256=:AAAA:");
    let base = format!("{base}\"content-digest\": sha-256=:AAAA:\n");
    request.sign(
        r#""@method" "@target-uri" "content-digest""#,
        &base,
        NOW,
        "",
    );
    assert!(request.verify(true).is_ok());
    request.set("content-digest", "sha-256=:AAAB:");
    assert_eq!(request.verify(true), Err("signature-wrong"));
}

#[test]
fn every_change_of_the_request_is_noticed() {
    let mut signed = Request::new(Method::GET);
    signed.sign(GET_COVERED, GET_BASE, NOW, "");
    assert!(signed.verify(false).is_ok());
    signed.method = Method::DELETE;
    assert_eq!(signed.verify(false), Err("signature-wrong"));
    signed.method = Method::GET;
    signed.uri = "/capture?mode=lenient".parse().unwrap();
    assert_eq!(signed.verify(false), Err("signature-wrong"));
}

#[test]
fn time_and_parameters_are_bounded() {
    let case = |created: i64, more: &str| {
        let mut request = Request::new(Method::GET);
        request.sign(GET_COVERED, GET_BASE, created, more);
        request.verify(false).map(|_| ())
    };
    assert_eq!(case(NOW - SIGNATURE_AGE_S, ""), Ok(()));
    assert_eq!(
        case(NOW - SIGNATURE_AGE_S - 1, ""),
        Err("signature-too-old")
    );
    assert_eq!(
        case(NOW + SIGNATURE_AHEAD_S + 1, ""),
        Err("signature-in-future")
    );
    assert_eq!(
        case(NOW, &format!(";expires={}", NOW - 1)),
        Err("signature-too-old")
    );
    assert_eq!(
        case(NOW, ";alg=\"rsa-pss-sha512\""),
        Err("signature-algorithm")
    );
}

#[test]
fn malformed_headers_have_codes() {
    let mut request = Request::new(Method::GET);
    assert!(!is_signed(&request.headers));
    request.set("signature", "sig=:AAAA:");
    assert!(is_signed(&request.headers));
    assert_eq!(request.verify(false), Err("signature-header-missing"));
    request.set("signature-input", "sig=(");
    assert_eq!(request.verify(false), Err("signature-syntax"));
    request.set(
        "signature-input",
        r#"other=("@method" "@target-uri");created=1;keyid="00""#,
    );
    assert_eq!(request.verify(false), Err("signature-names"));
    request.set(
        "signature-input",
        r#"sig=("@method" "@target-uri");created=1;keyid="00""#,
    );
    assert_eq!(request.verify(false), Err("signature-wrong"));
    request.sign(r#""@method" "@target-uri" "@status""#, GET_BASE, NOW, "");
    assert_eq!(request.verify(false), Err("signature-component"));
    request.sign(r#""@method" "@target-uri" "@method""#, GET_BASE, NOW, "");
    assert_eq!(request.verify(false), Err("signature-component"));
}
