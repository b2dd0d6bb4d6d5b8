//! `GET /find/{epc}`: what chains know of an object or a lot, over all of them.

use std::sync::Arc;

use axum::{
    extract::{RawQuery, State},
    http::StatusCode,
    response::Response,
};
use pangolin_client::{Findings, Knows};
use pangolin_interchain::find::Search;
use pangolin_ledger::id::TimeMs;

use super::directory::subject;
use crate::{
    app::App,
    auth::Who,
    authorise::{Act, Area},
    finding::{atlas, own::Own},
    http::{self, InPath, no_more, parameters, take},
    problem::Problem,
    verify::asker::Asker,
};

/// Finds the chains that know an object or a lot, and what they prove of it: that it exists, and its status. This node asks nodes of the
/// others as nobody; each answer is checked under the key that the directory names. Chains that do not answer, or answer wrongly, are listed
/// with what is missing.
#[utoipa::path(
    get, path = "/find/{epc}", tag = "between chains",
    params(
        ("epc" = String, Path, description = "the object or lot, in any notation"),
        ("everywhere" = Option<bool>, Query, description = "whether also chains are asked to which neither a prefix nor another chain leads; they are in any case if nobody else knows anything")
    ),
    responses(
        (status = 200, description = "What was found; `complete` says whether nothing is missing.", body = Findings),
        (status = 403, description = "This is for members of the chain; or whoever asks asked for too many things that nobody knows.", body = crate::problem::Body)
    )
)]
pub async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    asker: Asker,
    InPath(epc): InPath<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    app.rules()
        .decide(caller.as_ref(), Act::Read(Area::Trace))?;
    let subject = subject(&epc, "epc")?;
    let mut given = parameters(query.as_deref())?;
    let everywhere = match take(&mut given, "everywhere")?.as_deref() {
        None | Some("false") => false,
        Some("true") => true,
        Some(_) => return Err(Problem::parameter("everywhere", "must be true or false")),
    };
    no_more(&given)?;
    asker.ask(&app)?;
    let Ok(_permit) = app.finder().searches.try_acquire() else {
        let detail = "as many searches as this node makes at the same time are under way";
        return Err(Problem::busy("searching", detail, 2));
    };
    let drawn = atlas::draw(&app).await?;
    let search = Search {
        atlas: &drawn.atlas,
        own: Arc::new(Own(app.clone())),
        outside: &app.finder().outside,
        light: app.finder().light.as_ref(),
        everywhere,
        now: TimeMs(app.now_ms()),
    };
    let found = search.run(&subject).await;
    let known = |knows: Knows| matches!(knows, Knows::Yes | Knows::Inside);
    // others counted it against this node
    asker.tell(&app, found.chains.iter().any(|chain| known(chain.knows)))?;
    Ok(http::json(StatusCode::OK, &found))
}
