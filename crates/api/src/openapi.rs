//! The description of the interface, generated from the handlers.
//!
//! The generated text is kept in `openapi.json` beside the crate's manifest and served at `/openapi.json`; a test holds the
//! two together. To renew the file: `PANGOLIN_UPDATE_OPENAPI=1 cargo test -p pangolin-api openapi`.

use std::sync::OnceLock;

use utoipa::{
    OpenApi,
    openapi::{
        HttpMethod, Info, OpenApi as Document, PathItem, RefOr, ResponseBuilder,
        path::{OperationBuilder, ParameterBuilder, ParameterIn},
        schema::{ObjectBuilder, Type},
        security::{ApiKey, ApiKeyValue, SecurityScheme},
    },
};

use crate::{
    problem,
    router::{TABLE, is_epcis},
    routes::{
        between, capture, disclosures, events, fields, lots, node, orders, pages, parties, proofs,
        trace, transactions, verify, vocabulary,
    },
};

#[derive(OpenApi)]
#[openapi(
    paths(
        pages::home::handle,
        pages::style::handle,
        pages::pack::handle,
        pages::trace::handle,
        capture::create::handle,
        capture::list::handle,
        capture::show::handle,
        events::create::handle,
        events::list::handle,
        events::show::handle,
        fields::show::handle,
        disclosures::list::handle,
        vocabulary::list::handle,
        vocabulary::show::handle,
        vocabulary::events::handle,
        transactions::submit::handle,
        transactions::show::handle,
        verify::product::handle,
        verify::connectivity::handle,
        trace::show::handle,
        lots::whereabouts::handle,
        proofs::receipt::handle,
        proofs::status::handle,
        proofs::custody::handle,
        proofs::provenance::handle,
        proofs::histories::handle,
        proofs::identity::handle,
        proofs::block::handle,
        between::state::handle,
        between::waiting::handle,
        between::chains::handle,
        between::directory::handle,
        between::find::handle,
        between::contents::handle,
        parties::list::handle,
        parties::show::handle,
        orders::list::handle,
        orders::create::handle,
        orders::show::handle,
        node::status::handle,
        node::validators::handle,
        node::health::handle,
        node::ready::handle,
        node::metrics::handle,
        node::openapi::handle,
    ),
    components(schemas(problem::Body))
)]
struct Described;

/// The description.
pub fn document() -> Document {
    let mut document = Described::openapi();
    document.info = Info::new("Pangolin node", env!("CARGO_PKG_VERSION"));
    document.info.description = Some(
        "EPCIS 2.0 capture and query, product verification, traces, proofs, orders and parties of a Pangolin node. \
         Requests of systems are signed (RFC 9421, ed25519, keyid = public key in hexadecimal, covering @method, \
         @target-uri and, with a body, content-digest) or come with a client certificate."
            .to_owned(),
    );
    let items = std::mem::take(&mut document.paths.paths);
    for (path, item) in items {
        match path.strip_prefix("/{resource}") {
            Some(rest) => {
                for resource in vocabulary::RESOURCES {
                    document.paths.paths.insert(
                        format!("/{}{rest}", resource.path),
                        below(&item, resource.path, rest),
                    );
                }
            }
            None => {
                document.paths.paths.insert(path, item);
            }
        }
    }
    for (_, path) in TABLE.iter().filter(|(_, path)| is_epcis(path)) {
        discovery(&mut document, path);
    }
    for item in document.paths.paths.values_mut() {
        for operation in [&mut item.get, &mut item.post, &mut item.options]
            .into_iter()
            .flatten()
        {
            common(operation);
        }
    }
    let components = document.components.get_or_insert_default();
    let signature = ApiKeyValue::with_description(
        "Signature",
        "HTTP message signature (RFC 9421), with Signature-Input",
    );
    components.add_security_scheme(
        "signature",
        SecurityScheme::ApiKey(ApiKey::Header(signature)),
    );
    document
}

/// The description as text, with a line end.
pub fn text() -> &'static str {
    static TEXT: OnceLock<String> = OnceLock::new();
    TEXT.get_or_init(|| {
        document()
            .to_pretty_json()
            .map(|text| text + "\n")
            .unwrap_or_default()
    })
}

/// The description of one list of values, out of the one that stands for all.
fn below(item: &PathItem, resource: &str, rest: &str) -> PathItem {
    let mut item = item.clone();
    if let Some(operation) = &mut item.get {
        let kind = match rest {
            "" => "list",
            "/{value}" => "show",
            _ => "events",
        };
        operation.operation_id = Some(format!("{resource}_{kind}"));
        let parameters = operation.parameters.get_or_insert_default();
        parameters.retain(|parameter| match parameter {
            RefOr::T(parameter) => parameter.name != "resource" && parameter.name != "value",
            RefOr::Ref(_) => true,
        });
        if !rest.is_empty() {
            let value = path_parameter("value", "a value of the list, percent-encoded");
            parameters.insert(0, RefOr::T(value));
        }
    }
    item
}

fn path_parameter(name: &str, description: &str) -> utoipa::openapi::path::Parameter {
    let text = ObjectBuilder::new().schema_type(Type::String).build();
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Path)
        .description(Some(description))
        .schema(Some(RefOr::T(text.into())))
        .build()
}

/// Adds `OPTIONS` to a path.
fn discovery(document: &mut Document, path: &str) {
    let answer = ResponseBuilder::new()
        .description("Versions, limits and methods, in headers.")
        .build();
    let mut operation = OperationBuilder::new()
        .tag("discovery")
        .summary(Some("Says what this interface can do."))
        .response("204", answer);
    for segment in path.split('/') {
        if let Some(name) = segment
            .strip_prefix('{')
            .and_then(|name| name.strip_suffix('}'))
        {
            operation = operation.parameter(path_parameter(name, "as for the other methods"));
        }
    }
    let added = PathItem::new(HttpMethod::Options, operation.build());
    match document.paths.paths.get_mut(path) {
        Some(item) => item.options = added.options,
        None => {
            document.paths.paths.insert(path.to_owned(), added);
        }
    }
}

/// Adds what every operation can answer.
fn common(operation: &mut utoipa::openapi::path::Operation) {
    for (status, description) in [
        (
            "401",
            "Nobody is signed in, or the credentials do not hold.",
        ),
        ("403", "Not allowed."),
        ("500", "The node failed."),
        ("503", "Later."),
    ] {
        if !operation.responses.responses.contains_key(status) {
            let answer = ResponseBuilder::new().description(description).build();
            operation
                .responses
                .responses
                .insert(status.to_owned(), RefOr::T(answer));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn openapi_has_every_route_and_no_other() {
        let document = document();
        let mut described = Vec::new();
        for (path, item) in &document.paths.paths {
            for (method, operation) in [
                ("GET", &item.get),
                ("POST", &item.post),
                ("OPTIONS", &item.options),
            ] {
                if operation.is_some() {
                    described.push((method, path.as_str()));
                }
            }
        }
        let mut routed: Vec<(&str, &str)> = TABLE.to_vec();
        routed.extend(
            TABLE
                .iter()
                .filter(|(_, path)| is_epcis(path))
                .map(|(_, path)| ("OPTIONS", *path)),
        );
        routed.sort_unstable();
        routed.dedup();
        described.sort_unstable();
        assert_eq!(described, routed);
    }

    #[test]
    fn openapi_is_the_committed_one() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");
        if std::env::var_os("PANGOLIN_UPDATE_OPENAPI").is_some() {
            std::fs::write(path, text()).unwrap();
        }
        let committed = std::fs::read_to_string(path).unwrap();
        assert!(
            committed == text(),
            "openapi.json is not what the handlers say; see the header of openapi.rs"
        );
    }
}
