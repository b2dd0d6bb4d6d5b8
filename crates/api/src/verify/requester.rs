//! Who may ask: authorised trading partners, by the chain's own register, before anything is answered.

use axum::http::StatusCode;
use pangolin_ledger::id::PartyId;

use super::{Declined, asker::Asker, guess::Allowed};
use crate::{app::App, auth::Caller};

/// Turns away whoever may not be told of what was looked up; a guess that failed is counted first.
pub fn told(app: &App, asker: &Asker, known: bool) -> Result<(), Declined> {
    goes_on(asker, app.guesses().tell(asker, known, app.now_ms()))
}

fn goes_on(asker: &Asker, allowed: Allowed) -> Result<(), Declined> {
    let declined = |status, code| Err(Declined::new(status, code).at(asker.place()));
    match allowed {
        Allowed::Yes => Ok(()),
        Allowed::Guessing => declined(StatusCode::FORBIDDEN, "too-many-guesses"),
        Allowed::TooFast => declined(StatusCode::SERVICE_UNAVAILABLE, "too-many-requests"),
    }
}

/// Turns away a requester that is not an authorised trading partner, is not who it says, guesses, or asks too fast.
pub async fn check(
    app: &App,
    caller: Option<&Caller>,
    asker: &Asker,
    requester: &str,
) -> Result<(), Declined> {
    goes_on(asker, app.guesses().request(asker, app.now_ms()))?;
    let forbidden = |code| Declined::new(StatusCode::FORBIDDEN, code).at("reqGLN");
    let party = PartyId::new(requester).map_err(|_| forbidden("unknown-requester"))?;
    let signed_in_as_it = caller.is_some_and(|caller| caller.may_act_for(&party));
    if app.config().verify.signed_requests && !signed_in_as_it {
        return Err(match caller {
            None => Declined::new(StatusCode::UNAUTHORIZED, "not-signed-in").at("credentials"),
            Some(_) => forbidden("not-the-requester"),
        });
    }
    let standing = app.registry().standing(&party).await.map_err(|error| {
        tracing::error!(%error, "the register of parties could not be read");
        Declined::new(StatusCode::SERVICE_UNAVAILABLE, "registry")
    })?;
    match standing {
        None => Err(forbidden("unknown-requester")),
        Some(standing) if standing.suspended => Err(forbidden("requester-suspended")),
        Some(standing) if !standing.has_any(app.deps().trade.trading_roles()) => {
            Err(forbidden("requester-not-authorised"))
        }
        Some(_) => Ok(()),
    }
}
