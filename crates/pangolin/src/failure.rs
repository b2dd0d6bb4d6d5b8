//! Why a command fails, in one shape for people and programs, and the exit code that belongs to it.
//!
//! | code | meaning |
//! |---|---|
//! | 0 | done; what was asked for holds |
//! | 1 | a node, a rule or a check said no |
//! | 2 | it could not be asked, is not final yet, or nobody knows what became of it: usage, files, connection, a node that stays busy |

use pangolin_chain::genesis::GenesisError;
use pangolin_client::ClientError;
use serde_json::{Value, json};
use std::{fmt, io::ErrorKind, path::Path};

use crate::{cli::NodeArgs, shell};

/// A node, a rule or a check said no.
pub(crate) const REFUSED: u8 = 1;
/// It could not be asked.
pub(crate) const NOT_ASKED: u8 = 2;

/// A failure with its stable code.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    code: String,
    message: String,
    place: Option<String>,
    remedy: Option<String>,
    status: Option<u16>,
    causes: Vec<String>,
    submitted: Option<Submitted>,
    /// The last block that may take what was refused.
    open_until: Option<u64>,
    exit: u8,
}

/// What may have been submitted, although the command fails.
#[derive(Clone, Debug)]
pub(crate) struct Submitted {
    /// Identity of the transaction, hexadecimal.
    pub(crate) transaction: String,
    /// Last block that can take it.
    pub(crate) valid_until: u64,
    /// The command that asks later what became of it.
    pub(crate) later: String,
}

impl Submitted {
    fn json(&self) -> Value {
        json!({
            "transaction": self.transaction,
            "validUntil": self.valid_until,
            "askLater": self.later,
        })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

impl Failure {
    fn new(code: &str, message: impl Into<String>, exit: u8) -> Self {
        Self {
            code: code.to_owned(),
            message: message.into(),
            place: None,
            remedy: None,
            status: None,
            causes: Vec::new(),
            submitted: None,
            open_until: None,
            exit,
        }
    }

    /// The command cannot be understood as it was given.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new("usage", message, NOT_ASKED)
    }

    /// Something of this machine: files, ports, processes.
    pub(crate) fn local(code: &str, message: impl Into<String>) -> Self {
        Self::new(code, message, NOT_ASKED)
    }

    /// Where: an option, a file, an address.
    pub(crate) fn at(mut self, place: impl Into<String>) -> Self {
        self.place = Some(place.into());
        self
    }

    /// What to do.
    pub(crate) fn advising(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    /// What may have been submitted all the same.
    pub(crate) fn after(mut self, submitted: Submitted) -> Self {
        self.submitted = Some(submitted);
        self
    }

    /// Why, from the nearest cause to the one at the bottom.
    pub(crate) fn because(mut self, error: &(dyn std::error::Error + 'static)) -> Self {
        let causes = std::iter::successors(error.source(), |cause| cause.source());
        self.causes = causes.map(ToString::to_string).collect();
        self
    }

    /// Whatever was said, it is no answer to what was asked.
    pub(crate) const fn not_asked(mut self) -> Self {
        self.exit = NOT_ASKED;
        self
    }

    /// A failure of this program's own files, with what to do.
    pub(crate) fn with_remedy(
        code: &str,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self::local(code, message).advising(remedy)
    }

    /// Everything on one line, for a log.
    pub(crate) fn line(&self) -> String {
        let said = std::iter::once(&self.message).chain(&self.causes);
        let mut line = said.map(String::as_str).collect::<Vec<_>>().join(": ");
        if let Some(place) = self.place.as_ref().filter(|place| !line.contains(*place)) {
            line.push_str(" at ");
            line.push_str(place);
        }
        line.push_str(" [");
        line.push_str(&self.code);
        line.push(']');
        if let Some(remedy) = &self.remedy {
            line.push_str("; do: ");
            line.push_str(remedy);
        }
        line.lines().map(str::trim).collect::<Vec<_>>().join(" ")
    }

    /// Something on this machine fails for a reason with a code of its own, at a place.
    pub(crate) fn coded(code: &str, error: &anyhow::Error, place: Option<String>) -> Self {
        let mut failure = Self::new(code, error.to_string(), NOT_ASKED);
        failure.causes = error.chain().skip(1).map(ToString::to_string).collect();
        failure.place = place;
        failure
    }

    /// What went wrong, in the shape in which it is shown.
    pub(crate) fn of(error: &anyhow::Error) -> Self {
        Self::asking(error, None)
    }

    /// What went wrong with a command that asks a node.
    pub(crate) fn asking(error: &anyhow::Error, node: Option<&NodeArgs>) -> Self {
        let causes = |skip: usize| error.chain().skip(skip).map(ToString::to_string).collect();
        if let Some(known) = error.downcast_ref::<Self>() {
            let mut failure = known.clone();
            failure.message = context::<Self>(error, &known.message);
            return failure;
        }
        let client = error
            .chain()
            .find_map(|cause| cause.downcast_ref::<ClientError>());
        let Some(client) = client else {
            return Self::here(error);
        };
        let exit = if client.is_refusal() {
            REFUSED
        } else {
            NOT_ASKED
        };
        let mut failure = Self::new(client.code(), error.to_string(), exit);
        failure.status = client.status();
        failure.remedy = remedy(client, node);
        if let ClientError::Problem(problem) = client {
            // what the caller added about the subject, then the node's own words
            failure.message = context::<ClientError>(error, &problem.detail);
            failure.place.clone_from(&problem.place);
            failure.open_until = problem.open_until;
        } else {
            failure.causes = causes(1);
        }
        failure
    }

    /// Something on this machine, by the cause at its bottom.
    fn here(error: &anyhow::Error) -> Self {
        let mut failure = Self::coded("local", error, None);
        for cause in error.chain() {
            if let Some(error) = cause.downcast_ref::<std::io::Error>() {
                "file".clone_into(&mut failure.code);
                failure.remedy = Some(file_remedy(error.kind()).to_owned());
            } else if let Some(error) = cause.downcast_ref::<GenesisError>() {
                error.code().clone_into(&mut failure.code);
                failure.remedy = Some("take the chain's genesis file from another node, or from whoever you trust; `pangolin genesis show FILE` reads it".to_owned());
            } else if let Some(error) = cause.downcast_ref::<serde_json::Error>()
                && error.line() > 0
            {
                failure.place = Some(format!("line {}, column {}", error.line(), error.column()));
            } else if let Some(error) = cause.downcast_ref::<toml::de::Error>() {
                "toml-syntax".clone_into(&mut failure.code);
                let text = error.to_string();
                let place = text.lines().next().and_then(|line| line.split_once(" at "));
                failure.place = place.map(|(_, place)| place.to_owned());
                failure.causes = vec![error.message().to_owned()];
                failure.remedy =
                    Some("mend that line; docs/operating/run.md describes each key".to_owned());
            }
        }
        failure
    }

    /// The exit code.
    pub(crate) const fn exit(&self) -> u8 {
        self.exit
    }

    /// For programs.
    pub(crate) fn json(&self) -> Value {
        let mut value = json!({
            "code": self.code,
            "message": self.message,
            "place": self.place,
            "remedy": self.remedy,
            "status": self.status,
            "causes": self.causes,
        });
        if let (Some(members), Some(submitted)) = (value.as_object_mut(), &self.submitted) {
            members.insert("submitted".into(), submitted.json());
        }
        if let (Some(members), Some(until)) = (value.as_object_mut(), self.open_until) {
            members.insert("openUntil".into(), until.into());
        }
        value
    }

    /// For people, line by line.
    pub(crate) fn lines(&self) -> Vec<String> {
        let place = self.place.as_ref().map(|place| format!(" at {place}"));
        let mut lines = vec![format!(
            "error [{}]{}: {}",
            self.code,
            place.unwrap_or_default(),
            self.message
        )];
        lines.extend(self.causes.iter().map(|cause| format!("  because {cause}")));
        lines.extend(self.remedy.iter().map(|remedy| format!("  do: {remedy}")));
        lines.extend(self.open_until.map(|until| {
            format!("  another validator may take it in a later state, up to block {until}")
        }));
        lines
    }
}

/// What to do about a file.
const fn file_remedy(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::NotFound => {
            "there is no such file or folder: look at the name, and from which directory the command is run"
        }
        ErrorKind::PermissionDenied => {
            "run the command as a user who may, or change the file's permissions"
        }
        ErrorKind::AlreadyExists => {
            "nothing is overwritten: give another name, or move what is there away"
        }
        ErrorKind::IsADirectory => "that is a folder: name a file in it",
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "make room on that disk",
        _ => "look at the file and its disk",
    }
}

/// A file that a command names cannot be read.
pub(crate) fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    let remedy = file_remedy(error.kind());
    Failure::local("file", format!("cannot read the file: {error}"))
        .at(path.display().to_string())
        .advising(remedy)
}

/// Something that a command names is there and is no file.
pub(crate) fn no_file(path: &Path) -> Failure {
    Failure::local("file", "it is not a file")
        .at(path.display().to_string())
        .advising("name files; for all files of a folder write FOLDER/*")
}

/// What callers added before the error of a kind, then its own words.
fn context<E: std::error::Error + 'static>(error: &anyhow::Error, detail: &str) -> String {
    let before = error
        .chain()
        .take_while(|cause| cause.downcast_ref::<E>().is_none());
    let mut parts: Vec<String> = before.map(ToString::to_string).collect();
    parts.push(detail.to_owned());
    parts.join(": ")
}

/// What to do at the command line; the node's own advice where there is nothing better.
fn remedy(error: &ClientError, node: Option<&NodeArgs>) -> Option<String> {
    let command = |words| {
        node.map_or_else(
            || format!("pangolin {words}"),
            |node| shell::command(words, node),
        )
    };
    let own = match error {
        ClientError::Problem(problem) => problem.remedy.clone(),
        _ => None,
    };
    let here = match error.code() {
        "unknown-key" => {
            "give the --key of a party of this chain. `pangolin keys show FILE` prints the public key that must be registered; the registrar, or the party's own owner key, registers it"
        }
        "not-signed-in" => {
            "sign the request: give --key FILE (or PANGOLIN_KEY); on a development node --token works too"
        }
        "unknown-token" => "tokens are for development nodes only; use --key FILE",
        "unknown-certificate" => {
            "the node's operator assigns the certificate of --cert to your party; or use --key FILE"
        }
        "connection" => {
            let node = node.map(|node| format!(" at {}", node.node));
            return Some(format!(
                "see that the node{} runs and can be reached from here: its log says where it serves HTTP (`http` in its node.toml); the address is given with --node or PANGOLIN_NODE, for https with an own authority also --ca FILE",
                node.unwrap_or_default()
            ));
        }
        "http-status" => {
            "the answer is not one of a Pangolin node: look at what stands between here and the node (a proxy, another server at this address), and at the node's log"
        }
        "client-setup" => {
            "give the address as http://HOST:PORT or https://HOST:PORT with --node (or PANGOLIN_NODE), and files in PEM with --ca and --cert"
        }
        "unknown-order" if own.is_none() => {
            return Some(format!(
                "`{}` shows the orders of final blocks; one that was just submitted is there once it is final, and `{}` shows whether blocks become final",
                command("order list"),
                command("status")
            ));
        }
        _ => return own,
    };
    Some(here.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::anyhow;
    use pangolin_client::ProblemReport;

    fn problem(status: u16, code: &str) -> ClientError {
        ClientError::Problem(Box::new(ProblemReport {
            status,
            code: code.into(),
            detail: "the key is not registered".into(),
            remedy: Some("as the node says".into()),
            place: Some("Signature".into()),
            ..ProblemReport::default()
        }))
    }

    #[test]
    fn exit_codes_tell_a_no_from_a_question_that_was_not_asked() {
        let exit = |error: anyhow::Error| Failure::of(&error).exit();
        assert_eq!(exit(problem(401, "unknown-key").into()), REFUSED);
        assert_eq!(exit(problem(409, "on-recall").into()), REFUSED);
        assert_eq!(exit(problem(503, "queue-full").into()), NOT_ASKED);
        assert_eq!(exit(problem(429, "too-many-requests").into()), NOT_ASKED);
        assert_eq!(exit(problem(500, "internal").into()), NOT_ASKED);
        let bare = |status| ClientError::Status { status, code: None };
        for status in [404, 500, 502, 504] {
            assert_eq!(exit(bare(status).into()), NOT_ASKED, "{status}");
        }
        assert_eq!(exit(ClientError::Setup("no".into()).into()), NOT_ASKED);
        assert_eq!(exit(anyhow!("cannot read x")), NOT_ASKED);
        assert_eq!(exit(Failure::usage("no").into()), NOT_ASKED);
    }

    #[test]
    fn a_problem_of_the_node_keeps_its_code_place_and_subject() {
        let error = anyhow::Error::from(problem(400, "bad-parameter")).context("order 12");
        let failure = Failure::of(&error);
        let json = failure.json();
        assert_eq!(json["code"], "bad-parameter");
        assert_eq!(json["message"], "order 12: the key is not registered");
        assert_eq!(json["place"], "Signature");
        assert_eq!(json["remedy"], "as the node says");
        assert_eq!(json["status"], 400);
        assert_eq!(
            failure.lines(),
            [
                "error [bad-parameter] at Signature: order 12: the key is not registered",
                "  do: as the node says"
            ]
        );
    }

    #[test]
    fn a_failure_keeps_what_was_said_about_its_subject() {
        let failure = Failure::local("file", "it is not a file").at("x.xml");
        let failure = Failure::of(&anyhow::Error::from(failure).context("section a failed"));
        let expect = "error [file] at x.xml: section a failed: it is not a file";
        assert_eq!(failure.lines(), [expect]);
    }

    #[test]
    fn a_failure_of_this_machine_has_a_code_place_and_remedy_by_its_cause() {
        let told = |error: anyhow::Error| Failure::of(&error).json();
        let gone = std::fs::read("/no/such/file").unwrap_err();
        let gone = told(anyhow::Error::from(gone).context("cannot read /no/such/file"));
        assert_eq!(gone["code"], "file");
        assert_eq!(gone["message"], "cannot read /no/such/file");
        assert!(
            gone["remedy"].as_str().unwrap().contains("no such file"),
            "{gone}"
        );
        let genesis = pangolin_chain::genesis::Genesis::parse(b"{\n \"a\":1}")
            .err()
            .unwrap();
        let genesis = told(anyhow::Error::from(genesis).context("x is not a genesis file"));
        assert_eq!(genesis["code"], "genesis-syntax");
        assert_eq!(genesis["place"], "line 2, column 4");
        let config = toml::from_str::<toml::Table>("a = 1\nb = ").unwrap_err();
        let config = told(anyhow::Error::from(config).context("x is not a node configuration"));
        assert_eq!(config["code"], "toml-syntax");
        assert!(
            config["place"]
                .as_str()
                .unwrap()
                .starts_with("line 2, column "),
            "{config}"
        );
        assert!(config["remedy"].is_string());
    }

    #[test]
    fn who_signs_with_a_wrong_key_learns_what_to_do_here() {
        let failure = Failure::of(&problem(401, "unknown-key").into());
        assert!(
            failure.json()["remedy"]
                .as_str()
                .unwrap()
                .contains("pangolin keys show")
        );
    }
}
