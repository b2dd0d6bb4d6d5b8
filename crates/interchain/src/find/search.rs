//! The search: which chains are asked, and what becomes of each.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
    time::Duration,
};

use futures::{FutureExt as _, StreamExt as _, future::BoxFuture, stream::FuturesUnordered};
use pangolin_client::{Finding, Findings, Knows, Trouble};
use pangolin_ledger::{
    ChainId, ObjectId, TimeMs, Wire as _, evidence::Verifier, walk::local::Want,
};
use tokio::time::{Instant, timeout, timeout_at};

use super::{
    ALL, ANSWER, Atlas, MAX_CHAINS, MAX_ENDPOINTS, Outside, PARALLEL, Place, Reply, Source,
    Subject, What, YOUNG_MS,
    judge::{self, Hop, Judged},
    subject::wants_of,
    text, trouble,
};

/// What a search goes by.
pub struct Search<'a> {
    /// The directory.
    pub atlas: &'a Atlas,
    /// Whoever is asked for the own chain.
    pub own: Arc<dyn Source>,
    /// Clients of nodes of other chains.
    pub outside: &'a Outside,
    /// Checks proofs.
    pub light: &'a dyn Verifier,
    /// Whether chains are asked to which nothing leads.
    pub everywhere: bool,
    /// The time of day.
    pub now: TimeMs,
}

/// A chain that came up.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Lead {
    chain: ChainId,
    why: &'static str,
    inside: Option<ObjectId>,
}

/// What one visit brought.
struct Visit {
    lead: Lead,
    finding: Finding,
    hops: Vec<Hop>,
}

/// A node that is asked, with its address; or why it cannot be.
type Asking<'a> = (Option<&'a str>, Result<Arc<dyn Source>, Trouble>);

/// What is known so far.
#[derive(Default)]
struct Known {
    order: Vec<ChainId>,
    findings: BTreeMap<ChainId, Finding>,
    reasons: BTreeMap<ChainId, Vec<&'static str>>,
    limits: BTreeSet<&'static str>,
    open: VecDeque<Lead>,
    led: BTreeSet<(ChainId, Option<ObjectId>)>,
}

impl Known {
    fn lead(&mut self, chain: ChainId, why: &'static str, inside: Option<ObjectId>) {
        let reasons = self.reasons.entry(chain).or_default();
        if !reasons.contains(&why) {
            reasons.push(why);
        }
        if !self.order.contains(&chain) {
            if self.order.len() >= MAX_CHAINS {
                self.limits.insert("chains");
                self.reasons.remove(&chain);
                return;
            }
            self.order.push(chain);
        }
        // a chain that was asked for the object is asked again only for the container in which it came
        let again = inside.is_none() && self.led.iter().any(|(known, _)| *known == chain);
        if !again && self.led.insert((chain, inside.clone())) {
            self.open.push_back(Lead { chain, why, inside });
        }
    }

    fn take(&mut self, visit: Visit) {
        let chain = visit.lead.chain;
        let better = self
            .findings
            .get(&chain)
            .is_none_or(|known| rank(known.knows) < rank(visit.finding.knows));
        if better {
            self.findings.insert(chain, visit.finding);
        }
        for hop in visit.hops {
            self.lead(hop.chain, hop.why, hop.inside);
        }
    }
}

const fn rank(knows: Knows) -> u8 {
    match knows {
        Knows::NotKnown => 0,
        Knows::No => 1,
        Knows::Inside => 2,
        Knows::Yes => 3,
    }
}

impl Search<'_> {
    /// Finds what chains know of a subject.
    pub async fn run(&self, subject: &Subject) -> Findings {
        self.within(subject, ALL).await
    }

    async fn within(&self, subject: &Subject, time: Duration) -> Findings {
        let deadline = Instant::now() + time;
        let mut known = Known::default();
        known.lead(self.atlas.here, "here", None);
        for (chain, _) in self.atlas.likely(subject) {
            known.lead(chain, "prefix", None);
        }
        // nothing leads from chain to chain of a lot
        let mut everywhere = self.everywhere || matches!(subject.what, What::Lot(_));
        let mut all_asked = false;
        let mut running: FuturesUnordered<BoxFuture<'_, Visit>> = FuturesUnordered::new();
        loop {
            if everywhere && !all_asked {
                all_asked = true;
                let others = self.atlas.places.iter().filter(|(_, place)| place.believed);
                for (chain, _) in others {
                    known.lead(*chain, "everywhere", None);
                }
            }
            while running.len() < PARALLEL
                && let Some(lead) = known.open.pop_front()
            {
                running.push(self.visit(subject, lead).boxed());
            }
            match timeout_at(deadline, running.next()).await {
                Ok(Some(visit)) => known.take(visit),
                Ok(None) => {
                    let found = |f: &Finding| rank(f.knows) >= rank(Knows::Inside);
                    if all_asked || known.findings.values().any(found) {
                        break;
                    }
                    everywhere = true;
                }
                Err(_) => {
                    known.limits.insert("time");
                    break;
                }
            }
        }
        self.findings(subject, known)
    }

    fn findings(&self, subject: &Subject, mut known: Known) -> Findings {
        let mut chains = Vec::new();
        for chain in &known.order {
            let finding = known.findings.remove(chain);
            let mut finding = finding.unwrap_or_else(|| {
                let mut finding = self.blank(*chain);
                let message = "there was no time left to ask it, or to wait for its answer";
                finding.troubles.push(trouble(None, "time", message));
                finding
            });
            let why = known.reasons.get(chain).into_iter().flatten();
            finding.why = why.map(|why| (*why).to_owned()).collect();
            if finding.knows == Knows::No && finding.why.iter().any(|why| why == "went-to") {
                let message = "another chain proves that it went there: it is on its way, or whoever answers hides it";
                finding.troubles.push(trouble(None, "denied", message));
            }
            chains.push(finding);
        }
        let whole = |f: &Finding| f.proven || (f.knows == Knows::No && f.troubles.is_empty());
        Findings {
            subject: subject.uri.clone(),
            kind: subject.kind().to_owned(),
            from: self.atlas.here.to_string(),
            time: text(self.now),
            complete: known.limits.is_empty() && chains.iter().all(whole),
            limits: known
                .limits
                .iter()
                .map(|limit| (*limit).to_owned())
                .collect(),
            chains,
        }
    }

    fn blank(&self, chain: ChainId) -> Finding {
        let name = self
            .atlas
            .places
            .get(&chain)
            .map(|place| place.name.clone());
        Finding {
            chain: chain.to_string(),
            name: name.unwrap_or_default(),
            why: Vec::new(),
            knows: Knows::NotKnown,
            proven: false,
            endpoint: None,
            height: None,
            time: None,
            object: None,
            lot: None,
            troubles: Vec::new(),
            contents: None,
            withheld: None,
        }
    }

    /// Asks a chain.
    async fn visit(&self, subject: &Subject, lead: Lead) -> Visit {
        let mut finding = self.blank(lead.chain);
        let mut hops = Vec::new();
        match self.place(&lead.chain) {
            Ok((place, key)) => {
                let asked = match (&subject.what, &lead.inside) {
                    (What::Object(_), Some(container)) => Asked::Container(container),
                    (What::Object(object), None) => Asked::Object(object),
                    (What::Lot(_), _) => Asked::Lot(subject),
                };
                // whoever is asked for a container is asked for the object first
                if let (Asked::Container(_), What::Object(object)) = (&asked, &subject.what) {
                    let first = Asked::Object(object);
                    hops = self.ask(&lead, place, key, &first, &mut finding).await;
                }
                if rank(finding.knows) < rank(Knows::Inside) {
                    hops = self.ask(&lead, place, key, &asked, &mut finding).await;
                }
            }
            Err(why) => finding.troubles.push(why),
        }
        Visit {
            lead,
            finding,
            hops,
        }
    }

    fn place(&self, chain: &ChainId) -> Result<(&Place, &[u8]), Trouble> {
        let Some(place) = self.atlas.places.get(chain) else {
            let message = "the directory does not have this chain";
            return Err(trouble(None, "not-in-directory", message));
        };
        if !place.believed {
            let message = format!(
                "nothing it says is believed here: it is {}, or what is known of it is too old",
                place.stands.name()
            );
            return Err(trouble(None, "not-believed", message));
        }
        match &place.key {
            Some(key) => Ok((place, key)),
            None => Err(trouble(
                None,
                "no-key",
                "nobody here says what its proofs are checked with",
            )),
        }
    }

    /// Asks the nodes of a chain, one after the other, until one shows a young proof. That there is no record is believed only if all that
    /// are asked say so.
    async fn ask(
        &self,
        lead: &Lead,
        place: &Place,
        key: &[u8],
        asked: &Asked<'_>,
        finding: &mut Finding,
    ) -> Vec<Hop> {
        let sources = self.sources(lead, place);
        if sources.is_empty() {
            let message = "no node of it is known: a registry records them, or [[neighbour]] in node.toml names them";
            finding.troubles.push(trouble(None, "no-endpoint", message));
            return Vec::new();
        }
        let mut best: Option<(Judged, Option<&str>)> = None;
        let mut denied = None;
        for (endpoint, source) in sources {
            let answer = match source {
                Ok(source) => self.judged(source.as_ref(), &lead.chain, key, asked).await,
                Err(why) => {
                    finding.troubles.push(why);
                    continue;
                }
            };
            match answer {
                Ok(Some(judged)) => {
                    let young = judged.time.plus(YOUNG_MS.unsigned_abs()) >= self.now;
                    if best
                        .as_ref()
                        .is_none_or(|(known, _)| known.height < judged.height)
                    {
                        best = Some((judged, endpoint));
                    }
                    if young {
                        break;
                    }
                    let message = "what it proves is older than two minutes";
                    finding
                        .troubles
                        .push(trouble(endpoint, "old-answer", message));
                }
                Ok(None) => denied = Some(endpoint),
                Err((code, message)) => finding.troubles.push(trouble(endpoint, &code, message)),
            }
        }
        if let Some((judged, endpoint)) = best {
            finding.knows = asked.known();
            finding.proven = true;
            finding.endpoint = endpoint.map(str::to_owned);
            finding.height = Some(judged.height);
            finding.time = Some(text(judged.time));
            finding.object = judged.object;
            finding.lot = judged.lot;
            let mut hops = judged.hops;
            if let Asked::Container(container) = asked {
                // further on it is the container that leads to the object
                for hop in &mut hops {
                    hop.inside.get_or_insert_with(|| (*container).clone());
                }
            }
            return hops;
        }
        if let Some(endpoint) = denied {
            finding.knows = Knows::No;
            finding.endpoint = endpoint.map(str::to_owned);
        }
        Vec::new()
    }

    /// The nodes that are asked, each with its address where it is another chain's.
    fn sources<'p>(&self, lead: &Lead, place: &'p Place) -> Vec<Asking<'p>> {
        if lead.chain == self.atlas.here {
            return vec![(None, Ok(Arc::clone(&self.own)))];
        }
        let asking = |endpoint: &'p String| {
            let client = self.outside.client(endpoint);
            let client = client.map(|client| Arc::new(client) as Arc<dyn Source>);
            (Some(endpoint.as_str()), client)
        };
        let endpoints = place.endpoints.iter().take(MAX_ENDPOINTS);
        endpoints.map(asking).collect()
    }

    async fn judged(
        &self,
        source: &dyn Source,
        chain: &ChainId,
        key: &[u8],
        asked: &Asked<'_>,
    ) -> Result<Option<Judged>, (String, String)> {
        let wants = asked.wants().iter().map(Want::to_bytes).collect();
        let reply = timeout(ANSWER, source.ends(wants)).await.map_err(|_| {
            let message = format!("it did not answer within {} s", ANSWER.as_secs());
            ("time".to_owned(), message)
        })??;
        let Reply::Told(answer) = reply else {
            return Ok(None);
        };
        match asked {
            Asked::Object(object) | Asked::Container(object) => {
                judge::object(self.light, chain, key, object, &answer).map(Some)
            }
            Asked::Lot(subject) => match &subject.what {
                What::Lot(group) => judge::lot(self.light, chain, key, group, &answer).map(Some),
                What::Object(_) => Ok(None),
            },
        }
    }
}

/// What a chain is asked for.
enum Asked<'a> {
    Object(&'a ObjectId),
    Container(&'a ObjectId),
    Lot(&'a Subject),
}

impl Asked<'_> {
    fn wants(&self) -> Vec<Want> {
        match self {
            Self::Object(object) | Self::Container(object) => wants_of(object),
            Self::Lot(subject) => subject.wants(),
        }
    }

    const fn known(&self) -> Knows {
        match self {
            Self::Container(_) => Knows::Inside,
            Self::Object(_) | Self::Lot(_) => Knows::Yes,
        }
    }
}
