//! What surrounds the events of a file: business document header, transaction statement, master data.

use std::collections::BTreeSet;

use jiff::Timestamp;
use pangolin_epcis::model::{
    Attribute, Context, EPCIS_CONTEXT, Element, Header, MasterAttribute, MasterEntry, MasterList,
    Name, Uri, Value,
};

use super::{
    IndustryError,
    item::{Notation, Scribe},
    render::{HEALTH_CARE, MASTER_DATA, health_care, time},
};

/// Namespace of the business document header.
const BUSINESS_DOCUMENT: &str =
    "http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader";
/// Version of the guideline whose extensions are used.
const GUIDELINE: &str = "GS1 US DSCSA R1.3";
/// The transaction statement (DSCSA §581(27)).
const STATEMENT: &str =
    "Seller has complied with each applicable subsection of FDCA Sec. 581(27)(A)-(G).";

/// Who sends what to whom.
pub(super) struct Letter<'l> {
    pub(super) sender: usize,
    pub(super) receiver: Option<usize>,
    pub(super) made: Timestamp,
    pub(super) seq: u64,
    /// Whether ownership changes, which needs a statement.
    pub(super) changes_owner: bool,
    /// Products to be described.
    pub(super) products: &'l BTreeSet<usize>,
}

/// The header of a file.
pub(super) fn header(letter: &Letter<'_>, scribe: &Scribe<'_>) -> Result<Header, IndustryError> {
    let old = scribe.notation == Notation::Old;
    let zone = scribe.world.companies()[letter.sender].zone_hours;
    let mut header = Header {
        schema_version: Some(if old { "1.2" } else { "2.0" }.to_owned()),
        creation_date: Some(time(letter.made, zone, scribe.notation)?),
        context: context(old),
        ..Header::default()
    };
    if let Some(receiver) = letter.receiver {
        let instance = format!("{:010}", letter.seq);
        let (from, to) = (scribe.party(letter.sender)?, scribe.party(receiver)?);
        if old {
            header.sbdh = Some(business_document(&from, &to, &instance, &header));
        } else {
            header.sender = Some(from.as_str().to_owned());
            header.receiver = Some(to.as_str().to_owned());
            header.instance_identifier = Some(instance);
        }
    }
    if letter.changes_owner {
        header.header_extensions = statement();
        header.master_data = Some(master_data(letter, scribe)?);
    }
    Ok(header)
}

fn context(old: bool) -> Context {
    let mut context = Context::default();
    let mut declare = |prefix: &str, namespace: &str| {
        context
            .prefixes
            .insert(prefix.to_owned(), namespace.to_owned());
    };
    declare("gs1ushc", HEALTH_CARE);
    if old {
        declare("cbvmda", MASTER_DATA);
        declare("sbdh", BUSINESS_DOCUMENT);
    } else {
        context.remote.push(EPCIS_CONTEXT.to_owned());
        context.expands_values = true;
    }
    context
}

fn statement() -> Vec<Element> {
    let affirmation = vec![
        health_care("affirmTransactionStatement", "true"),
        health_care("legalNotice", STATEMENT),
    ];
    vec![
        health_care("guidelineVersion", GUIDELINE),
        Element::new(
            Name::prefixed("gs1ushc", HEALTH_CARE, "dscsaTransactionStatement"),
            Value::Object(affirmation),
        ),
    ]
}

fn business_document(from: &Uri, to: &Uri, instance: &str, header: &Header) -> Element {
    let name = |local: &str| Name::prefixed("sbdh", BUSINESS_DOCUMENT, local);
    let text = |local: &str, text: &str| Element::text(name(local), text);
    let group = |local: &str, children| Element::new(name(local), Value::Object(children));
    let partner = |local: &str, id: &Uri| {
        let mut identifier = text("Identifier", id.as_str());
        let authority = Attribute {
            name: Name::bare("", "Authority"),
            value: "GS1".to_owned(),
        };
        identifier.attributes.push(authority);
        group(local, vec![identifier])
    };
    let made = header
        .creation_date
        .as_ref()
        .map_or("", |date| date.as_str());
    let identification = vec![
        text("Standard", "EPCglobal"),
        text("TypeVersion", "1.0"),
        text("InstanceIdentifier", instance),
        text("Type", "Events"),
        text("CreationDateAndTime", made),
    ];
    group(
        "StandardBusinessDocumentHeader",
        vec![
            text("HeaderVersion", "1.0"),
            partner("Sender", from),
            partner("Receiver", to),
            group("DocumentIdentification", identification),
        ],
    )
}

fn master_data(letter: &Letter<'_>, scribe: &Scribe<'_>) -> Result<Vec<MasterList>, IndustryError> {
    let mut products = Vec::new();
    for product in letter.products {
        products.push(product_entry(*product, scribe)?);
    }
    let mut locations = Vec::new();
    for company in [Some(letter.sender), letter.receiver].into_iter().flatten() {
        let name = scribe.world.companies()[company].name.as_str();
        for id in [scribe.party(company)?, scribe.site(company)?] {
            locations.push(entry(id, &[("name", name), ("countryCode", "US")])?);
        }
    }
    let list = |kind: &str, entries| -> Result<_, IndustryError> {
        let kind = Uri::parse(&format!("urn:epcglobal:epcis:vtype:{kind}"))?;
        Ok(MasterList {
            kind,
            entries,
            extensions: Vec::new(),
        })
    };
    let mut lists = vec![list("Location", locations)?];
    if !products.is_empty() {
        lists.insert(0, list("EPCClass", products)?);
    }
    Ok(lists)
}

fn product_entry(product: usize, scribe: &Scribe<'_>) -> Result<MasterEntry, IndustryError> {
    let product = &scribe.world.products()[product];
    let id = match scribe.notation {
        Notation::Link => format!("https://id.gs1.org/01/{}", product.gtin.as_str()),
        Notation::Old | Notation::Urn => {
            product.urn_stem.replacen("epc:id:", "epc:idpat:", 1) + "*"
        }
    };
    let maker = scribe.world.companies()[product.maker].name.as_str();
    entry(
        Uri::parse(&id)?,
        &[
            ("additionalTradeItemIdentification", product.ndc.as_str()),
            ("additionalTradeItemIdentificationTypeCode", "US_FDA_NDC"),
            ("regulatedProductName", product.name.as_str()),
            ("manufacturerOfTradeItemPartyName", maker),
            ("dosageFormType", product.form),
            ("strengthDescription", product.strength),
        ],
    )
}

fn entry(id: Uri, attributes: &[(&str, &str)]) -> Result<MasterEntry, IndustryError> {
    let attribute = |(local, text): &(&str, &str)| -> Result<_, IndustryError> {
        let id = Uri::parse(&format!("{MASTER_DATA}#{local}"))?;
        Ok(MasterAttribute {
            id,
            value: Value::Text((*text).to_owned()),
        })
    };
    let attributes = attributes.iter().map(attribute).collect::<Result<_, _>>()?;
    Ok(MasterEntry {
        id,
        attributes,
        children: Vec::new(),
        extensions: Vec::new(),
    })
}
