//! `pangolin genesis`: what a chain begins with.

use anyhow::{Context as _, Result};
use pangolin_api::own::Placement;
use pangolin_chain::genesis::{Genesis, KeyOrigin};
use pangolin_ledger::Wire as _;
use pangolin_profiles::catalog::{self, Rules};
use serde_json::json;
use std::{fs, process::ExitCode, time::SystemTime};

use crate::{
    ceremony::{Draft, said, template},
    cli::GenesisCommand,
    failure::Failure,
    network::{self, Spec},
    node::config::default_verify_rate,
    node::remark,
    output,
    shell::{program, quoted},
};

/// Shows a genesis file, or deals the key of a network for development.
pub(super) fn run(command: &GenesisCommand, as_json: bool) -> Result<ExitCode> {
    match command {
        GenesisCommand::Show { file } => {
            let bytes =
                fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
            let genesis = Genesis::parse(&bytes)
                .with_context(|| format!("{} is not a genesis file", file.display()))?;
            show(&genesis, as_json)?;
        }
        GenesisCommand::Draft {
            validators,
            profile,
        } => {
            let text = template(*validators, rules(profile)?.name, jiff::Timestamp::now());
            output::line(text.trim_end());
        }
        GenesisCommand::Check { draft } => {
            let draft = Draft::read(draft)?;
            let terms = draft.terms().map_err(said)?;
            if let Some(remark) = remark(draft.start, jiff::Timestamp::now()) {
                output::note(remark);
            }
            if as_json {
                let start = draft.start.to_string();
                output::json(
                    &json!({ "draft": terms.draft().to_string(), "start": start, "validators": terms.count() }),
                );
            } else {
                output::line(format!("draft       {}", terms.draft()));
                output::line(format!("start       {}", draft.start));
                output::line(format!("validators  {}", terms.count()));
            }
        }
        GenesisCommand::TrustedDealer {
            dir,
            validators,
            first_port,
            members,
            profile,
            epoch_blocks,
        } => {
            let rules = rules(profile)?;
            let now = SystemTime::now()
                .duration_since(SystemTime::UNIX_EPOCH)
                .unwrap_or_default();
            if dir.join("genesis.json").exists() {
                return Err(
                    Failure::local("directory-taken", "it holds a network already")
                        .at(dir.display().to_string())
                        .advising("name another directory; nothing of a network is overwritten")
                        .into(),
                );
            }
            let names: Vec<String> = (1..=*validators)
                .map(|i| format!("validator-{i}"))
                .collect();
            let companies = match members {
                Some(file) => network::members::read(file, &names, rules.industry())?,
                None => Vec::new(),
            };
            let spec = Spec {
                name: "development".into(),
                rules,
                validators: names
                    .into_iter()
                    .zip(1..)
                    .map(|(name, i): (String, u8)| (name, format!("organisation {i}")))
                    .collect(),
                observers: vec![("observer".into(), "regulator".into())],
                companies,
                regulator: network::office(),
                relays: Vec::new(),
                params: (rules.industry().params)(),
                first_port: network::ports::first(*first_port, usize::from(*validators) + 1)?,
                created_ms: u64::try_from(now.as_millis())?,
                heartbeat_ms: 1_000,
                epoch_blocks: *epoch_blocks,
                http: (true, true),
                index: true,
                verify_rate: default_verify_rate(),
                placement: Placement::default(),
            };
            let network = network::create(dir, &spec, &mut rand::rng())?;
            output::note(
                "DEVELOPMENT ONLY: this machine held the whole chain key while it dealt the shares.",
            );
            for (name, dir, http) in &network.nodes {
                let http = http
                    .map(|http| format!("  http://{http}"))
                    .unwrap_or_default();
                output::line(format!(
                    "{} node run {}   # {name}{http}",
                    program(),
                    quoted(dir.display().to_string())
                ));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The rules of that name.
fn rules(name: &str) -> Result<&'static Rules> {
    // the command line lets no other name through; this holds whatever it does
    catalog::named(name).with_context(|| format!("there are no rules {name:?}"))
}

fn show(genesis: &Genesis, as_json: bool) -> Result<()> {
    let ledger = pangolin_ledger::Genesis::from_bytes(&genesis.ledger)
        .context("the ledger's entries cannot be read")?;
    let spoken = catalog::spoken(&ledger);
    let roles = |party: &pangolin_ledger::GenesisParty| {
        let industry = spoken.map(Rules::industry);
        let named = party
            .roles
            .iter()
            .filter_map(|(role, _)| industry?.role_name(*role));
        let mut named: Vec<_> = named.collect();
        named.dedup();
        named
    };
    if as_json {
        output::json(&json!({
            "name": genesis.file.name,
            "chain": genesis.chain.to_string(),
            "chain_key": hex::encode(genesis.trusted().key_bytes()),
            "key_origin": genesis.file.key_origin,
            "profile": spoken.map(|rules| rules.name),
            "validators": genesis.file.validators,
            "members": ledger.parties.iter().map(|p| json!({
                "id": p.id.to_string(), "name": p.name,
                "roles": roles(p),
            })).collect::<Vec<_>>(),
        }));
        return Ok(());
    }
    output::line(format!("chain       {}", genesis.file.name));
    output::line(format!("identity    {}", genesis.chain));
    output::line(format!(
        "public key  {}",
        hex::encode(genesis.trusted().key_bytes())
    ));
    let profiles = ledger.profiles.iter();
    let profiles = profiles.map(|reference| match catalog::rules(*reference) {
        Some(rules) => format!("{} [{reference}]", rules.name),
        None => format!("[{reference}], which this program does not have"),
    });
    output::line(format!(
        "rules       {}",
        profiles.collect::<Vec<_>>().join(", ")
    ));
    if genesis.file.key_origin == KeyOrigin::TrustedDealer {
        output::line("key origin  TRUSTED DEALER: for development and demonstration only");
    }
    for validator in &genesis.file.validators {
        output::line(format!(
            "validator   {} ({}) {}",
            validator.name, validator.organisation, validator.key
        ));
    }
    for party in &ledger.parties {
        output::line(format!(
            "member      {} {} [{}]",
            party.id,
            party.name,
            roles(party).join(", ")
        ));
    }
    Ok(())
}
