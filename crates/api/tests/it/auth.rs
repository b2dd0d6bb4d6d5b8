//! Who may do what: credentials and decisions, through the whole interface.

use std::time::Duration;

use crate::common::{
    MAKER, NOW_MS, Node, PHARMACY, REGULATOR, WHOLESALER, config, deps, directory,
    documents::{commission, document},
    seed,
};
use axum::{body::Body, http::Request};
use pangolin_api::{
    clock::{Clock as _, ManualClock, SystemClock},
    config::{Access, Certificate, Tls},
    router::TABLE,
};
use pangolin_client::{Capture, Client, ClientError, Credentials, Options, Proof, ProofForm};
use tempfile::TempDir;

fn client(running: &pangolin_api::Running, key: u8) -> Client {
    Client::new(
        &format!("http://{}", running.address()),
        Credentials::Key([key; 32]),
    )
    .unwrap()
}

/// A node on a socket, with the time of the day: signatures have an age.
async fn served(
    change: impl FnOnce(&mut pangolin_api::Config),
) -> (
    pangolin_api::Running,
    std::sync::Arc<crate::common::MemoryChain>,
    TempDir,
) {
    let data = directory();
    let clock = ManualClock::at(SystemClock.now_ms());
    let (deps, chain) = deps(data.path(), &clock, NOW_MS - 1_000);
    let mut config = config(data.path());
    config.development = false;
    config.access = Access::default();
    change(&mut config);
    let running = pangolin_api::serve(config, deps).await.unwrap();
    (running, chain, data)
}

#[tokio::test]
async fn nothing_is_open_that_is_not_meant_to_be() {
    let node = Node::new();
    let open = [
        "/",
        "/style.css",
        "/pack",
        "/verify",
        "/checkConnectivity",
        "/proofs",
        "/status",
        "/validators",
        "/chains",
        "/directory",
        "/healthz",
        "/readyz",
        "/openapi.json",
    ];
    for (method, path) in TABLE {
        let path = path
            .replace("{gtin}", "00300010123455")
            .replace("{id}", &"0".repeat(64))
            .replace("{epc}", "urn%3Aepc%3Aid%3Asgtin%3A030001.0012345.1")
            .replace(['{', '}'], "");
        let answer = node.call("", method, &path, &[], "x").await;
        let asks = *method == "GET" || path == "/proofs/provenance";
        let is_open = asks
            && open.iter().any(|start| {
                if *start == "/" {
                    path == "/"
                } else {
                    path.starts_with(start)
                }
            });
        let closed = ["/pack/trace", "/proofs/identity"].contains(&path.as_str());
        assert_eq!(
            answer.status.as_u16() == 401,
            !is_open || closed,
            "{method} {path}: {}",
            answer.status
        );
        if answer.status.as_u16() == 401 && path != "/pack/trace" {
            assert_eq!(answer.code(), "not-signed-in", "{path}");
            assert!(!answer.header("www-authenticate").is_empty());
        }
    }
    for who in [MAKER, WHOLESALER, PHARMACY] {
        assert_eq!(node.get(who, "/metrics").await.code(), "operators-only");
    }
    assert_eq!(node.get(REGULATOR, "/metrics").await.status.as_u16(), 200);
}

#[tokio::test]
async fn areas_are_opened_by_configuration() {
    let node = Node::with(|config| {
        config.access.open.clear();
        config
            .access
            .open
            .insert(pangolin_api::authorise::Area::Parties);
    });
    assert_eq!(node.get("", "/parties").await.status.as_u16(), 200);
    for path in [
        "/",
        "/status",
        "/validators",
        "/chains",
        "/directory",
        "/openapi.json",
        "/proofs/receipt/x",
        "/verify/gtin/1/lot/1/ser/1",
    ] {
        assert_eq!(node.get("", path).await.status.as_u16(), 401, "{path}");
    }
}

#[tokio::test]
async fn tokens_count_in_development_only_and_must_be_known() {
    let node = Node::new();
    let with = async |node: &Node, token: &str| {
        let request = Request::get("/parties")
            .header("authorization", token)
            .header("host", "n");
        node.send(request.body(Body::empty()).unwrap()).await
    };
    assert_eq!(
        with(&node, "Bearer nobody's token").await.code(),
        "unknown-token"
    );
    assert_eq!(
        with(&node, &format!("Bearer {}", crate::common::token(MAKER)))
            .await
            .status
            .as_u16(),
        200
    );
    let strict = Node::with(|config| {
        config.development = false;
        config.access.tokens.clear();
    });
    assert_eq!(
        with(&strict, &format!("Bearer {}", crate::common::token(MAKER)))
            .await
            .code(),
        "not-signed-in"
    );
}

#[tokio::test]
async fn signed_requests_are_those_of_the_keys_owner() {
    let (running, chain, data) = served(|_| ()).await;
    let maker = client(&running, seed(MAKER));
    let bytes = document(&[commission(1, &["1"])]);
    let job = maker
        .capture(bytes.clone().into(), &Capture::default())
        .await
        .unwrap();
    let job = maker
        .finished(&job.capture_id, Duration::from_secs(20), |_| ())
        .await
        .unwrap();
    assert!(job.success, "{:?}", job.errors);
    assert_eq!(chain.height(), 1);
    let file = data.path().join("document.json");
    std::fs::write(&file, &bytes).unwrap();
    let again = maker
        .capture_file(&file, &Capture::default())
        .await
        .unwrap();
    let again = maker
        .finished(&again.capture_id, Duration::from_secs(20), |_| ())
        .await
        .unwrap();
    assert_eq!((again.success, again.counts.known), (true, 1));
    assert_eq!(
        maker
            .events(&[("EQ_bizStep", "commissioning")])
            .await
            .unwrap()
            .height,
        Some(1)
    );
    let proof = maker
        .proof(
            &Proof::Status("urn:epc:id:sgtin:030001.0012345.1".into()),
            ProofForm::Binary,
        )
        .await
        .unwrap();
    assert_eq!(
        (&proof.bytes[..], proof.height),
        (
            &b"status https://id.gs1.org/01/00300010123455/21/1"[..],
            Some(7)
        )
    );
    // the agent key of a party is the party's too; a key of nobody is not
    assert!(client(&running, seed(MAKER) + 100).parties().await.is_ok());
    let nobody = client(&running, 77).parties().await.unwrap_err();
    assert_eq!((nobody.status(), nobody.code()), (Some(401), "unknown-key"));
    let foreign = Capture {
        party: Some(WHOLESALER.into()),
        ..Capture::default()
    };
    assert_eq!(
        maker
            .capture(bytes.into(), &foreign)
            .await
            .unwrap_err()
            .code(),
        "not-your-party"
    );
    running.stop().await;
}

#[tokio::test]
async fn a_signature_is_good_for_one_request_with_its_body() {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    use ed25519_zebra::SigningKey;
    use sha2::{Digest as _, Sha256};
    let node = Node::with(|config| config.public_urls = vec!["https://node.example".into()]);
    let now = node.clock.now_ms() / 1_000;
    let sign = |body: &str, created: i64, uri: &str| {
        let digest = format!("sha-256=:{}:", STANDARD.encode(Sha256::digest(body)));
        let keyid = hex::encode(crate::common::public(seed(MAKER)).0);
        let params = format!(
            "(\"@method\" \"@target-uri\" \"content-digest\");created={created};keyid=\"{keyid}\""
        );
        let base = format!(
            "\"@method\": POST\n\"@target-uri\": {uri}\n\"content-digest\": {digest}\n\"@signature-params\": {params}"
        );
        let signature: [u8; 64] = SigningKey::from([seed(MAKER); 32])
            .sign(base.as_bytes())
            .into();
        (
            digest,
            format!("s={params}"),
            format!("s=:{}:", STANDARD.encode(signature)),
        )
    };
    let send = async |signed: &(String, String, String), body: String| {
        let headers = [
            ("content-digest", signed.0.as_str()),
            ("signature-input", &signed.1),
            ("signature", &signed.2),
        ];
        node.call("", "POST", "/capture", &headers, body).await
    };
    let body = document(&[commission(1, &["1"])]);
    let good = sign(&body, now, "https://node.example/capture");
    let swapped = document(&[commission(1, &["2"])]);
    assert_eq!(send(&good, swapped).await.code(), "content-digest-mismatch");
    // the attempt above took nothing from whoever signed
    assert_eq!(send(&good, body.clone()).await.status.as_u16(), 202);
    assert_eq!(send(&good, body.clone()).await.code(), "signature-replayed");
    let old = sign(&body, now - 301, "https://node.example/capture");
    assert_eq!(send(&old, body.clone()).await.code(), "signature-too-old");
    let elsewhere = sign(&body, now, "https://other.example/capture");
    assert_eq!(
        send(&elsewhere, body.clone()).await.code(),
        "signature-wrong"
    );
    // a signature that does not hold is refused even where everybody may read
    let headers = [("signature", "s=:AAAA:"), ("signature-input", "s=()")];
    assert_eq!(
        node.call("", "GET", "/status", &headers, Body::empty())
            .await
            .status
            .as_u16(),
        401
    );
}

#[tokio::test]
async fn client_certificates_are_known_by_their_fingerprints() {
    let files = directory();
    let at = files.path();
    let make = |name: &str| {
        let made =
            rcgen::generate_simple_self_signed(vec![name.to_owned(), "127.0.0.1".to_owned()])
                .unwrap();
        let pem = format!("{}{}", made.cert.pem(), made.signing_key.serialize_pem());
        std::fs::write(at.join(format!("{name}.pem")), pem).unwrap();
        std::fs::write(at.join(format!("{name}.crt")), made.cert.pem()).unwrap();
        hex::encode(<sha2::Sha256 as sha2::Digest>::digest(made.cert.der()))
    };
    make("localhost");
    let known = make("known");
    make("stranger");
    let (running, _, _data) = served(|config| {
        config.tls = Some(Tls {
            certificate: at.join("localhost.crt"),
            key: at.join("localhost.pem"),
        });
        config.access.certificates = vec![Certificate {
            sha256: known,
            party: MAKER.into(),
            acts_for: vec![WHOLESALER.into()],
        }];
    })
    .await;
    let base = format!("https://localhost:{}", running.address().port());
    let with = |identity: Option<&str>| {
        let options = Options {
            trust: vec![at.join("localhost.crt")],
            identity: identity.map(|name| at.join(format!("{name}.pem"))),
            ..Options::default()
        };
        Client::with(&base, Credentials::None, &options).unwrap()
    };
    assert_eq!(
        with(None).parties().await.unwrap_err().code(),
        "not-signed-in"
    );
    assert!(with(Some("known")).parties().await.is_ok());
    assert!(matches!(
        with(Some("stranger")).parties().await,
        Err(ClientError::Connection(_))
    ));
    let foreign = Capture {
        party: Some(WHOLESALER.into()),
        ..Capture::default()
    };
    let text = document(&[commission(1, &["1"])]);
    assert!(
        with(Some("known"))
            .capture(text.into(), &foreign)
            .await
            .is_ok()
    );
    // signed requests work over TLS too
    let options = Options {
        trust: vec![at.join("localhost.crt")],
        ..Options::default()
    };
    let signed = Client::with(&base, Credentials::Key([seed(MAKER); 32]), &options).unwrap();
    assert!(signed.parties().await.is_ok());
    running.stop().await;
}

#[tokio::test]
async fn plain_http_stays_on_this_machine() {
    let data = directory();
    let (deps, _) = deps(data.path(), &ManualClock::at(NOW_MS), NOW_MS - 1_000);
    let mut config = config(data.path());
    config.development = false;
    config.access.tokens.clear();
    config.listen = "0.0.0.0:0".parse().unwrap();
    assert!(pangolin_api::serve(config, deps).await.is_err());
}
