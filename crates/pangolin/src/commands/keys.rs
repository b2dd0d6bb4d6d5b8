//! `pangolin keys`: ed25519 keys of parties and capture agents.

use anyhow::Result;
use ed25519_zebra::{SigningKey, VerificationKeyBytes};
use serde_json::json;
use std::{path::Path, process::ExitCode};

use crate::{cli::KeysCommand, network::write_secret, node::read_key, output};

/// Makes or shows a key.
pub(super) fn run(command: &KeysCommand, as_json: bool) -> Result<ExitCode> {
    match command {
        KeysCommand::New { file } => {
            let key = SigningKey::new(rand::rng());
            let secret: [u8; 32] = key.into();
            write_secret(file, &hex::encode(secret))?;
            show(file, &key, as_json);
        }
        KeysCommand::Show { file } => show(file, &read_key(file)?, as_json),
    }
    Ok(ExitCode::SUCCESS)
}

fn show(file: &Path, key: &SigningKey, as_json: bool) {
    let public: [u8; 32] = VerificationKeyBytes::from(key).into();
    if as_json {
        output::json(&json!({ "file": file, "public_key": hex::encode(public) }));
    } else {
        output::line(format!("public key  {}", hex::encode(public)));
        output::line(format!(
            "secret key  {} (keep it to yourself)",
            file.display()
        ));
    }
}
