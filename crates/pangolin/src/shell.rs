//! Commands as a user can paste them into the same shell.

use std::path::PathBuf;

use crate::cli::NodeArgs;

/// How this program is called from here.
pub(crate) fn program() -> String {
    let typed = std::env::args_os()
        .next()
        .map(PathBuf::from)
        .unwrap_or_default();
    let here = std::env::current_dir().unwrap_or_default();
    let shown = match typed.strip_prefix(&here) {
        // an absolute path below this directory is shorter from here
        Ok(below) => below.to_owned(),
        Err(_) => typed,
    };
    quoted(shown.display().to_string())
}

/// A word as a shell reads it as one.
pub(crate) fn quoted(word: impl AsRef<str>) -> String {
    let word = word.as_ref();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:=,@%+".contains(&byte);
    if !word.is_empty() && word.bytes().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// A command to the node that `args` name, as the same caller.
pub(crate) fn command(words: &str, args: &NodeArgs) -> String {
    let mut text = format!("{} {words} --node {}", program(), quoted(&args.node));
    let mut option = |name: &str, value: String| {
        text = format!("{text} --{name} {}", quoted(value));
    };
    let files = [("key", &args.key), ("cert", &args.cert)];
    for (name, file) in files {
        if let Some(file) = file {
            option(name, file.display().to_string());
        }
    }
    for file in &args.ca {
        option("ca", file.display().to_string());
    }
    // what the environment holds is there for the next command too, and is not for the screen
    let held = std::env::var("PANGOLIN_TOKEN").ok();
    if let Some(token) = args
        .token
        .as_ref()
        .filter(|token| Some(*token) != held.as_ref())
    {
        option("token", token.clone());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_survive_the_shell() {
        for (word, expect) in [
            ("demo-data/files/1.xml", "demo-data/files/1.xml"),
            ("my data", "'my data'"),
            ("(01)1(21)2", "'(01)1(21)2'"),
            ("it's", r"'it'\''s'"),
            ("", "''"),
        ] {
            assert_eq!(quoted(word), expect);
        }
    }

    #[test]
    fn a_command_asks_the_same_node_as_the_same_caller() {
        let args = NodeArgs {
            node: "http://127.0.0.1:4105".into(),
            key: Some("my keys/our.key".into()),
            party: None,
            token: None,
            ca: vec!["own.pem".into()],
            cert: None,
            patience: 60,
        };
        let text = command("order show ab", &args);
        let expect =
            " order show ab --node http://127.0.0.1:4105 --key 'my keys/our.key' --ca own.pem";
        assert!(text.ends_with(expect), "{text}");
    }
}
