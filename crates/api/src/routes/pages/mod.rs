//! Pages for people: how the node stands, what is known of a pack. Plain HTML and CSS, rendered here.

pub mod home;
mod html;
pub mod pack;
pub mod style;
pub mod trace;

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use self::html::{Html, escape};
use crate::{clock::utc_text, http::name, problem::Problem};

/// No scripts, no foreign content, no framing.
const POLICY: &str = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// A page.
fn page(status: StatusCode, title: &str, body: &Html) -> Response {
    let text = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\"><title>{}</title><link rel=\"stylesheet\" href=\"/style.css\">\
         </head><body><header><a href=\"/\">Pangolin</a></header><main>{}</main></body></html>\n",
        escape(title),
        body.as_str()
    );
    let mut response = (
        status,
        [(header::CONTENT_TYPE, "text/html; charset=utf-8")],
        text,
    )
        .into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(POLICY),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        name("referrer-policy"),
        HeaderValue::from_static("no-referrer"),
    );
    response
}

/// A problem as a page.
fn problem_page(problem: &Problem) -> Response {
    let mut body = Html::default();
    body.element("h1", "Not shown");
    body.element("p", problem.detail());
    if let Some(remedy) = problem.what_to_do() {
        body.element("p", &format!("What to do: {remedy}."));
    }
    let place = problem.place().map(|place| format!(", at {place}"));
    let code = problem.code();
    body.element("p", &format!("Code: {code}{}", place.unwrap_or_default()));
    search(&mut body, "");
    page(problem.status(), "Not shown", &body)
}

/// A moment for people: `2026-01-05 13:00:00 UTC`.
fn moment(ms: i64) -> String {
    seconds(&utc_text(ms))
}

/// `2026-01-05 13:00:00 UTC` of `2026-01-05T13:00:00.000Z`.
fn seconds(time: &str) -> String {
    let time = time.split('.').next().unwrap_or(time);
    format!("{} UTC", time.replace('T', " "))
}

/// The box that leads to a pack.
fn search(body: &mut Html, text: &str) {
    body.raw("<form action=\"/pack\" method=\"get\" role=\"search\"><label for=\"q\">Pack, case, pallet, lot or event: scan, \
              element string, link or URN</label><div class=\"row\"><input id=\"q\" name=\"q\" autocomplete=\"off\" \
              autocapitalize=\"off\" spellcheck=\"false\" maxlength=\"2048\" required value=\"");
    body.text(text);
    body.raw("\"><button>Look up</button></div></form>");
}
