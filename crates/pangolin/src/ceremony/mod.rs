//! The key ceremony at the command line: draft, vault, and the process that takes part.

mod draft;
mod vault;

pub(crate) use draft::{Draft, template};

use anyhow::{Context as _, Result, bail};
use commonware_runtime::{Runner as _, Supervisor as _, tokio as runtime};
use jiff::Timestamp;
use pangolin_chain::{
    ceremony::{CeremonyError, Done, Journal, Limits, Participant, Party, Record, join},
    keys,
};
use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use crate::{
    failure::Failure,
    node::{config::Config, lock, remark, votes},
    output,
};
use vault::{Directory, RECORD, SHARE, STATE};

/// Takes part in the ceremony of a draft with the node in `dir`.
pub(crate) fn run(dir: &Path, draft: &Path, patience: Option<Duration>) -> Result<Done> {
    let mut config = Config::load(dir)?;
    let draft = Draft::read(draft)?;
    let data = dir.join(&config.data);
    fs::create_dir_all(&data).with_context(|| format!("cannot make {}", data.display()))?;
    let _lock = lock(&data)?;
    let secret = keys::parse_secret(&read(&dir.join(&config.secret))?)?;
    let genesis = dir.join(&config.genesis);
    let share = dir.join(config.share.clone().unwrap_or_else(|| SHARE.into()));
    let earlier = earlier(dir, &genesis, &share)?;
    if !share.exists() {
        votes::never(&data)?;
    }
    let terms = draft.terms().map_err(said)?;
    output::note(format!("draft  {}", terms.draft()));
    if let Some(remark) = remark(draft.start, Timestamp::now()) {
        output::note(remark);
    }
    if config.share.is_none() || config.peers.is_empty() {
        // before the ceremony: afterwards only files are left to be written
        config.share.get_or_insert_with(|| SHARE.into());
        if config.peers.is_empty() {
            config.peers = draft.peer_entries();
        }
        config.save(dir)?;
    }
    let party = Party {
        secret: secret.clone(),
        listen: config.listen,
        peers: draft.peers(),
    };
    let limits = Limits {
        patience,
        ..Limits::default()
    };
    let mut vault = Directory {
        dir: dir.to_owned(),
        genesis: genesis.clone(),
        share,
    };
    let runner = runtime::Config::new()
        .with_worker_threads(2)
        .with_storage_directory(data.join("ceremony"));
    runtime::Runner::new(runner).start(move |mut context| async move {
        let participant = match earlier {
            Earlier::Nothing => Participant::start(terms, secret, None, &mut context),
            Earlier::State(text) => {
                let journal = Journal::parse(&text, &terms).map_err(|error| said(error.into()))?;
                Participant::start(terms, secret, Some(journal), &mut context)
            }
            Earlier::Finished(record) => {
                let genesis = fs::read(&genesis)
                    .with_context(|| format!("cannot read {}", genesis.display()))?;
                Participant::finished(terms, secret, &record, genesis, &mut context)
            }
        };
        let mut last = String::new();
        let report = |progress: &pangolin_chain::ceremony::Progress| {
            let waiting = progress.waiting().join("; ");
            if waiting != last && !waiting.is_empty() {
                output::note(format!("waiting for: {waiting}"));
            }
            last = waiting;
        };
        let participant = participant.map_err(said)?;
        let links = context.child("links");
        let joined = join(links, party, participant, &mut vault, limits, report);
        Box::pin(joined).await.map_err(said)
    })
}

/// What an earlier run left.
enum Earlier {
    Nothing,
    State(String),
    Finished(Record),
}

fn earlier(dir: &Path, genesis: &Path, share: &Path) -> Result<Earlier> {
    let record: PathBuf = dir.join(RECORD);
    if record.exists() {
        let bytes =
            fs::read(&record).with_context(|| format!("cannot read {}", record.display()))?;
        let record = Record::parse(&bytes).map_err(|error| said(error.into()))?;
        return Ok(Earlier::Finished(record));
    }
    let state = dir.join(STATE);
    if state.exists() {
        return Ok(Earlier::State(read(&state)?));
    }
    if let Some(taken) = [genesis, share].into_iter().find(|path| path.exists()) {
        bail!(
            "{} exists: this node belongs to a chain already",
            taken.display()
        );
    }
    Ok(Earlier::Nothing)
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

/// A ceremony's failure with its own code.
pub(crate) fn said(error: CeremonyError) -> anyhow::Error {
    let code = error.code();
    Failure::coded(code, &anyhow::Error::from(error), None).into()
}
