//! `POST /proofs/provenance`: what this chain has of several objects' histories, in one question.
//!
//! Each history is asked for, allowed, counted and answered as if it were asked for alone (`GET /proofs/provenance`): who may have what, the
//! limit of guesses and the limit of questions a second are the same for 64 histories as for 64 requests, in the order in which they are
//! named. What events say is not part of the answers, so nothing is written down as disclosed.

use axum::{
    extract::{Request, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use pangolin_ledger::{
    Wire as _,
    walk::together::{Answer, BadQuestions, MAX_TOGETHER, MAX_WANTS_TOGETHER, Questions},
};

use super::provenance::{is_none, known_by_name};
use crate::{
    app::App,
    auth::Who,
    authorise::{Act, Area},
    deps::Refused,
    http::{self, no_more, parameters, take},
    limits::MAX_QUESTIONS_BYTES,
    problem::Problem,
    routes::transactions::submit::binary,
    verify::asker::Asker,
};

/// What this chain has of several objects' histories over chains, for whoever carries them to other chains. The body is up to 64 questions,
/// each a set of `Want`s, 2,048 in all; the answer is `Pieces`; both in the ledger's canonical encoding. Each question has an answer of its
/// own, in their order: steps and the records they rest on, or a code and a message: `not-on-this-chain`, `not-signed-in`,
/// `too-many-guesses`, `too-many-requests`, `too-much-together` (ask for it by itself), and others of the same name as problems. The records are
/// sent once for all answers, as of one height.
#[utoipa::path(
    post, path = "/proofs/provenance", tag = "proofs",
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    params(
        ("proof" = Option<bool>, Query, description = "whether the records are wanted with the chain's proof of them"),
        ("events" = Option<String>, Query, description = "`none`: without the events, only what came and what left")
    ),
    responses(
        (status = 200, description = "The answers; without the events for whoever may not have proofs here.", content((Vec<u8> = "application/octet-stream"))),
        (status = 400, description = "The body is no list of questions (`questions-syntax`, `no-question`), or of too many (`too-many-histories`, `too-much-asked`).", body = crate::problem::Body),
        (status = 401, description = "All that is asked for is given to whoever may have proofs here.", body = crate::problem::Body),
        (status = 403, description = "Whoever asks asked for too many things that the chain does not know.", body = crate::problem::Body)
    )
)]
pub async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    asker: Asker,
    request: Request,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let mut given = parameters(parts.uri.query())?;
    let proof = match take(&mut given, "proof")?.as_deref() {
        None | Some("false") => false,
        Some("true") => true,
        Some(_) => return Err(Problem::parameter("proof", "must be true or false")),
    };
    let without = is_none(&mut given, "events")?;
    no_more(&given)?;
    binary(&parts.headers)?;
    let held = http::body(&app, body, MAX_QUESTIONS_BYTES).await?;
    let all = Questions::from_bytes(&held.bytes)?.into_each();
    let denied = app
        .rules()
        .decide(caller.as_ref(), Act::Read(Area::Proofs))
        .err();
    let allowed = |wants: &_| denied.is_none() || known_by_name(wants);
    let may: Vec<bool> = all.iter().map(allowed).collect();
    let asked: Vec<_> = all.into_iter().zip(&may).filter(|(_, may)| **may).collect();
    let (mut admitted, mut refused) = (0, None);
    let mut admit = |known: bool| -> Result<(), Refused> {
        let told = asker.ask(&app).and_then(|()| asker.tell(&app, known));
        told.map_err(|problem| {
            let answer = said(&problem);
            refused.get_or_insert(problem);
            answer
        })?;
        admitted += 1;
        Ok(())
    };
    let asked = Questions::new(asked.into_iter().map(|(wants, _)| wants).collect());
    let told = denied.is_none() && !without;
    let mut found = match asked {
        Ok(asked) => {
            let proofs = &app.deps().proofs;
            proofs.histories(asked, told, proof, &mut admit).await?
        }
        // nothing is left of them
        Err(bad) => return Err(denied.unwrap_or_else(|| bad.into())),
    };
    if let Some(problem) = refused.filter(|_| admitted == 0) {
        return Err(problem);
    }
    if let Some(denied) = denied {
        let mut answers = std::mem::take(&mut found.answers).into_iter();
        let each = may.into_iter().map(|may| {
            let answer = may.then(|| answers.next()).flatten();
            answer.unwrap_or_else(|| said(&denied))
        });
        found.answers = each.collect();
    }
    let media = [(header::CONTENT_TYPE, "application/octet-stream")];
    Ok((StatusCode::OK, media, Bytes::from(found.to_bytes())).into_response())
}

/// A problem as the answer to one question.
fn said(problem: &Problem) -> Refused {
    Answer::not(problem.code(), problem.detail())
}

impl From<BadQuestions> for Problem {
    fn from(bad: BadQuestions) -> Self {
        Self::invalid(bad.code(), bad.to_string())
            .at(format!("body{}", bad.place()))
            .remedy(format!(
                "ask for 1 to {MAX_TOGETHER} histories at once, each by 1 to 256 wants, and by {MAX_WANTS_TOGETHER} in all"
            ))
    }
}
