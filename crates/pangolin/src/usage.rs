//! A command line that is not understood: why, where, and what would be.

use clap::error::{ContextKind, Error};
use std::process::ExitCode;

use crate::{
    failure::{self, Failure},
    output,
};

/// Help and version are no failures; everything else is, in the form that was asked for.
pub(crate) fn not_understood(error: &Error) -> ExitCode {
    let words: Vec<_> = std::env::args_os().collect();
    let json = words.iter().any(|word| word == "--output=json")
        || words
            .windows(2)
            .any(|two| matches!(two, [name, form] if name == "--output" && form == "json"));
    if error.use_stderr() && json {
        let failure = told(error);
        output::failure(&failure, true);
        return ExitCode::from(failure.exit());
    }
    // a closed pipe ends the output, not the program
    let _closed = error.print();
    ExitCode::from(if error.use_stderr() {
        failure::NOT_ASKED
    } else {
        0
    })
}

/// What people read in several paragraphs, taken apart: what is wrong, at which word, what fits there.
fn told(error: &Error) -> Failure {
    let found = |kinds: &[ContextKind]| {
        kinds
            .iter()
            .find_map(|kind| error.get(*kind))
            .map(ToString::to_string)
            .filter(|text| !text.is_empty())
    };
    let text = error.render().to_string();
    let text = text.trim().trim_start_matches("error: ");
    let message = ["\n\nUsage:", "\n\nFor more information"]
        .iter()
        .filter_map(|end| text.find(end))
        .min()
        .and_then(|end| text.get(..end))
        .unwrap_or(text);
    let place = found(&[ContextKind::InvalidArg, ContextKind::InvalidSubcommand]);
    let fitting = found(&[ContextKind::ValidValue, ContextKind::ValidSubcommand]);
    let alike = found(&[
        ContextKind::SuggestedArg,
        ContextKind::SuggestedSubcommand,
        ContextKind::SuggestedValue,
    ]);
    let usage = found(&[ContextKind::Usage]);
    let usage = usage.map(|usage| usage.split_whitespace().collect::<Vec<_>>().join(" "));
    let remedy = [
        fitting.map(|words| format!("give one of {words}")),
        alike.map(|words| format!("perhaps {words} is meant")),
        usage,
        Some("`pangolin help COMMAND` shows the options of each command, with examples".to_owned()),
    ];
    let remedy: Vec<String> = remedy.into_iter().flatten().collect();
    Failure::usage(message.trim())
        .at(place.unwrap_or_else(|| "the command line".to_owned()))
        .advising(remedy.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Cli;

    #[test]
    fn a_program_learns_which_word_is_wrong_and_what_fits_there() {
        for (words, place, remedies) in [
            (
                "order hold X --basis b --party p --key k --reason recall-class-2",
                "--reason <REASON>",
                [
                    "give one of suspect, illegitimate, theft, documents, ",
                    "help COMMAND",
                ],
            ),
            (
                "order recall X --basis b --party p --key k --reason suspect",
                "--reason <REASON>",
                [
                    "give one of recall-class-1, recall-class-2, ",
                    "help COMMAND",
                ],
            ),
            (
                "order hold X --party p --key k",
                "--basis <BASIS>",
                ["Usage: pangolin order hold", "help COMMAND"],
            ),
            (
                "trace X --no-such",
                "--no-such",
                ["Usage: pangolin trace", "help"],
            ),
            ("traec", "traec", ["perhaps trace is meant", "help"]),
            ("order", "the command line", ["help COMMAND", ""]),
        ] {
            let words = std::iter::once("pangolin").chain(words.split(' '));
            let error = Cli::tree().try_get_matches_from(words).unwrap_err();
            let told = told(&error).json();
            assert_eq!(told["place"], place, "{told}");
            for expect in remedies {
                let remedy = told["remedy"].as_str().unwrap();
                assert!(remedy.contains(expect), "{expect}: {told}");
            }
            let message = told["message"].as_str().unwrap();
            assert!(
                !message.contains("Usage: pangolin o") || place == "the command line",
                "{told}"
            );
        }
    }
}
