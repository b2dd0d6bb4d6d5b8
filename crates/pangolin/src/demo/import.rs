//! The demonstration across chains: medicines of one region go through customs into another, and are recalled where they were made.

use anyhow::{Context as _, Result, bail, ensure};
use pangolin_client::{Capture, CaptureJob, Document};
use serde_json::{Value, json};
use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
    time::{Duration, Instant},
};

use super::prepare;
use crate::{
    cli::DemoArgs,
    commands::{Officer, scope, terms},
    network::{REGULATOR, topology::Started},
    output,
    shell::{program, quoted},
};

const LIST: &str = "list";
const NORTH: usize = 0;
const BORDER: usize = 1;
const SOUTH: usize = 2;
const REGISTRY: usize = 3;
/// How old the word of another chain's orders may be.
const FRESHNESS_MS: u64 = 5_000;
/// Longest wait for anything.
const LIMIT: Duration = Duration::from_mins(2);
/// Time between two tries.
const STEP: Duration = Duration::from_millis(100);
/// Time between two packs that are dispensed while a recall is on its way.
const BETWEEN: Duration = Duration::from_millis(600);
const CARRIER: &str = "urn:pangolin:demo:carrier";
const PALLET: &str = "urn:epc:id:sscc:036615.41000000001";
const CASES: [&str; 2] = [
    "urn:epc:id:sscc:036615.41000000002",
    "urn:epc:id:sscc:036615.41000000003",
];
const GTIN: &str = "00366150123458";
const LOT: &str = "N7";
/// Packs in each case.
const IN_CASE: usize = 20;

/// Members of a chain: slug, name, identifier, roles, company prefixes.
type Members = &'static [(
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
)];

const CHAINS: [(&str, &str, &str, Members); 4] = [
    (
        "north",
        "Northern medicines chain",
        "pharma-strict",
        &[(
            "acme",
            "Acme Pharma",
            "0366159000019",
            "\"manufacturer\"",
            "\"036615\"",
        )],
    ),
    (
        "border",
        "Customs chain",
        "customs",
        &[
            (
                "swift",
                "Swift Freight",
                "0377777777771",
                "\"carrier\", \"terminal\"",
                "",
            ),
            (
                "papers",
                "Papers and Sons, customs brokers",
                "0399999999991",
                "\"broker\"",
                "",
            ),
            (
                "office",
                "Customs office at the harbour",
                "0311111111111",
                "\"customs\"",
                "",
            ),
        ],
    ),
    (
        "south",
        "Southern medicines chain",
        "pharma-strict",
        &[(
            "clinic",
            "Southern Clinic",
            "0355555555551",
            "\"wholesaler\", \"dispenser\"",
            "",
        )],
    ),
    (LIST, "Registry of chains", "registry", &[]),
];

fn topology(args: &DemoArgs) -> String {
    let mut text = format!(
        "format = \"pangolin-network/1\"\nfirst_port = {}\n",
        args.first_port
    );
    for (name, title, profile, members) in CHAINS {
        let organisations: Vec<String> = (1..=args.validators)
            .map(|n| format!("\"organisation {n} of {name}\""))
            .collect();
        let _ = writeln!(
            text,
            "[[chain]]\nname = \"{name}\"\ntitle = \"{title}\"\nprofile = \"{profile}\"\nregulator = \"office of {name}\"\nvalidators = [{}]",
            organisations.join(", ")
        );
        for (slug, name, id, roles, prefixes) in members {
            let _ = writeln!(
                text,
                "[[chain.member]]\nslug = \"{slug}\"\nname = \"{name}\"\nid = \"{id}\"\nroles = [{roles}]\nprefixes = [{prefixes}]"
            );
        }
    }
    let _ = writeln!(
        text,
        "[[registry]]\nchain = \"{LIST}\"\nfreshness_ms = {FRESHNESS_MS}\n\
         [[relay]]\nname = \"mule\"\nchains = [\"{LIST}\", \"north\", \"border\", \"south\"]\nparty = \"{CARRIER}\""
    );
    text
}

/// Tells the story.
pub(super) async fn play(args: &DemoArgs) -> Result<ExitCode> {
    let _lock = prepare(&args.dir)?;
    let dir = args.dir.join("chains");
    let begun = Instant::now();
    output::line(format!(
        "1. four chains of {} validators each, processes of this machine: medicines in the north, customs, medicines in the south, and a registry",
        args.validators
    ));
    let network = Started::new(&topology(args), &dir, |_| ()).await?;
    output::line(format!(
        "   the registry records the others, each knows the others by its word, and a relay carries between them, {:.1} s after the start",
        begun.elapsed().as_secs_f64()
    ));
    for address in network.relays() {
        output::line(format!("   $ {} relay status http://{address}", program()));
    }
    let story = Story { network, dir };
    story.north().await?;
    story.border().await?;
    story.south().await?;
    story.recall().await?;
    story.certificate()?;
    let usage = story.network.usage();
    output::line(format!(
        "\nall nodes together: {:.0} MB of memory, {:.1} s of processor time",
        usage.memory_mb,
        usage.cpu_ms / 1e3
    ));
    if args.exit {
        return Ok(ExitCode::SUCCESS);
    }
    output::line("\nstatus pages:");
    for (at, (name, ..)) in CHAINS.iter().enumerate() {
        let address = story.network.address(at, 0)?;
        output::line(format!("   {name:12} {address}/"));
    }
    for address in story.network.relays() {
        output::line(format!("   {:12} http://{address}/", "relay"));
    }
    output::line("\nthe chains run until you press Ctrl-C");
    let mut network = story.network;
    loop {
        tokio::time::sleep(Duration::from_secs(1)).await;
        network.check()?;
    }
}

struct Story {
    network: Started,
    dir: PathBuf,
}

fn pack(number: usize) -> String {
    format!("urn:epc:id:sgtin:036615.0012345.7{number}")
}

/// A shipment to a party on another chain.
fn shipment(thing: &str, chain: &str, to: &str) -> Value {
    json!({
        "type": "ObjectEvent", "action": "OBSERVE", "bizStep": "shipping", "disposition": "in_transit",
        "epcList": [thing], "chains:destinationChain": chain,
        "destinationList": [{"type": "owning_party", "destination": to}]
    })
}

fn observed(thing: &str, step: &str) -> Value {
    json!({"type": "ObjectEvent", "action": "OBSERVE", "bizStep": step, "epcList": [thing]})
}

fn unpacking(container: &str, things: &[String]) -> Value {
    json!({
        "type": "AggregationEvent", "action": "DELETE", "bizStep": "unpacking",
        "parentID": container, "childEPCs": things
    })
}

fn dispensing(pack: &str) -> Value {
    json!({
        "type": "ObjectEvent", "action": "DELETE", "bizStep": "dispensing", "disposition": "dispensed", "epcList": [pack]
    })
}

impl Story {
    /// Hands events in as a file of a member.
    async fn states(&self, at: usize, who: &str, events: Vec<Value>) -> Result<CaptureJob> {
        let (client, _) = self.network.client(at, 0, who)?;
        let now = jiff::Timestamp::now();
        let events = events.into_iter().map(|mut event| {
            if let Some(event) = event.as_object_mut() {
                event.insert("eventTime".into(), now.to_string().into());
                event.insert("eventTimeZoneOffset".into(), "+00:00".into());
            }
            event
        });
        let document = json!({
            "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", {
                "gs1ushc": "http://epcis.gs1us.org/hc/ns", "chains": "https://ns.pangolin.network/chains/",
                "customs": "https://ns.pangolin.network/customs/"
            }],
            "type": "EPCISDocument", "schemaVersion": "2.0", "creationDate": now.to_string(),
            "epcisHeader": {"gs1ushc:dscsaTransactionStatement": {"gs1ushc:affirmTransactionStatement": true}},
            "epcisBody": {"eventList": events.collect::<Vec<_>>()}
        });
        let document = Document::Bytes(serde_json::to_vec(&document)?.into());
        Ok(client
            .capture_to_end(document, &Capture::default(), |_| ())
            .await?)
    }

    /// The same of what must be accepted.
    async fn good(&self, at: usize, who: &str, events: Vec<Value>) -> Result<()> {
        let job = self.states(at, who, events).await?;
        let first = job.errors.first();
        let why = first.map_or_else(String::new, |error| {
            format!("{} ({})", error.detail, error.code)
        });
        ensure!(job.success, "what {who} stated was not accepted: {why}");
        Ok(())
    }

    /// Waits until an object has come to a chain; how long it took.
    async fn there(&self, at: usize, who: &str, thing: &str) -> Result<Duration> {
        let (client, _) = self.network.client(at, 0, who)?;
        let begun = Instant::now();
        while begun.elapsed() < LIMIT {
            match client.trace(thing, "back", None).await {
                Ok(_) => return Ok(begun.elapsed()),
                Err(error) if error.status() == Some(404) => tokio::time::sleep(STEP / 4).await,
                Err(error) => return Err(error.into()),
            }
        }
        bail!(
            "{thing} did not come to {} within {} s",
            CHAINS[at].1,
            LIMIT.as_secs()
        )
    }

    async fn north(&self) -> Result<()> {
        output::line(format!(
            "\n2. Acme Pharma makes {} packs of lot {LOT}, puts them into two cases on a pallet, and ships the pallet to the harbour",
            2 * IN_CASE
        ));
        let packs: Vec<String> = (0..2 * IN_CASE).map(pack).collect();
        let mut events = vec![
            json!({
                "type": "ObjectEvent", "action": "ADD", "bizStep": "commissioning", "disposition": "active", "epcList": packs,
                "ilmd": {"cbvmda:lotNumber": LOT, "cbvmda:itemExpirationDate": "2031-12-31"}
            }),
            json!({"type": "ObjectEvent", "action": "ADD", "bizStep": "commissioning", "epcList": [PALLET, CASES[0], CASES[1]]}),
        ];
        let packing = |into: &str, things: &[String]| json!({"type": "AggregationEvent", "action": "ADD", "bizStep": "packing", "parentID": into, "childEPCs": things});
        for (case, packs) in CASES.iter().zip(packs.chunks(IN_CASE)) {
            events.push(packing(case, packs));
        }
        events.push(packing(PALLET, &CASES.map(str::to_owned)));
        self.good(NORTH, "acme", events).await?;
        let border = self.network.identity(BORDER)?.to_string();
        let ship = shipment(PALLET, &border, "urn:epc:id:pgln:037777.777777");
        self.good(NORTH, "acme", vec![ship]).await?;
        let took = self.there(BORDER, "swift", PALLET).await?;
        output::line(format!(
            "   the pallet is on the customs chain {} ms after the shipment was final: one record, not {}",
            took.as_millis(),
            2 * IN_CASE + 3
        ));
        Ok(())
    }

    async fn border(&self) -> Result<()> {
        output::line(
            "\n3. Swift Freight receives it, Papers and Sons declare it, the customs office clears it: each sees all of it at once",
        );
        self.good(BORDER, "swift", vec![observed(PALLET, "receiving")])
            .await?;
        let south = self.network.identity(SOUTH)?.to_string();
        let ship = || shipment(PALLET, &south, "urn:epc:id:pgln:035555.555555");
        let early = self.states(BORDER, "swift", vec![ship()]).await?;
        let code = early.errors.first().map_or("accepted", |error| &error.code);
        output::line(format!("   it may not go on before that: {code}"));
        ensure!(!early.success, "goods that were not cleared went on");
        let declaration = json!([{
            "type": "https://ns.pangolin.network/customs/btt/declaration",
            "bizTransaction": "urn:epcglobal:cbv:bt:0399999999991:26DE01"
        }]);
        for (who, step) in [("papers", "declaring"), ("office", "clearing")] {
            let mut event = observed(
                PALLET,
                &format!("https://ns.pangolin.network/customs/bizstep/{step}"),
            );
            event["bizTransactionList"] = declaration.clone();
            if step == "declaring" {
                event["customs:office"] = "0311111111111".into();
            }
            self.good(BORDER, who, vec![event]).await?;
        }
        let begun = Instant::now();
        loop {
            let job = self.states(BORDER, "swift", vec![ship()]).await?;
            // the clearance waits until the pallet's history is shown; whoever states it again may be told that it is done
            let code = job.errors.first().map(|error| error.code.as_str());
            if job.success || code == Some("object-elsewhere") {
                break;
            }
            ensure!(
                code == Some("not-cleared") && begun.elapsed() < LIMIT,
                "the pallet could not go on: {:?}",
                job.errors
            );
            tokio::time::sleep(STEP).await;
        }
        output::line(format!(
            "   the clearance took effect within {:.1} s: the customs chain followed the pallet's history back to where it was made",
            begun.elapsed().as_secs_f64()
        ));
        let took = self.there(SOUTH, "clinic", PALLET).await?;
        output::line(format!(
            "   cleared, and on the southern chain {} ms after it left",
            took.as_millis()
        ));
        Ok(())
    }

    async fn south(&self) -> Result<()> {
        output::line(
            "\n4. Southern Clinic receives and opens it; what is inside comes by proof of both chains on its way, because nobody opened it before",
        );
        self.good(SOUTH, "clinic", vec![observed(PALLET, "receiving")])
            .await?;
        let first: Vec<String> = (0..IN_CASE).map(pack).collect();
        let events = vec![
            unpacking(PALLET, &CASES.map(str::to_owned)),
            unpacking(CASES[0], &first),
        ];
        let begun = Instant::now();
        let job = self.states(SOUTH, "clinic", events).await?;
        ensure!(
            job.success,
            "the unpacking was not accepted: {:?}",
            job.errors
        );
        let mut waited = None;
        loop {
            let job = self
                .states(SOUTH, "clinic", vec![dispensing(&pack(0))])
                .await?;
            if job.success && job.parked.is_empty() {
                break;
            }
            if let Some(parked) = job.parked.first() {
                waited.get_or_insert_with(|| parked.missing.clone().unwrap_or_default());
            }
            let codes = job.errors.iter().map(|error| error.code.as_str());
            // nobody else dispenses it: whoever states it again is told that it is done
            if codes.eq(["object-terminated"]) {
                break;
            }
            ensure!(
                begun.elapsed() < LIMIT,
                "no pack could be dispensed: {:?}",
                job.errors
            );
            tokio::time::sleep(STEP).await;
        }
        if let Some(missing) = waited {
            output::line(format!(
                "   dispensing a pack waits for {missing}: every validator follows it before it votes"
            ));
        }
        output::line(format!(
            "   unpacked, and the first pack is dispensed, {:.1} s after the statement",
            begun.elapsed().as_secs_f64()
        ));
        Ok(())
    }

    async fn recall(&self) -> Result<()> {
        output::line(format!(
            "\n5. the northern authority recalls lot {LOT}; the southern chain has never heard of it"
        ));
        let (client, key) = self.network.client(NORTH, 0, REGULATOR)?;
        let officer = Officer {
            party: Started::party(self.network.regulator(NORTH)?)?,
            key,
        };
        let reason = pangolin_profiles::pharma::words::order_reason::RECALL_CLASS_1;
        let terms = terms(
            pangolin_ledger::OrderKind::Recall,
            scope(&format!("(01){GTIN}(10){LOT}"))?,
            "21 CFR 7.3(m)(1)",
            reason,
        );
        let body = pangolin_ledger::Body::Order(pangolin_ledger::OrderBody::Issue(terms));
        let signed = officer.sign(&client.status().await?, body)?;
        let sent = signed.submit(&client, Duration::from_secs(20)).await?;
        ensure!(sent.state == "final", "the recall is {}", sent.state);
        let begun = Instant::now();
        // the packs of the case that was opened, but for the last: that one is shown at the end
        for number in 1..IN_CASE - 1 {
            let job = self
                .states(SOUTH, "clinic", vec![dispensing(&pack(number))])
                .await?;
            if let Some(error) = job.errors.first() {
                ensure!(
                    error.code == "on-recall",
                    "the dispensing was refused for another reason: {}",
                    error.detail
                );
                output::line(format!(
                    "   {:.1} s later the clinic's dispensing is refused: {} (the bound is {} s)",
                    begun.elapsed().as_secs_f64(),
                    error.code,
                    FRESHNESS_MS / 1_000 + 5
                ));
                return Ok(());
            }
            tokio::time::sleep(BETWEEN).await;
        }
        bail!("the recall did not reach the south")
    }

    /// The certificate of a pack over three chains, checked with nothing but the genesis file of the registry.
    fn certificate(&self) -> Result<()> {
        output::line(
            "\n6. the way of a pack over all three chains, in one file, checked offline by the key of the registry alone",
        );
        let file = self.dir.join("certificate.json");
        let genesis = self.dir.join(LIST).join("genesis.json");
        let key = self.dir.join("south/keys/clinic.key");
        let text = |path: &Path| path.display().to_string();
        let mut make = vec!["certificate".to_owned(), "--epc".into(), pack(IN_CASE - 1)];
        make.extend([
            "--genesis".into(),
            text(&genesis),
            "--node".into(),
            self.network.address(SOUTH, 0)?,
        ]);
        for at in [NORTH, BORDER, REGISTRY] {
            make.extend(["--also".into(), self.network.address(at, 0)?]);
        }
        make.extend(["--key".into(), text(&key), "--out".into(), text(&file)]);
        let check = vec![
            "verify".to_owned(),
            text(&file),
            "--genesis".into(),
            text(&genesis),
        ];
        for arguments in [make, check] {
            let shown: Vec<String> = arguments.iter().map(|word| quoted(word.clone())).collect();
            output::line(format!("   $ {} {}", program(), shown.join(" ")));
            let run = std::env::current_exe().context("cannot find this program's own file")?;
            let run = Command::new(run)
                .args(&arguments)
                .output()
                .context("cannot start this program")?;
            // the first command says the same as the second, which is the one that needs nobody
            let said = String::from_utf8_lossy(&run.stdout);
            for line in said
                .lines()
                .filter(|_| arguments.first().is_some_and(|word| word == "verify"))
            {
                output::line(format!("     {line}"));
            }
            let problem = String::from_utf8_lossy(&run.stderr);
            ensure!(
                run.status.success(),
                "it ended with {}: {problem}",
                run.status
            );
        }
        Ok(())
    }
}
