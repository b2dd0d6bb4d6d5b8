//! What the tests of the interface share: a chain of one node in memory, with the real rules, the real index and the real
//! interface on top.

pub(crate) mod chain;
pub(crate) mod documents;
mod histories;
pub(crate) mod mutate;

use std::{
    collections::BTreeSet,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Request, StatusCode},
};
use bytes::Bytes;
use ed25519_zebra::{SigningKey, VerificationKey};
use futures::future::BoxFuture;
use http_body_util::BodyExt as _;
use pangolin_api::{
    Config, Deps,
    app::App,
    auth::Peer,
    authorise::{Entitled, Sight},
    clock::ManualClock,
    config::{Access, Capture, Token, Verify},
    deps::{
        self, Admit, Identity, ProofError, ProofFile, ProofForm, Proofs, ReceiptOf, SignError,
        Signer,
    },
    own::{Right, Tally},
    router::router,
    trade::IndustryTrade,
};
use pangolin_index::{SqliteIndex, TradeLens};
use pangolin_ledger::{
    id::{ChainId, EventId, ObjectId, PartyId, PublicKey, Role, Signature, TimeMs},
    profile::Profile,
    state::KeyUse,
    tx::{EventParts, STATEMENT_BYTES},
    walk::{
        local::Want,
        together::{Pieces, Questions},
    },
};
use pangolin_profiles::{
    catalog,
    disclosure::{Disclosure, SaltSecret},
    pharma::{self, LEXICON, Member, Pharma, role},
};
use serde_json::Value;
use tempfile::TempDir;
use tower::ServiceExt as _;

pub(crate) use chain::MemoryChain;

/// 2026-03-05T12:00:00Z.
pub(crate) const NOW_MS: i64 = 1_772_712_000_000;
pub(crate) const MAKER: &str = "0300011111116";
pub(crate) const WHOLESALER: &str = "0399999999991";
pub(crate) const PHARMACY: &str = "0400000000015";
pub(crate) const REGULATOR: &str = "urn:x:regulator";
pub(crate) const CHAIN: ChainId = ChainId([9; 32]);

/// The parties with the seed of their owner key; the node's agent key for them has the seed plus 100.
pub(crate) const PARTIES: [(&str, u8); 4] =
    [(MAKER, 1), (WHOLESALER, 2), (PHARMACY, 3), (REGULATOR, 4)];

pub(crate) fn seed(party: &str) -> u8 {
    PARTIES
        .iter()
        .find(|(name, _)| *name == party)
        .map_or(200, |(_, seed)| *seed)
}

pub(crate) fn public(seed: u8) -> PublicKey {
    PublicKey(VerificationKey::from(&SigningKey::from([seed; 32])).into())
}

pub(crate) fn party(name: &str) -> PartyId {
    pharma::party_id(name).unwrap()
}

fn members() -> Vec<Member> {
    let keys = |name: &str| {
        vec![
            (public(seed(name)), KeyUse::Owner),
            (public(seed(name) + 100), KeyUse::Agent([].into())),
        ]
    };
    let member = |name: &str, id: &str, roles: Vec<Role>, prefixes: &[&str]| Member {
        name: name.into(),
        id: id.into(),
        roles,
        prefixes: prefixes.iter().map(|prefix| (*prefix).to_owned()).collect(),
        gtins: Vec::new(),
        keys: keys(id),
    };
    vec![
        member("Maker", MAKER, vec![role::MANUFACTURER], &["030001"]),
        member("Wholesaler", WHOLESALER, vec![role::WHOLESALER], &[]),
        member("Pharmacy", PHARMACY, vec![role::DISPENSER], &[]),
        member(
            "Regulator",
            REGULATOR,
            vec![Role::GOVERNOR, Role::REGISTRAR, Role::AUTHORITY],
            &[],
        ),
    ]
}

/// The key of the node of that name.
pub(crate) fn key_of(name: &str) -> String {
    let sum = name.bytes().fold(0u8, u8::wrapping_add);
    hex::encode([sum; 32])
}

/// Three validators, of which the node under test is `<north>`, and an observer.
fn identity() -> Identity {
    let member = |name: &str, organisation: Option<&str>| deps::Member {
        name: name.into(),
        organisation: organisation.map(str::to_owned),
        key: key_of(name),
    };
    let north = member("<north>", Some("Maker & Sons"));
    Identity {
        node: north.clone(),
        chain_name: "the test".into(),
        validators: vec![
            north,
            member("west", Some("Wholesaler")),
            member("south", Some("Pharmacy")),
        ],
        peers: vec![member("west", None), member("watch", None)],
    }
}

/// The node's agent keys.
pub(crate) struct Agent;

impl Signer for Agent {
    fn key(&self, party: &PartyId) -> Option<PublicKey> {
        let known = PARTIES
            .iter()
            .find(|(name, _)| super_party(name) == *party)?;
        Some(public(known.1 + 100))
    }

    fn sign(
        &self,
        party: &PartyId,
        statement: &[u8; STATEMENT_BYTES],
    ) -> Result<Signature, SignError> {
        let known = PARTIES.iter().find(|(name, _)| super_party(name) == *party);
        let (_, seed) = known.ok_or_else(|| SignError::NoKey(party.clone()))?;
        Ok(Signature(
            SigningKey::from([seed + 100; 32]).sign(statement).into(),
        ))
    }

    fn salts(&self, _: &PartyId) -> Result<SaltSecret, SignError> {
        Ok(SaltSecret::new([5; 32]))
    }
}

fn super_party(name: &str) -> PartyId {
    party(name)
}

/// Proofs that name what they were asked for; there are none of guesses, event `ff…` and transaction `ee…`.
pub(crate) struct NamedProofs;

impl NamedProofs {
    fn file(what: String, form: ProofForm) -> BoxFuture<'static, Result<ProofFile, ProofError>> {
        Self::telling(what, form, &Entitled::default())
    }

    /// One that tells an event of the maker to whoever may read some.
    fn telling(
        what: String,
        form: ProofForm,
        entitled: &Entitled,
    ) -> BoxFuture<'static, Result<ProofFile, ProofError>> {
        let mut disclosed = Tally::default();
        let right = entitled.events.as_ref().map(|sight| match sight {
            Sight::Everything => Right::Authority,
            Sight::Of(_) => Right::Party,
        });
        if let Some(right) = right {
            disclosed.add(&party(MAKER), right, EventId([7; 32]));
        }
        Box::pin(async move {
            if ["guess", "Event(ffff", "Transaction(eeee"]
                .iter()
                .any(|unknown| what.contains(unknown))
            {
                return Err(ProofError::Unknown(what));
            }
            let (media_type, bytes) = match form {
                ProofForm::Json => (
                    "application/json",
                    serde_json::json!({ "of": what }).to_string(),
                ),
                ProofForm::Binary => ("application/vnd.pangolin.proof", what),
            };
            Ok(ProofFile {
                media_type,
                name: "proof".into(),
                height: 7,
                bytes: Bytes::from(bytes),
                disclosed,
            })
        })
    }
}

impl Proofs for NamedProofs {
    fn receipt(
        &self,
        of: ReceiptOf,
        form: ProofForm,
        entitled: Entitled,
    ) -> BoxFuture<'_, Result<ProofFile, ProofError>> {
        Self::telling(format!("receipt {of:?}"), form, &entitled)
    }
    fn status(
        &self,
        object: ObjectId,
        form: ProofForm,
        _entitled: Entitled,
    ) -> BoxFuture<'_, Result<ProofFile, ProofError>> {
        Self::file(
            format!("status {}", pangolin_profiles::capture::object_uri(&object)),
            form,
        )
    }
    fn custody(
        &self,
        object: ObjectId,
        form: ProofForm,
        entitled: Entitled,
    ) -> BoxFuture<'_, Result<ProofFile, ProofError>> {
        Self::telling(
            format!(
                "custody {}",
                pangolin_profiles::capture::object_uri(&object)
            ),
            form,
            &entitled,
        )
    }
    fn fields(
        &self,
        parts: EventParts,
        shown: Disclosure,
    ) -> BoxFuture<'_, Result<ProofFile, ProofError>> {
        assert_eq!(shown.verify(&parts.commitment), Ok(()));
        let fields = shown.fields.iter();
        let fields: Vec<String> = fields.map(|f| format!("{}={}", f.path, f.value)).collect();
        Self::file(
            format!(
                "{} of {} fields: {}",
                fields.len(),
                shown.count,
                fields.join(" ")
            ),
            ProofForm::Json,
        )
    }
    fn histories<'a>(
        &'a self,
        questions: Questions,
        told: bool,
        proof: bool,
        admit: Admit<'a>,
    ) -> BoxFuture<'a, Result<Pieces, ProofError>> {
        let answered = histories::answered(&questions, told, proof, admit);
        Box::pin(futures::future::ready(Ok(answered)))
    }
    fn provenance(
        &self,
        wants: BTreeSet<Want>,
        told: bool,
        entitled: Entitled,
    ) -> BoxFuture<'_, Result<ProofFile, ProofError>> {
        let known =
            |want: &Want| !matches!(want, Want::Object(object) if object.as_bytes() == b"unknown");
        if !wants.iter().all(known) {
            let unknown = ProofError::Unknown("an object".into());
            return Box::pin(futures::future::ready(Err(unknown)));
        }
        let events = if told { "with" } else { "without" };
        Self::telling(
            format!("{} pieces {events} events", wants.len()),
            ProofForm::Json,
            &entitled,
        )
    }
}

/// An empty directory that is removed with its value.
pub(crate) fn directory() -> TempDir {
    tempfile::Builder::new()
        .prefix("pangolin-api-")
        .tempdir()
        .unwrap()
}

/// A text as one segment of a path.
pub(crate) fn segment(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// The public test material, where it is at hand.
pub(crate) fn testdata(file: &str) -> Option<Vec<u8>> {
    let root = std::env::var_os("PANGOLIN_TESTDATA").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/testdata"),
        PathBuf::from,
    );
    let read = std::fs::read(root.join(file)).ok();
    if read.is_none() {
        println!("skipped: no {file} below {}", root.display());
    }
    read
}

/// The token of a party.
pub(crate) fn token(party: &str) -> String {
    format!("token-of-{party}")
}

pub(crate) fn config(data_dir: &Path) -> Config {
    let tokens = PARTIES.iter().map(|(name, _)| Token {
        token: token(name),
        party: (*name).to_owned(),
        acts_for: Vec::new(),
    });
    Config {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        data_dir: data_dir.to_owned(),
        public_urls: Vec::new(),
        development: true,
        tls: None,
        capture: Capture::default(),
        access: Access {
            tokens: tokens.collect(),
            ..Access::default()
        },
        verify: Verify::default(),
        find: pangolin_api::config::Find::default(),
        disclosures: pangolin_api::limits::DEFAULT_DISCLOSURES,
    }
}

/// A node.
pub(crate) struct Node {
    pub(crate) chain: Arc<MemoryChain>,
    pub(crate) clock: ManualClock,
    pub(crate) app: App,
    pub(crate) router: Router,
    pub(crate) data: TempDir,
}

/// An answer.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn header(&self, name: &str) -> String {
        self.headers
            .get(name)
            .map(|value| value.to_str().unwrap().to_owned())
            .unwrap_or_default()
    }

    /// The stable code of a problem, after checking that it is one.
    pub(crate) fn code(&self) -> String {
        assert_eq!(
            self.header("content-type"),
            "application/problem+json",
            "{} {}",
            self.status,
            self.text()
        );
        let problem = self.json();
        assert_eq!(problem["status"], self.status.as_u16());
        assert!(
            problem["type"]
                .as_str()
                .unwrap()
                .starts_with("epcisException:"),
            "{problem}"
        );
        assert!(
            problem["title"].is_string() && problem["detail"].is_string(),
            "{problem}"
        );
        problem["code"].as_str().unwrap().to_owned()
    }
}

pub(crate) fn deps(
    data_dir: &Path,
    clock: &ManualClock,
    genesis_ms: i64,
) -> (Deps, Arc<MemoryChain>) {
    let profile: Arc<dyn Profile> = Arc::new(Pharma::strict());
    let lens = TradeLens::new([(Arc::clone(&profile), LEXICON)]);
    let index = SqliteIndex::open(
        pangolin_index::Config::new(data_dir.join("index.sqlite")),
        Arc::new(lens),
    )
    .unwrap();
    let index = Arc::new(index);
    let genesis = pharma::genesis(
        CHAIN,
        TimeMs(genesis_ms),
        pharma::params(),
        vec![pharma::STRICT],
        &members(),
    )
    .unwrap();
    let chain = Arc::new(MemoryChain::new(
        vec![profile],
        &genesis,
        Arc::clone(&index),
        clock.clone(),
    ));
    let deps = Deps {
        chain: Arc::clone(&chain) as _,
        chain_id: CHAIN,
        chain_key: vec![1],
        identity: Arc::new(identity()),
        connected: Some(Arc::new(|| [key_of("west"), key_of("watch")].into())),
        pace: None,
        index: Some(Arc::clone(&index)),
        trade: Arc::new(IndustryTrade::new(catalog::named("pharma-strict").unwrap())),
        signer: Arc::new(Agent),
        proofs: Arc::new(NamedProofs),
        clock: Arc::new(clock.clone()),
        metrics: None,
    };
    (deps, chain)
}

impl Node {
    pub(crate) fn new() -> Self {
        Self::with(|_| ())
    }

    /// A node with a changed configuration; its capture engine runs.
    pub(crate) fn with(change: impl FnOnce(&mut Config)) -> Self {
        let data = directory();
        let mut config = config(data.path());
        change(&mut config);
        let clock = ManualClock::at(NOW_MS);
        let (deps, chain) = deps(data.path(), &clock, NOW_MS - 1_000);
        Self::of(config, deps, chain, clock, data)
    }

    /// A node of a chain that begins at `genesis_ms`, a moment later.
    pub(crate) fn at(genesis_ms: i64) -> Self {
        let data = directory();
        let clock = ManualClock::at(genesis_ms + 1_000);
        let (deps, chain) = deps(data.path(), &clock, genesis_ms);
        Self::of(config(data.path()), deps, chain, clock, data)
    }

    fn of(
        config: Config,
        deps: Deps,
        chain: Arc<MemoryChain>,
        clock: ManualClock,
        data: TempDir,
    ) -> Self {
        let app = App::new(config, deps).unwrap();
        let engine = app.engine().clone();
        tokio::spawn(async move { engine.run().await });
        Self {
            chain,
            clock,
            router: router(app.clone()),
            app,
            data,
        }
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }

    /// A request of a party (nobody: `""`), with headers.
    pub(crate) async fn call(
        &self,
        who: &str,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "node.test");
        if !who.is_empty() {
            request = request.header("authorization", format!("Bearer {}", token(who)));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(body.into()).unwrap()).await
    }

    /// A question of a party (nobody: `""`) from an address.
    pub(crate) async fn get_from(&self, ip: [u8; 4], who: &str, path: &str) -> Answer {
        let mut request = Request::builder().uri(path).header("host", "node.test");
        if !who.is_empty() {
            request = request.header("authorization", format!("Bearer {}", token(who)));
        }
        let peer = Peer {
            ip: ip.into(),
            certificate: None,
        };
        let mut request = request.body(Body::empty()).unwrap();
        request
            .extensions_mut()
            .insert(axum::extract::ConnectInfo(peer));
        self.send(request).await
    }

    pub(crate) async fn get(&self, who: &str, path: &str) -> Answer {
        self.call(who, "GET", path, &[], Body::empty()).await
    }

    /// Captures a document and waits for the end of its job.
    pub(crate) async fn capture(
        &self,
        who: &str,
        document: impl Into<Body>,
        headers: &[(&str, &str)],
    ) -> Value {
        let answer = self.call(who, "POST", "/capture", headers, document).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text());
        let location = answer.header("location");
        let job = self.get(who, &format!("{location}?wait=20&events=0")).await;
        assert_eq!(job.status, StatusCode::OK, "{}", job.text());
        let job = job.json();
        assert_eq!(job["running"], false, "{job}");
        job
    }

    /// Captures a document of which everything must be accepted.
    pub(crate) async fn accept(&self, who: &str, document: impl Into<Body>) -> Value {
        let job = self.capture(who, document, &[]).await;
        assert_eq!(job["success"], true, "{job:#}");
        job
    }
}

/// Puts markers where an answer changes from run to run.
pub(crate) fn redact(value: &mut Value) {
    const CHANGING: [&str; 5] = ["captureID", "transaction", "id", "sha256", "block"];
    match value {
        Value::Object(members) => {
            for (name, member) in members.iter_mut() {
                if CHANGING.contains(&name.as_str())
                    && member.as_str().is_some_and(|text| text.len() >= 32)
                {
                    *member = Value::from("…");
                } else {
                    redact(member);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(redact),
        _ => {}
    }
}

/// An order of an authority, signed by its officer, sent to `/orders`.
pub(crate) async fn chain_order(
    node: &Node,
    who: &str,
    body: pangolin_ledger::tx::OrderBody,
) -> Answer {
    let bytes = signed(node, who, pangolin_ledger::tx::Body::Order(body));
    node.call(
        who,
        "POST",
        "/orders",
        &[("content-type", "application/octet-stream")],
        bytes,
    )
    .await
}

/// A transaction of a party, signed with its owner key.
pub(crate) fn signed(node: &Node, who: &str, body: pangolin_ledger::tx::Body) -> Bytes {
    use pangolin_ledger::{
        Wire as _,
        id::Height,
        tx::{Auth, DataClass, SignedTransaction, Transaction},
    };
    let tx = Transaction {
        chain: CHAIN,
        profile: pharma::STRICT,
        class: DataClass::Transaction,
        issuer: party(who),
        key: public(seed(who)),
        valid_until: Height(node.chain.height() + 100),
        body,
    };
    let unsigned = SignedTransaction::new(tx.clone(), Auth::Single(Signature([0; 64])));
    let signature = SigningKey::from([seed(who); 32]).sign(&unsigned.statement());
    SignedTransaction::new(tx, Auth::Single(Signature(signature.into())))
        .to_bytes()
        .into()
}

/// A recall of a lot.
pub(crate) fn recall_lot(lot: &str) -> pangolin_ledger::tx::OrderBody {
    use pangolin_gs1::id::{Gtin, Lot};
    use pangolin_ledger::tx::{OrderBody, OrderKind, OrderScope, OrderTerms};
    let group = pangolin_profiles::capture::id::lot(
        &Gtin::new(documents::ITEM).unwrap(),
        &Lot::new(lot).unwrap(),
    )
    .unwrap();
    OrderBody::Issue(OrderTerms {
        kind: OrderKind::Recall,
        scope: OrderScope::Group(group),
        reason: pharma::words::order_reason::RECALL_CLASS_1,
        legal_basis: "21 CFR 7.40".into(),
        expires: None,
        officers: 1,
        document: None,
    })
}
