//! `pangolin validators`: who validates the chain, and a governor's statement of who is to.
//!
//! What is signed names the whole set, so that governors who sign the same sign the same set; the commands make it from what the
//! node says is wanted, or present.

use anyhow::Result;
use pangolin_client::{Validator, Validators};
use pangolin_ledger::{Body, GovernanceAction, GovernanceBody, PublicKey, state::Member};
use serde_json::json;
use std::process::ExitCode;

use super::{
    ask,
    finality::{Subject, follow},
    officer::Officer,
};
use crate::{
    cli::{AddArgs, NodeArgs, RemoveArgs, ValidatorsCommand, WaitArgs},
    connect,
    failure::{self, Failure},
    output, shell, views,
};

/// Shows validators, or states who is wanted.
pub(super) async fn run(command: &ValidatorsCommand, as_json: bool) -> Result<ExitCode> {
    match command {
        ValidatorsCommand::Show(node) => {
            let found = connect::client(node)?.read("/validators").await?;
            ask::show(&found, as_json, |found: Validators| {
                views::validators(&found)
            })
        }
        ValidatorsCommand::Add(args) => {
            let wanted = wanted(&args.node).await?;
            let set = add(wanted, args)?;
            state(set, &args.reason, &args.node, &args.wait, as_json).await
        }
        ValidatorsCommand::Remove(args) => {
            let wanted = wanted(&args.node).await?;
            let set = remove(wanted, args)?;
            state(set, &args.reason, &args.node, &args.wait, as_json).await
        }
        ValidatorsCommand::Reshare(args) => {
            let found = connect::client(&args.node)?.validators().await?;
            if found.wanted.is_some() {
                let message = "other validators are wanted, and the key is handed on to them";
                return Err(Failure::local("change-under-way", message)
                    .advising("wait until that is done: everybody gets a new share by it")
                    .into());
            }
            let set: Result<Vec<Member>> = found.present.into_iter().map(member).collect();
            state(set?, &args.reason, &args.node, &args.wait, as_json).await
        }
    }
}

/// Who is wanted by now: the present validators where nobody else is.
async fn wanted(node: &NodeArgs) -> Result<Vec<Member>> {
    let found = connect::client(node)?.validators().await?;
    let list = found.wanted.unwrap_or(found.present);
    list.into_iter().map(member).collect()
}

fn member(validator: Validator) -> Result<Member> {
    Ok(Member {
        key: key(&validator.key, "the node's answer")?,
        name: validator.name,
        organisation: validator.organisation,
        address: validator.address,
    })
}

fn key(text: &str, place: &str) -> Result<PublicKey> {
    let bytes = hex::decode(text)
        .ok()
        .and_then(|bytes| bytes.try_into().ok());
    let bytes = bytes.ok_or_else(|| {
        Failure::usage(format!(
            "{text:?} is no public key of a node: it has 64 hexadecimal characters"
        ))
        .at(place)
        .advising("give the key that `pangolin node init` printed for the node")
    })?;
    Ok(PublicKey(bytes))
}

fn add(mut set: Vec<Member>, args: &AddArgs) -> Result<Vec<Member>> {
    let member = Member {
        key: key(&args.node_key, "--node-key")?,
        name: args.name.clone(),
        organisation: args.organisation.clone(),
        address: args.address.to_string(),
    };
    if let Some(out) = &args.instead_of {
        take_out(&mut set, out, "--instead-of")?;
    }
    set.retain(|known| known.key != member.key);
    set.push(member);
    set.sort_by_key(|member| member.key);
    Ok(set)
}

fn remove(mut set: Vec<Member>, args: &RemoveArgs) -> Result<Vec<Member>> {
    take_out(&mut set, &args.validator, "VALIDATOR")?;
    Ok(set)
}

/// Takes the validator of this name or key out of a set.
fn take_out(set: &mut Vec<Member>, which: &str, place: &str) -> Result<()> {
    let is =
        |member: &Member| member.name == which || member.key.to_string() == which.to_lowercase();
    let found = set.iter().filter(|member| is(member)).count();
    if found != 1 {
        let message = match found {
            0 => format!("no validator is called {which:?}, or has this key"),
            _ => format!("{found} validators are called {which:?}"),
        };
        return Err(Failure::usage(message)
            .at(place)
            .advising("give its public key, as `pangolin validators show` prints it")
            .into());
    }
    set.retain(|member| !is(member));
    Ok(())
}

/// Signs that this set is wanted, waits until that is final, and says what became of it.
async fn state(
    set: Vec<Member>,
    reason: &str,
    node: &NodeArgs,
    wait: &WaitArgs,
    as_json: bool,
) -> Result<ExitCode> {
    let governor = Officer::acting(node, "who is to validate", "a governor").await?;
    let names: Vec<String> = set.iter().map(|member| member.name.clone()).collect();
    let client = connect::client(node)?;
    let body = Body::Governance(Box::new(GovernanceBody {
        action: GovernanceAction::SetValidators { validators: set },
        reason: reason.to_owned(),
    }));
    let signed = governor.sign(&client.status().await?, body)?;
    let subject = Subject {
        what: format!("statement {}", signed.id),
        place: format!("/transactions/{}", signed.id),
        later: shell::command("validators show", node),
        valid: Some((signed.id.clone(), signed.valid_until)),
    };
    let sent = follow(&client, &signed, subject, wait.limit(), as_json).await?;
    let stated = sent.state == "final";
    if as_json {
        let mut value = serde_json::to_value(&sent)?;
        if let Some(members) = value.as_object_mut() {
            members.insert("wanted".into(), json!(names));
        }
        output::json(&value);
    } else {
        output::line(views::stated(
            &sent,
            &names,
            &shell::command("validators show", node),
        ));
    }
    Ok(if stated {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(failure::REFUSED)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(names: &[&str]) -> Vec<Member> {
        let members = names.iter().zip(1..).map(|(name, n)| Member {
            key: PublicKey([n; 32]),
            name: (*name).into(),
            organisation: "o".into(),
            address: String::new(),
        });
        members.collect()
    }

    #[test]
    fn a_validator_is_named_by_name_or_key_and_never_guessed() {
        let mut four = set(&["a", "b", "c", "c"]);
        take_out(&mut four, "b", "VALIDATOR").unwrap();
        take_out(&mut four, &"03".repeat(32), "VALIDATOR").unwrap();
        assert_eq!(four.len(), 2);
        let mut two = set(&["c", "c"]);
        for which in ["c", "d", "0303"] {
            let error = take_out(&mut two, which, "VALIDATOR").unwrap_err();
            assert_eq!(Failure::of(&error).json()["place"], "VALIDATOR", "{which}");
        }
        assert_eq!(two.len(), 2);
    }
}
