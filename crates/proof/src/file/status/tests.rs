//! Orders that concern an object are named: which, on what, since when, why, and whether it is exempted.

use pangolin_ledger::{
    ChainId, ClassId, EventId, GroupId, Height, OrderId, OrderKind, OrderTerms, PartyId,
    query::Known,
    state::{ActiveOrder, Group},
};

use super::*;

fn party() -> PartyId {
    PartyId::new("holder").unwrap()
}

fn own() -> ObjectId {
    ObjectId::new("pack").unwrap()
}

fn group() -> GroupId {
    GroupId::new("lot").unwrap()
}

fn found(number: u8, kind: OrderKind, scope: OrderScope, exempted: bool) -> BlockingOrder {
    BlockingOrder {
        scope,
        order: ActiveOrder {
            order: OrderId([number; 32]),
            kind,
            expires: None,
        },
        exempted,
        by: None,
    }
}

fn status(orders: Vec<BlockingOrder>) -> ObjectStatus {
    ObjectStatus {
        id: own(),
        record: None,
        live: true,
        away: None,
        ended: None,
        custodian: Some(party()),
        pending: None,
        containers: Vec::new(),
        released: None,
        held: false,
        stage: Code(0),
        group: Some((group(), Group::bare(party(), EventId([0; 32])))),
        class: None,
        orders,
        orders_inside: Vec::new(),
        passed: Vec::new(),
    }
}

/// The records of order 1, issued by the authority.
fn overlay() -> Overlay {
    let record = Order {
        issuer: PartyId::new("authority").unwrap(),
        terms: OrderTerms {
            kind: OrderKind::Recall,
            scope: OrderScope::Group(group()),
            reason: Code(9),
            legal_basis: "law".into(),
            expires: None,
            officers: 1,
            document: None,
        },
        signed: std::collections::BTreeSet::new(),
        state: OrderState::Active { since: Height(57) },
        issued: Height(50),
    };
    let mut overlay = Overlay::new();
    overlay.supply(
        keys::order(&OrderId([1; 32])),
        Some(Arc::from(record.to_bytes())),
    );
    overlay
}

fn described(status: &ObjectStatus) -> Report {
    let mut report = Report::new("chain".into(), String::new());
    describe(status, &overlay(), &mut report);
    report
}

fn said(report: &Report, name: &str) -> Vec<String> {
    let named = report.facts.iter().filter(|(fact, _)| fact == name);
    named.map(|(_, value)| value.to_string()).collect()
}

#[test]
fn an_order_is_named_with_what_its_record_says() {
    let lot = OrderScope::Group(group());
    let report = described(&status(vec![found(1, OrderKind::Recall, lot, false)]));
    let order = "01".repeat(32);
    assert_eq!(
        said(&report, "recall"),
        [format!(
            "on its lot (group lot), in force since block 57, by party authority, reason: 9 (code 9), legal basis: law, \
             order {order}"
        )]
    );
    assert_eq!(said(&report, "holds and recalls"), ["1 in force"]);
    assert_eq!(report.warnings.len(), 1);
    assert!(report.warnings[0].contains("do not"));
    assert!(report.orders[0].record.is_some());
}

#[test]
fn an_order_whose_record_is_not_in_the_file_is_named_all_the_same() {
    let itself = OrderScope::Object(own());
    let report = described(&status(vec![found(2, OrderKind::Hold, itself, false)]));
    let order = "02".repeat(32);
    assert_eq!(
        said(&report, "hold"),
        [format!(
            "on this object itself, since when, by whom and why is not part of this file, order {order}"
        )]
    );
}

#[test]
fn an_order_of_another_chain_is_that_chains() {
    let chain = ChainId([8; 32]);
    // the record under the same identity is of another order: one of this chain
    let mut abroad = found(1, OrderKind::Recall, OrderScope::Group(group()), false);
    abroad.by = Some(chain);
    let mut status = status(vec![abroad]);
    status.passed = vec![Known { chain, as_of: None }];
    let report = described(&status);
    let (order, chain) = ("01".repeat(32), "08".repeat(32));
    assert_eq!(
        said(&report, "recall"),
        [format!(
            "on its lot (group lot), an order of chain {chain}, order {order}"
        )]
    );
    assert!(report.orders[0].record.is_none());
    assert_eq!(
        said(&report, "orders known of a chain it came over"),
        [format!("chain {chain}: not known here")]
    );
    assert_eq!(report.warnings.len(), 2);
}

#[test]
fn an_exemption_is_said_and_warns_of_nothing() {
    let lot = OrderScope::Group(group());
    let report = described(&status(vec![found(1, OrderKind::Recall, lot, true)]));
    assert!(said(&report, "recall")[0].ends_with("; this object is exempted from it"));
    assert!(report.warnings.is_empty());
    assert!(report.orders[0].found.exempted);
    assert_eq!(
        said(&report, "holds and recalls"),
        ["1 in force, it is exempted from 1 of them"]
    );
}

#[test]
fn every_order_says_how_it_concerns_the_object() {
    let origin = GroupId::new("bulk").unwrap();
    let case = ObjectId::new("case").unwrap();
    let class = ClassId::new("product").unwrap();
    let scopes = [
        (OrderScope::Object(own()), Relation::Itself),
        (OrderScope::Object(case), Relation::Container),
        (OrderScope::Group(group()), Relation::Group),
        (OrderScope::Group(origin), Relation::Origin),
        (OrderScope::Class(class), Relation::Class),
        (OrderScope::Party(party()), Relation::Custodian),
    ];
    let orders = scopes
        .iter()
        .map(|(scope, _)| found(3, OrderKind::Hold, scope.clone(), false));
    let mut status = status(orders.collect());
    let inside = OrderScope::Group(GroupId::new("inside").unwrap());
    status.orders_inside = vec![found(4, OrderKind::Recall, inside, false)];
    let report = described(&status);
    let relations: Vec<Relation> = report.orders.iter().map(|order| order.relation).collect();
    let expect = scopes.iter().map(|(_, relation)| *relation);
    assert_eq!(
        relations,
        expect.chain([Relation::Inside]).collect::<Vec<_>>()
    );
    let mut codes: Vec<_> = relations.iter().map(|relation| relation.code()).collect();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), 7);
    assert!(said(&report, "recall")[0].starts_with("on something inside it (group inside)"));
    assert_eq!(
        said(&report, "holds and recalls of contents"),
        ["1 in force on something inside it"]
    );
    assert_eq!(report.warnings.len(), 2);
}

#[test]
fn what_is_over_or_held_is_not_passed_over() {
    let mut over = status(Vec::new());
    (over.live, over.ended, over.held) = (false, Some(Code(7)), true);
    let report = described(&over);
    assert_eq!(said(&report, "in being"), ["no: 7"]);
    assert_eq!(report.warnings.len(), 2);
    let fine = described(&status(Vec::new()));
    assert!(fine.warnings.is_empty() && fine.orders.is_empty());
    assert!(said(&fine, "holds and recalls")[0].starts_with("none on it"));
}
