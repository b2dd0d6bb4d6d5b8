//! Tests of the tokens: what is well-formed passes with its place, what is not gets its code and place.

use super::*;

const DEPTH_MAX: usize = 64;

fn run(document: &str) -> (Vec<Token>, Option<Fault>) {
    let mut tokens = Tokens::new(document.as_bytes(), DEPTH_MAX);
    let mut seen = Vec::new();
    loop {
        match tokens.next() {
            Ok(Token::Done) => return (seen, None),
            Ok(token) => seen.push(token),
            Err(fault) => return (seen, Some(fault)),
        }
    }
}

/// `code line:column` of the fault that ends the document.
fn fault_of(document: &str) -> String {
    match run(document).1 {
        Some(fault) => format!(
            "{} {}:{}",
            fault.kind.code(),
            fault.pos.line,
            fault.pos.column
        ),
        None => "none".to_owned(),
    }
}

#[test]
fn ill_formed_documents_are_refused_at_their_place() {
    let cases = [
        ("", "xml-no-root 1:1"),
        ("  \n ", "xml-no-root 2:2"),
        ("<a>", "xml-unclosed 1:4"),
        ("<a>\n<b></a>", "xml-end-tag 2:4"),
        ("<a/></a>", "xml-end-tag 1:5"),
        ("<a", "xml-syntax 1:1"),
        ("<a><!-- x", "xml-syntax 1:4"),
        ("<a><![CDATA[ x</a>", "xml-syntax 1:4"),
        ("<a><? x", "xml-syntax 1:4"),
        ("<a><!-- x -- y --></a>", "xml-comment 1:4"),
        ("<a>\n  <1b/></a>", "xml-name 2:3"),
        ("< a/>", "xml-name 1:1"),
        ("<a:b:c/>", "xml-name 1:1"),
        ("<a x/>", "xml-attribute 1:5"),
        ("<a x=/>", "xml-attribute 1:6"),
        ("<a x=1/>", "xml-attribute 1:6"),
        ("<a x='1/>", "xml-syntax 1:1"),
        ("<a x='1'y='2'/>", "xml-attribute 1:9"),
        ("<a x='<'/>", "xml-attribute 1:4"),
        ("<a\n x='1'\n x='2'/>", "xml-duplicate-attribute 3:2"),
        (
            "<a xmlns:p='u' xmlns:q='u' p:x='1' q:x='2'/>",
            "xml-duplicate-attribute 1:36",
        ),
        ("<a x='&nope;'/>", "xml-entity 1:4"),
        ("<a>&nope;</a>", "xml-entity 1:4"),
        ("<a>&#0;</a>", "xml-entity 1:4"),
        ("<a>&#xFFFF;</a>", "xml-entity 1:4"),
        ("<a>x & y</a>", "xml-syntax 1:6"),
        ("<a>x\u{1}</a>", "xml-character 1:5"),
        ("<a x='\u{1}'/>", "xml-character 1:4"),
        ("<a>]]></a>", "xml-cdata-end 1:4"),
        ("<!DOCTYPE a><a/>", "xml-doctype 1:1"),
        (
            "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>",
            "xml-doctype 1:1",
        ),
        ("<a/><b/>", "xml-second-root 1:5"),
        ("<a/>\n x", "xml-text-outside 2:2"),
        ("x<a/>", "xml-text-outside 1:1"),
        ("<a/>&amp;", "xml-text-outside 1:5"),
        ("<a/><![CDATA[]]>", "xml-text-outside 1:5"),
        ("<a xmlns:p=''/>", "xml-namespace 1:4"),
        ("<a xmlns:xml='urn:x'/>", "xml-namespace 1:4"),
        ("<a xmlns:xmlns='urn:x'/>", "xml-namespace 1:4"),
        ("<a/><?xml version='1.0'?>", "xml-declaration-place 1:5"),
        ("<?xml version='3.0'?><a/>", "xml-declaration 1:1"),
        ("<?xml encoding='UTF-8'?><a/>", "xml-declaration 1:1"),
        ("<a><?XML x?></a>", "xml-name 1:4"),
    ];
    for (document, expect) in cases {
        assert_eq!(fault_of(document), expect, "{document}");
    }
}

#[test]
fn limits_refuse() {
    let deep = "<a>".repeat(DEPTH_MAX + 1);
    assert!(fault_of(&deep).starts_with("xml-too-deep"));
    let names: Vec<String> = (0..=256).map(|n| format!(" a{n}='1'")).collect();
    let names = names.concat();
    assert!(fault_of(&format!("<a{names}/>")).starts_with("xml-too-many-attributes"));
    let long = "x".repeat(NAME_CHARS_MAX + 1);
    assert!(fault_of(&format!("<{long}/>")).starts_with("xml-name-too-long"));
    assert!(fault_of(&format!("<a {long}='1'/>")).starts_with("xml-name-too-long"));
    let bindings: Vec<String> = (0..200).map(|n| format!(" xmlns:p{n}='u{n}'")).collect();
    let bindings = bindings.concat();
    let nested = format!("<a{bindings}>").repeat(4);
    assert!(fault_of(&nested).starts_with("xml-namespace"));
    let text = format!("<a>{}</a>", " ".repeat(2 << 20));
    assert_eq!(fault_of(&text), "xml-token-too-long 1:4");
}

#[test]
fn what_is_allowed_passes() {
    let document = "\u{FEFF}<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<!-- c --><?pi x?>\n<e:a xmlns:e='urn:e' \
        y=' 1\t&amp;2 ' e:y='3'><b>x&amp;<![CDATA[<y>]]>&#x41;</b\t><c/></e:a>\n<!-- end -->";
    let (tokens, fault) = run(document);
    assert_eq!(fault, None);
    let Token::Start(root) = &tokens[0] else {
        panic!("{tokens:?}")
    };
    assert_eq!(&*root.name.namespace, "urn:e");
    assert_eq!(&*root.name.local, "a");
    assert_eq!(root.pos.line, 3);
    assert_eq!(root.bindings, [("e".to_owned(), "urn:e".to_owned())]);
    let values: Vec<&str> = root.attributes.iter().map(|a| a.value.as_str()).collect();
    assert_eq!(values, [" 1 &2 ", "3"]);
    let text: String = tokens
        .iter()
        .filter_map(|token| match token {
            Token::Text(text, _) => Some(text.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(text, "x&<y>A");
}

#[test]
fn a_hundred_references_in_one_attribute_are_no_bomb() {
    let value = "&amp;".repeat(1000);
    let (tokens, fault) = run(&format!("<a x='{value}'/>"));
    assert_eq!(fault, None);
    let Token::Start(start) = &tokens[0] else {
        panic!()
    };
    assert_eq!(start.attributes[0].value, "&".repeat(1000));
}

#[test]
fn small_sins_of_senders_are_pardoned_and_listed() {
    let pardoned = |document: &[u8]| -> Vec<String> {
        let mut tokens = Tokens::new(document, DEPTH_MAX);
        while tokens.next().unwrap() != Token::Done {}
        let faults = tokens.pardoned.iter();
        faults
            .map(|f| format!("{} {}:{}", f.kind.code(), f.pos.line, f.pos.column))
            .collect()
    };
    assert_eq!(
        pardoned(b"\n<?xml version='1.0'?><a/>"),
        ["xml-declaration-place 2:1"]
    );
    assert_eq!(
        pardoned(b"<?xml version='1.0' encoding='utf-16'?><a/>"),
        ["xml-encoding-declaration 1:1"]
    );
    assert_eq!(
        pardoned(b"<p:a q:x='1'/>"),
        ["xml-prefix 1:1", "xml-prefix 1:6"]
    );
    assert_eq!(pardoned(b"<a/>"), [""; 0]);
}
