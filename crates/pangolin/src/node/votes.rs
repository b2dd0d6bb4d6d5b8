//! Whether a validator's record of its votes is there, and so whether it may vote.
//!
//! The file `votes` in a node's data says what this validator has done: nothing yet, voted, or lost its record. Where the journal of
//! votes is gone (its folder was moved away because it was damaged, or the disk is a new one), the node abstains: it runs, takes
//! documents and answers, and votes again when it cannot contradict itself any more ([`pangolin_chain::abstain`]).
//!
//! **Invariant**: a validator without a journal votes only where this file says that it never voted. The file is on disk before the
//! first vote.

use std::{
    fs,
    io::{ErrorKind, Write as _},
    path::Path,
};

use anyhow::{Context as _, Result};

use crate::failure::Failure;

/// The file.
const FILE: &str = "votes";
/// The engine's folder with the journal of votes.
const JOURNAL: &str = "chain/node-consensus";
/// Where a journal goes that an abstaining validator does not rest on.
const ASIDE: &str = "votes-set-aside";

/// What a validator has done so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// It never voted.
    Fresh,
    /// It votes; its journal knows for what.
    Voting,
    /// It does not know for what it voted.
    Abstaining,
}

const STANDINGS: [(&str, Standing); 3] = [
    ("never-voted", Standing::Fresh),
    ("voting", Standing::Voting),
    ("abstaining", Standing::Abstaining),
];

/// What the operator says of the votes that this validator gave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Told {
    /// Nothing: what is on disk decides.
    #[default]
    Nothing,
    /// They may be lost: the data come from a copy.
    Lost,
    /// There are none.
    Never,
}

/// Notes in `data` that a validator has just got its share and never voted.
pub(crate) fn never(data: &Path) -> Result<()> {
    fs::create_dir_all(data).with_context(|| format!("cannot make {}", data.display()))?;
    write(data, Standing::Fresh)
}

/// Notes that the record is complete again. Where the node followed in a later epoch, the place of the first one's journal is made: it
/// stands for all of them.
pub(super) fn resume(data: &Path) -> Result<()> {
    make_journal(data)?;
    write(data, Standing::Voting)
}

/// Whether the validator with these data may vote, which is noted before it does.
pub(super) fn allowed(data: &Path, told: Told) -> Result<bool> {
    let noted = match told {
        Told::Nothing => read(data)?,
        Told::Lost => Some(Standing::Abstaining),
        Told::Never => {
            none_known(data)?;
            Some(Standing::Fresh)
        }
    };
    let next = match noted {
        Some(Standing::Fresh) => Standing::Voting,
        Some(Standing::Voting) | None if has_journal(data)? => Standing::Voting,
        _ => Standing::Abstaining,
    };
    if noted == Some(Standing::Fresh) {
        // from here on, a journal that is not there was there: the engine makes its files later
        make_journal(data)?;
    }
    if noted != Some(next) || told != Told::Nothing {
        write(data, next)?;
    }
    if next == Standing::Abstaining {
        set_aside(data)?;
    }
    Ok(next == Standing::Voting)
}

/// Refuses `--never-voted` where there is a record of votes: left in the start of a service, it would one day speak for lost ones.
fn none_known(data: &Path) -> Result<()> {
    if matches!(read(data)?, Some(Standing::Voting) | None) && has_journal(data)? {
        let message = format!(
            "{} holds this validator's record of its votes, and --never-voted says that there are none",
            data.join("chain").display()
        );
        let remedy = "start the node without --never-voted; where the record may be incomplete, with --votes-lost";
        return Err(Failure::with_remedy("votes-known", message, remedy).into());
    }
    Ok(())
}

/// Refuses what an operator says of the votes of a node that has no share of the key.
pub(super) fn only_for_validators(told: Told) -> Result<()> {
    let flag = match told {
        Told::Nothing => return Ok(()),
        Told::Lost => "--votes-lost",
        Told::Never => "--never-voted",
    };
    Err(Failure::with_remedy(
        "observer-votes",
        format!("{flag} is for validators, and this node is an observer: its configuration names no share"),
        format!("start the node without {flag}"),
    )
    .into())
}

fn has_journal(data: &Path) -> Result<bool> {
    let path = data.join(JOURNAL);
    path.try_exists()
        .with_context(|| format!("cannot read {}", path.display()))
}

/// Moves the journal away, in place of one that was moved before. A node that abstains runs as an observer does, and the engine
/// does not start an observer on a journal with votes of its own.
fn set_aside(data: &Path) -> Result<()> {
    if !has_journal(data)? {
        return Ok(());
    }
    let (path, aside) = (data.join(JOURNAL), data.join(ASIDE));
    let gone = match fs::remove_dir_all(&aside) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    };
    gone.and_then(|()| fs::rename(&path, &aside))
        .and_then(|()| sync(&data.join("chain")))
        .with_context(|| format!("cannot move {} to {}", path.display(), aside.display()))
}

fn make_journal(data: &Path) -> Result<()> {
    let path = data.join(JOURNAL);
    let made = fs::create_dir_all(&path).and_then(|()| sync(&data.join("chain")));
    made.with_context(|| format!("cannot make {}", path.display()))
}

fn read(data: &Path) -> Result<Option<Standing>> {
    let path = data.join(FILE);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(error).with_context(|| format!("cannot read {}", path.display()));
        }
    };
    let known = STANDINGS.iter().find(|(word, _)| *word == text.trim());
    let (_, standing) = known.ok_or_else(|| {
        Failure::with_remedy(
            "votes-damaged",
            format!("{} does not say whether this validator voted", path.display()),
            "move the file away and start the node with --votes-lost: it votes again after some seconds",
        )
    })?;
    Ok(Some(*standing))
}

/// Replaces the file as a whole, durably.
fn write(data: &Path, standing: Standing) -> Result<()> {
    let path = data.join(FILE);
    let aside = data.join(format!("{FILE}.next"));
    let words = STANDINGS.iter().find(|(_, known)| *known == standing);
    let word = words.map_or("", |(word, _)| *word);
    let written = || -> std::io::Result<()> {
        let mut file = fs::File::create(&aside)?;
        writeln!(file, "{word}")?;
        file.sync_all()?;
        fs::rename(&aside, &path)?;
        sync(data)
    };
    written().with_context(|| format!("cannot write {}", path.display()))
}

/// Makes what was created in or moved into a folder durable.
fn sync(folder: &Path) -> std::io::Result<()> {
    fs::File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    struct Data(PathBuf);

    impl Data {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("votes-{name}-{}", std::process::id()));
            fs::create_dir_all(&path).unwrap();
            Self(path)
        }

        fn journal(&self) {
            let journal = self.0.join(JOURNAL);
            fs::create_dir_all(&journal).unwrap();
            fs::write(journal.join("0000000000000001"), "x").unwrap();
        }

        fn lose_journal(&self) {
            fs::remove_dir_all(self.0.join("chain")).unwrap();
        }

        fn allowed(&self) -> bool {
            allowed(&self.0, Told::Nothing).unwrap()
        }
    }

    impl Drop for Data {
        fn drop(&mut self) {
            let _gone = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_validator_votes_while_its_journal_is_there() {
        let data = Data::new("journal");
        never(&data.0).unwrap();
        assert!(data.allowed(), "it never voted");
        data.journal();
        assert!(data.allowed(), "it knows its votes");
        data.lose_journal();
        assert!(!data.allowed(), "it does not know its votes");
        data.journal();
        assert!(
            !data.allowed(),
            "the journal of an abstaining node knows no votes"
        );
        data.journal();
        resume(&data.0).unwrap();
        assert!(data.allowed());
    }

    #[test]
    fn a_first_start_that_ended_before_a_vote_is_repeated() {
        let data = Data::new("second");
        never(&data.0).unwrap();
        assert!(data.allowed());
        assert!(data.allowed(), "a journal without a vote is a journal");
        data.lose_journal();
        assert!(!data.allowed(), "there may have been votes");
        assert!(allowed(&data.0, Told::Never).unwrap(), "the operator knows");
        assert!(data.allowed(), "and need not say so twice");
    }

    #[test]
    fn data_without_the_file_vote_only_with_a_journal() {
        let data = Data::new("older");
        assert!(!data.allowed(), "the whole folder of data is new");
        fs::remove_file(data.0.join(FILE)).unwrap();
        data.journal();
        assert!(data.allowed());
        for again in [false, true] {
            let told = if again { Told::Nothing } else { Told::Lost };
            assert!(!allowed(&data.0, told).unwrap(), "said once, it holds");
            assert!(!has_journal(&data.0).unwrap());
            let aside = data.0.join(ASIDE).join("0000000000000001");
            assert_eq!(fs::read_to_string(aside).unwrap(), "x");
            data.journal();
        }
    }

    #[test]
    fn votes_that_are_known_are_not_forgotten() {
        let data = Data::new("known");
        data.journal();
        for file in ["", "voting"] {
            let error = allowed(&data.0, Told::Never).unwrap_err();
            assert_eq!(Failure::of(&error).json()["code"], "votes-known", "{file}");
            assert!(data.allowed(), "the refusal changed nothing");
        }
        assert!(!allowed(&data.0, Told::Lost).unwrap());
        assert!(
            allowed(&data.0, Told::Never).unwrap(),
            "a journal without the earlier votes is no record"
        );
    }

    #[test]
    fn an_observer_has_no_votes_to_speak_of() {
        only_for_validators(Told::Nothing).unwrap();
        for (told, flag) in [(Told::Lost, "--votes-lost"), (Told::Never, "--never-voted")] {
            let error = only_for_validators(told).unwrap_err();
            let failure = Failure::of(&error);
            assert_eq!(failure.json()["code"], "observer-votes");
            assert!(failure.line().contains(flag), "{}", failure.line());
        }
    }

    #[test]
    fn a_file_that_says_something_else_is_refused() {
        let data = Data::new("damaged");
        fs::write(data.0.join(FILE), "vo\u{0}ing").unwrap();
        let error = allowed(&data.0, Told::Nothing).unwrap_err();
        assert_eq!(Failure::of(&error).json()["code"], "votes-damaged");
    }
}
