//! The directory, searches, contents, and who comes from another chain, through the interface of one node.

use axum::http::StatusCode;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use ed25519_zebra::SigningKey;
use pangolin_api::config::NeighbourEntry;
use pangolin_ledger::{
    id::{ChainId, Digest32, Scope},
    state::{ChainAbout, ChainIdentity, Endpoint, FollowTerms, Grade},
    tx::{Body, GovernanceAction, GovernanceBody},
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::common::{
    Answer, MAKER, NOW_MS, Node, PHARMACY, REGULATOR, WHOLESALER,
    documents::{commission, document, pack, ship},
    public, seed, segment,
};

const ELSEWHERE: &str = "0707070707070707070707070707070707070707070707070707070707070707";

fn neighboured() -> Node {
    Node::with(|config| {
        config.find.neighbours.push(NeighbourEntry {
            chain: ELSEWHERE.into(),
            // nobody listens there
            endpoints: vec!["http://127.0.0.1:9".into()],
            prefixes: vec!["030001".into()],
        });
    })
}

async fn made_and_shipped(node: &Node) {
    node.accept(MAKER, document(&[commission(1, &["1", "2"])]))
        .await;
    let event = ship(2, &[pack("1")], MAKER, WHOLESALER);
    node.accept(MAKER, document(&[event])).await;
}

async fn contents(node: &Node, who: &str, body: &Value) -> Answer {
    let headers = [("content-type", "application/json")];
    node.call(who, "POST", "/contents", &headers, body.to_string())
        .await
}

#[tokio::test]
async fn the_directory_has_the_own_chain_and_what_the_operator_wrote_down() {
    let node = neighboured();
    let directory = node.get("", "/directory").await.json();
    assert_eq!(directory["chains"].as_array().unwrap().len(), 2);
    assert_eq!(directory["notHeard"], json!([]));
    let path = format!("/directory?for={}", segment(&pack("1")));
    let directory = node.get("", &path).await.json();
    let first = &directory["chains"][0];
    assert_eq!(first["chain"], ELSEWHERE, "{directory:#}");
    assert_eq!(
        (&first["state"], &first["believed"], &first["likelyBy"]),
        (&"unregistered".into(), &false.into(), &"030001".into())
    );
    assert_eq!(first["sources"], json!(["configuration"]));
    let own = &directory["chains"][1];
    assert_eq!(
        (&own["state"], &own["believed"]),
        (&"here".into(), &true.into())
    );
    for wrong in [
        "for=hello",
        "for=",
        "of=1",
        "for=urn%3Aepc%3Aidpat%3Asgtin%3A030001.0012345.%2A",
    ] {
        let answer = node.get("", &format!("/directory?{wrong}")).await;
        assert_eq!(answer.code(), "bad-parameter", "{wrong}");
    }
}

#[tokio::test]
async fn searches_are_for_members_and_say_what_is_missing() {
    let node = neighboured();
    let path = format!("/find/{}", segment(&pack("1")));
    assert_eq!(node.get("", &path).await.code(), "not-signed-in");
    let found = node.get(WHOLESALER, &path).await;
    assert_eq!(found.status, StatusCode::OK, "{}", found.text());
    let found = found.json();
    assert_eq!(found["complete"], false, "{found:#}");
    let of = |chain: &Value| {
        let all = found["chains"].as_array().unwrap().iter();
        let mut fitting = all.filter(|finding| finding["chain"] == *chain);
        fitting.next().unwrap().clone()
    };
    // the test's own proofs are none, and nothing of the other chain is believed
    assert_eq!(of(&found["from"])["troubles"][0]["code"], "own-answer");
    assert_eq!(of(&ELSEWHERE.into())["troubles"][0]["code"], "not-believed");
    for wrong in ["?everywhere=yes", "?where=here"] {
        let answer = node.get(WHOLESALER, &format!("{path}{wrong}")).await;
        assert_eq!(answer.code(), "bad-parameter", "{wrong}");
    }
    let answer = node.get(WHOLESALER, "/find/hello").await;
    assert_eq!(answer.code(), "bad-parameter");
}

#[tokio::test]
async fn members_get_the_events_that_name_them_and_the_owner_learns_of_it() {
    let node = Node::new();
    made_and_shipped(&node).await;
    let asked = json!({ "epc": pack("1") });
    let given = |answer: &Answer| {
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        let value = answer.json();
        let events = value["events"].as_array().unwrap().clone();
        let steps = events.iter().map(|event| {
            let step = event["event"]["bizStep"].as_str().unwrap();
            (step.to_owned(), event["right"].as_str().unwrap().to_owned())
        });
        (
            steps.collect::<Vec<_>>(),
            value["withheld"].as_u64().unwrap(),
            value,
        )
    };
    let pair = |step: &str, right: &str| (step.to_owned(), right.to_owned());
    let (events, withheld, value) = given(&contents(&node, MAKER, &asked).await);
    assert_eq!(
        events,
        [pair("commissioning", "own"), pair("shipping", "own")]
    );
    assert_eq!((withheld, &value["as"]), (0, &"member".into()));
    assert!(value["custodian"].as_str().unwrap().ends_with(MAKER));
    let (events, withheld, _) = given(&contents(&node, WHOLESALER, &asked).await);
    assert_eq!((events, withheld), (vec![pair("shipping", "party")], 1));
    let (events, withheld, value) = given(&contents(&node, PHARMACY, &asked).await);
    assert_eq!((events, withheld), (vec![], 2));
    assert_eq!(value.get("custodian"), None, "{value:#}");
    let (events, _, _) = given(&contents(&node, REGULATOR, &asked).await);
    assert_eq!(
        events,
        [
            pair("commissioning", "authority"),
            pair("shipping", "authority")
        ]
    );
    let log = node.get(MAKER, "/disclosures").await.json();
    let log = log["disclosures"].as_array().unwrap();
    let entry = |at: usize| {
        (
            log[at]["right"].as_str().unwrap(),
            log[at]["events"].as_array().unwrap().len(),
        )
    };
    assert_eq!(
        (log.len(), entry(0), entry(1)),
        (2, ("party", 1), ("authority", 2))
    );
}

#[tokio::test]
async fn wrong_questions_about_contents_are_refused_with_their_place() {
    let node = Node::new();
    made_and_shipped(&node).await;
    assert_eq!(
        contents(&node, "", &json!({ "epc": pack("1") }))
            .await
            .code(),
        "not-signed-in"
    );
    for (body, code) in [
        (json!({}), "contents-syntax"),
        (json!({ "epc": 7 }), "contents-syntax"),
        (json!({ "epc": pack("1"), "more": 1 }), "contents-syntax"),
        (json!({ "epc": "hello" }), "bad-parameter"),
        (
            json!({ "epc": "(01)00300010123455(10)A123" }),
            "bad-parameter",
        ),
        (json!({ "epc": pack("404") }), "unknown-object"),
    ] {
        let answer = contents(&node, WHOLESALER, &body).await;
        assert_eq!(answer.code(), code, "{body}");
    }
    let large = json!({ "epc": "x".repeat(300_000) });
    let answer = contents(&node, WHOLESALER, &large).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
}

/// `POST /contents`, signed with a key.
async fn signed(node: &Node, key: u8, path: &str, nonce: &str, body: &Value) -> Answer {
    let body = body.to_string();
    let digest = format!("sha-256=:{}:", STANDARD.encode(Sha256::digest(&body)));
    let params = format!(
        "(\"@method\" \"@target-uri\" \"content-digest\");created={};keyid=\"{}\";alg=\"ed25519\";nonce=\"{nonce}\"",
        NOW_MS / 1_000,
        hex::encode(public(key).0)
    );
    let base = format!(
        "\"@method\": POST\n\"@target-uri\": http://node.test{path}\n\"content-digest\": {digest}\n\"@signature-params\": {params}"
    );
    let signature: [u8; 64] = SigningKey::from([key; 32]).sign(base.as_bytes()).into();
    let (input, signature) = (
        format!("sig={params}"),
        format!("sig=:{}:", STANDARD.encode(signature)),
    );
    let headers = [
        ("content-type", "application/json"),
        ("content-digest", digest.as_str()),
        ("signature-input", &input),
        ("signature", &signature),
    ];
    node.call("", "POST", path, &headers, body).await
}

#[tokio::test]
async fn a_key_that_nobody_here_knows_opens_nothing_without_its_chains_proof() {
    let node = Node::new();
    made_and_shipped(&node).await;
    let bare = json!({ "epc": pack("1") });
    // elsewhere it is refused as ever
    assert_eq!(
        signed(&node, 77, "/events", "a", &bare).await.code(),
        "unknown-key"
    );
    assert_eq!(
        signed(&node, 77, "/contents", "b", &bare).await.code(),
        "not-signed-in"
    );
    let with = |chain: &str, state: &str| json!({ "epc": pack("1"), "identity": { "chain": chain, "state": state } });
    for (nonce, body, code) in [
        ("c", with("zz", "00"), "bad-parameter"),
        ("d", with(ELSEWHERE, "0"), "bad-parameter"),
        ("e", with(ELSEWHERE, "00"), "home-unknown"),
        ("f", with(&"09".repeat(32), "00"), "unknown-key"),
        (
            "g",
            with(ELSEWHERE, &"00".repeat(70_000)),
            "identity-too-large",
        ),
    ] {
        assert_eq!(
            signed(&node, 77, "/contents", nonce, &body).await.code(),
            code
        );
    }
    // whoever goes on like this is turned away, and members are not
    let mut turned_away = false;
    for nonce in 0..40 {
        let answer = signed(
            &node,
            77,
            "/contents",
            &format!("g{nonce}"),
            &with(ELSEWHERE, "00"),
        )
        .await;
        turned_away |= answer.code() == "too-many-guesses";
    }
    assert!(turned_away);
    let own = signed(&node, seed(WHOLESALER), "/contents", "h", &bare).await;
    assert_eq!(own.status, StatusCode::OK, "{}", own.text());
    let again = signed(&node, seed(WHOLESALER), "/contents", "h", &bare).await;
    assert_eq!(again.code(), "signature-replayed");
}

#[tokio::test]
async fn who_somebody_is_is_proven_to_himself_only() {
    let node = Node::new();
    let path = |key: u8| format!("/proofs/identity?key={}", hex::encode(public(key).0));
    assert_eq!(
        node.get("", &path(seed(MAKER))).await.code(),
        "not-signed-in"
    );
    let other = node.get(WHOLESALER, &path(seed(MAKER))).await;
    assert_eq!(other.code(), "not-your-key");
    assert_eq!(node.get(MAKER, &path(200)).await.code(), "not-your-key");
    assert_eq!(
        node.get(MAKER, "/proofs/identity?key=zz").await.code(),
        "bad-parameter"
    );
    // the test's chain proves nothing
    assert_ne!(
        node.get(MAKER, &path(seed(MAKER))).await.status,
        StatusCode::OK
    );
}

/// A decision of the governance, final at once.
async fn decides(node: &Node, action: GovernanceAction) {
    let reason = String::new();
    let body = Body::Governance(Box::new(GovernanceBody { action, reason }));
    let headers = [("content-type", "application/octet-stream")];
    let bytes = crate::common::signed(node, REGULATOR, body);
    let answer = node
        .call(REGULATOR, "POST", "/transactions?wait=5", &headers, bytes)
        .await;
    assert_eq!(answer.json()[0]["state"], "final", "{}", answer.text());
}

#[tokio::test]
async fn what_the_governance_and_registries_say_is_in_the_directory() {
    let node = neighboured();
    let (list, other) = (ChainId([5; 32]), ChainId([7; 32]));
    let register = |chain, name: &str| GovernanceAction::RegisterChain {
        chain,
        name: name.into(),
        key: vec![chain.0[0]; 96],
        freshness_ms: 60_000,
    };
    decides(&node, register(list, "list")).await;
    decides(&node, register(other, "other")).await;
    let terms = FollowTerms {
        grade: Grade::Native,
        freshness_ms: 60_000,
        word_ms: None,
    };
    let follow = GovernanceAction::FollowRegistry {
        registry: list,
        terms,
    };
    decides(&node, follow).await;
    let of = |directory: &Value, name: &str| {
        let mut all = directory["chains"].as_array().unwrap().iter();
        all.find(|chain| chain["name"] == name).cloned().unwrap()
    };
    let directory = node.get("", "/directory").await.json();
    let other_place = of(&directory, "other");
    assert_eq!(
        (&other_place["state"], &other_place["believed"]),
        (&"active".into(), &true.into())
    );
    assert_eq!(
        other_place["sources"],
        json!(["own governance", "configuration"])
    );
    assert_eq!(other_place["key"], hex::encode([7; 96]));
    let silent = &directory["notHeard"][0];
    assert_eq!(
        (&silent["registry"], &silent["code"]),
        (&hex::encode([5; 32]).into(), &"no-endpoint".into())
    );
    decides(&node, GovernanceAction::SuspendChain { chain: other }).await;
    let directory = node.get("", "/directory").await.json();
    let other_place = of(&directory, "other");
    assert_eq!(
        (&other_place["state"], &other_place["believed"]),
        (&"suspended".into(), &false.into())
    );
    // what this chain records itself counts like what others do
    let record = GovernanceAction::RecordChain {
        chain: ChainId([6; 32]),
        identity: ChainIdentity {
            grade: Grade::Native,
            key: vec![6; 96],
            genesis: Digest32([1; 32]),
        },
        about: ChainAbout {
            name: "recorded".into(),
            jurisdiction: String::new(),
            profiles: [pangolin_profiles::pharma::STRICT].into(),
            endpoints: vec![Endpoint {
                url: "https://node.example/".into(),
            }],
            supervisors: Vec::new(),
            prefixes: [Scope::new("0300010").unwrap()].into(),
            freshness_ms: 1_000,
        },
    };
    decides(&node, record).await;
    let directory = node
        .get("", &format!("/directory?for={}", segment(&pack("1"))))
        .await
        .json();
    assert_eq!(directory["chains"][0]["name"], "recorded", "{directory:#}");
    let recorded = of(&directory, "recorded");
    assert_eq!(recorded["endpoints"], json!(["https://node.example"]));
    assert_eq!(
        (
            &recorded["sources"],
            &recorded["state"],
            &recorded["believed"]
        ),
        (&json!(["own records"]), &"active".into(), &true.into())
    );
    // its word counts for whoever comes from there: so far that a proof of it is asked for
    made_and_shipped(&node).await;
    for (chain, code) in [
        ([6; 32], "malformed-proof"),
        ([7; 32], "home-not-believed"),
        ([8; 32], "home-unknown"),
    ] {
        let body =
            json!({ "epc": pack("1"), "identity": { "chain": hex::encode(chain), "state": "00" } });
        let answer = signed(&node, 77, "/contents", &hex::encode(chain), &body).await;
        assert_eq!(answer.code(), code);
    }
}

#[tokio::test]
async fn fields_of_what_is_not_on_the_chain_come_with_proof_and_are_written_down() {
    let node = Node::new();
    node.accept(MAKER, document(&[commission(1, &["1"])])).await;
    let mut event = ship(2, &[pack("1")], MAKER, WHOLESALER);
    event["gs1ushc:price"] = json!("12.50");
    let headers = [("pangolin-placement", "committed")];
    let job = node.capture(MAKER, document(&[event]), &headers).await;
    assert_eq!(job["success"], true, "{job:#}");
    let asked = |fields: bool| json!({ "epc": pack("1"), "fields": fields });
    let bare = contents(&node, WHOLESALER, &asked(false)).await;
    assert!(!bare.text().contains("12.5"), "{}", bare.text());
    let given = contents(&node, WHOLESALER, &asked(true)).await.json();
    let event = &given["events"][0];
    assert_eq!(
        (&event["placement"], &event["right"]),
        (&"committed".into(), &"party".into())
    );
    assert!(
        event["fields"]["of"]
            .as_str()
            .unwrap()
            .contains("price=12.5"),
        "{event:#}"
    );
    let log = node.get(MAKER, "/disclosures").await.json();
    let entries = log["disclosures"].as_array().unwrap().iter();
    let fields: Vec<usize> = entries
        .map(|entry| entry["fields"].as_array().unwrap().len())
        .collect();
    assert_eq!(fields[..2], [0, 0], "twice the event as the chain has it");
    assert!(
        fields.len() == 3 && fields[2] > 5,
        "once its fields: {fields:?}"
    );
}
