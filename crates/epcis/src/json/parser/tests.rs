use super::*;
use crate::raw::Raw;

fn parse(text: &[u8]) -> Result<Raw, &'static str> {
    let mut parser = Parser::new(text, 8, 100);
    let node = parser.value(0).map_err(|fault| fault.rule.code)?;
    match parser.text.blank() {
        Ok(None) => Ok(node.raw),
        Ok(Some(_)) => Err("trailing"),
        Err(fault) => Err(fault.rule.code),
    }
}

#[test]
fn scalars() {
    let check = |text: &str, expect: Raw| assert_eq!(parse(text.as_bytes()), Ok(expect), "{text}");
    check("null", Raw::Null);
    check(" true ", Raw::Bool(true));
    check("-0.50e+3", Raw::Number("-0.50e+3".to_owned()));
    check(
        r#""a\n\u00e9\ud83d\ude00\/""#,
        Raw::Text("a\né😀/".to_owned()),
    );
    check("\"straße\"", Raw::Text("straße".to_owned()));
}

#[test]
fn refusals() {
    let check = |text: &[u8], expect: &'static str| {
        assert_eq!(
            parse(text),
            Err(expect),
            "{}",
            String::from_utf8_lossy(text)
        );
    };
    for wrong in [
        "01",
        "1.",
        ".5",
        "+1",
        "1e",
        "nulL",
        "truE",
        "[1,]",
        "{\"a\":1,}",
        "{,}",
        "[1 2]",
        "{\"a\" 1}",
        "{a:1}",
        "\"\\x\"",
        "\"\\ud800\"",
        "\"\\ud800\\u0041\"",
        "\"a\nb\"",
        "'a'",
        "-",
        "--1",
    ] {
        check(wrong.as_bytes(), "json-syntax");
    }
    for cut in [
        "", "[", "{", "\"a", "{\"a\":", "[1,", "tru", "nul", "\"\\u00",
    ] {
        check(cut.as_bytes(), "json-incomplete");
    }
    check(b"\"\xff\"", "json-not-utf8");
    check(b"\xff\xfe{\0", "json-syntax");
    check("[".repeat(9).as_bytes(), "json-too-deep");
    check(
        format!("[{}1]", "1,".repeat(100)).as_bytes(),
        "json-too-many-values",
    );
    check(&[b'1'; 2_000], "json-too-large");
    check(b"1 2", "trailing");
}

#[test]
fn places_count_lines_and_bytes() {
    let mut parser = Parser::new(&b"[\n  1,\n  x]"[..], 8, 100);
    let fault = parser.value(0).err().map(|fault| fault.pos);
    assert_eq!(fault.map(|pos| (pos.line, pos.column)), Some((3, 3)));
}

#[test]
fn strings_cross_chunks() {
    struct Dribble<'a>(&'a [u8]);
    impl Read for Dribble<'_> {
        fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
            let Some((first, rest)) = self.0.split_first() else {
                return Ok(0);
            };
            to[0] = *first;
            self.0 = rest;
            Ok(1)
        }
    }
    let text = r#"{"a\u0041é": ["x\ty", 12.50]}"#;
    let mut parser = Parser::new(Dribble(text.as_bytes()), 8, 100);
    let slow = parser.value(0).map(|node| node.raw).ok();
    assert_eq!(slow, parse(text.as_bytes()).ok());
}
