//! Documents made wrong, from one seed.

use rand_chacha::{ChaCha8Rng, rand_core::Rng as _};

/// A number below `bound`.
pub(crate) fn below(random: &mut ChaCha8Rng, bound: usize) -> usize {
    usize::try_from(random.next_u64() % bound.max(1) as u64).unwrap()
}

/// Changes a document at one to eight places.
pub(crate) fn mutate(text: &[u8], random: &mut ChaCha8Rng) -> Vec<u8> {
    const PIECES: [&[u8]; 12] = [
        b"\"",
        b"{",
        b"}",
        b"<",
        b"</",
        b"\\u0000",
        b"\xff\xfe",
        b"null",
        b"-1e999",
        b"&#0;",
        b"<!DOCTYPE a [",
        b"\xf0\x9f\x92\x8a",
    ];
    let mut bytes = text.to_vec();
    for _ in 0..=below(random, 8) {
        let at = below(random, bytes.len());
        match below(random, 6) {
            0 => bytes.truncate(at),
            1 => {
                let end = (at + below(random, 40)).min(bytes.len());
                bytes.drain(at..end);
            }
            2 => {
                let piece = PIECES[below(random, PIECES.len())];
                bytes.splice(at..at, piece.iter().copied());
            }
            3 => {
                let end = (at + below(random, 60)).min(bytes.len());
                let copy = bytes[at..end].to_vec();
                let to = below(random, bytes.len());
                bytes.splice(to..to, copy);
            }
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = u8::try_from(below(random, 256)).unwrap();
                }
            }
        }
        if bytes.is_empty() {
            break;
        }
    }
    bytes
}

/// A request that is wrong in one of many ways.
pub(crate) struct Wrong {
    /// What was done to it.
    pub(crate) kind: &'static str,
    /// Its body.
    pub(crate) body: Vec<u8>,
    /// Further headers.
    pub(crate) headers: Vec<(&'static str, &'static str)>,
}

/// The `round`th wrong request, made of a good JSON document and a good XML document.
pub(crate) fn wrong(round: usize, json: &str, xml: &str, random: &mut ChaCha8Rng) -> Wrong {
    let (text, media) = if round.is_multiple_of(2) {
        (json, "application/json")
    } else {
        (xml, "application/xml")
    };
    let size = text.len();
    let deep = 8 << below(random, 9);
    let mut headers = vec![("content-type", media)];
    let (kind, body): (_, Vec<u8>) = match round / 2 % 16 {
        0 => ("truncated", text.as_bytes()[..below(random, size)].to_vec()),
        1 => {
            let mut bytes = text.as_bytes().to_vec();
            for _ in 0..=below(random, 3) {
                let at = below(random, size);
                bytes[at] ^= 1 << below(random, 8);
            }
            ("bits flipped", bytes)
        }
        2 => ("another encoding", encoded(text, random)),
        3 => ("nested", nested(text, media, deep)),
        4 => ("entities", entities(xml, random)),
        5 => ("numbers", numbers(text, &number(random))),
        6 => ("members twice", twice(text, random)),
        7 => (
            "large value",
            replaced(
                text,
                &["shipping", "A123"],
                &"a".repeat(1 << below(random, 17)),
            ),
        ),
        8 => {
            headers = vec![(
                "content-type",
                [
                    "text/html",
                    "image/png",
                    "application/pdf",
                    ";",
                    "multipart/form-data",
                ][below(random, 5)],
            )];
            ("media type", text.as_bytes().to_vec())
        }
        9 => {
            headers = vec![(
                "content-type",
                if media == "application/xml" {
                    "application/json"
                } else {
                    "text/xml"
                },
            )];
            ("contradicting media type", text.as_bytes().to_vec())
        }
        10 => {
            headers.push((
                "content-encoding",
                ["gzip", "br", "deflate", "zstd, gzip"][below(random, 4)],
            ));
            // a gzip header and a stream that would grow a thousandfold
            (
                "compressed",
                [&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3][..], &[0; 2_000]].concat(),
            )
        }
        11 => {
            headers.push((
                "gs1-epcis-version",
                ["3.0", "", "two", "2.0.0.0"][below(random, 4)],
            ));
            ("version", text.as_bytes().to_vec())
        }
        12 => {
            headers.push((
                "gs1-capture-error-behaviour",
                ["all", "Rollback", "", "\u{7f}"][below(random, 3)],
            ));
            ("behaviour", text.as_bytes().to_vec())
        }
        13 => (
            "other data",
            [
                &b"{}"[..],
                b"[]",
                b"null",
                b"{\"a\":[1,2]}",
                b"<html/>",
                b"<?xml version=\"1.0\"?>",
                b"\0\0\0",
                b"%PDF-1.4",
            ][below(random, 8)]
            .to_vec(),
        ),
        _ => ("mutated", mutate(text.as_bytes(), random)),
    };
    Wrong {
        kind,
        body,
        headers,
    }
}

/// The text as UTF-16 without or with its mark, in either order, as Latin-1 beyond ASCII, or with overlong UTF-8.
fn encoded(text: &str, random: &mut ChaCha8Rng) -> Vec<u8> {
    let units = |big: bool| -> Vec<u8> {
        let pairs = text.encode_utf16().map(|unit| {
            if big {
                unit.to_be_bytes()
            } else {
                unit.to_le_bytes()
            }
        });
        pairs.flatten().collect()
    };
    match below(random, 5) {
        0 => units(true),
        1 => units(false),
        2 => [&[0xFE, 0xFF][..], &units(true)].concat(),
        3 => replaced_bytes(text, b"\xe9\xe8\xff"),
        _ => replaced_bytes(text, b"\xc0\xaf\xed\xa0\x80"),
    }
}

fn replaced_bytes(text: &str, with: &[u8]) -> Vec<u8> {
    let at = text.find("A123").unwrap_or(text.len() / 2);
    [&text.as_bytes()[..at], with, &text.as_bytes()[at..]].concat()
}

/// The text with something very deep in it, closed or not.
fn nested(text: &str, media: &str, depth: usize) -> Vec<u8> {
    let (open, close) = if media == "application/json" {
        (r#"{"x:y":["#, "]}")
    } else {
        ("<x:y xmlns:x=\"urn:x\">", "</x:y>")
    };
    let at = if media == "application/json" {
        text.find("\"epcList\"")
    } else {
        text.find("<action>")
    };
    let at = at.unwrap_or(text.len() / 2);
    let name = if media == "application/json" {
        "\"ex:deep\":"
    } else {
        ""
    };
    let middle = if media == "application/json" { "1" } else { "" };
    let comma = if media == "application/json" { "," } else { "" };
    let deep = format!(
        "{name}{}{middle}{}{comma}",
        open.repeat(depth),
        close.repeat(depth)
    );
    [
        &text.as_bytes()[..at],
        deep.as_bytes(),
        &text.as_bytes()[at..],
    ]
    .concat()
}

/// Entities that grow, or that reach for files and other machines.
fn entities(xml: &str, random: &mut ChaCha8Rng) -> Vec<u8> {
    let doctype = match below(random, 3) {
        0 => {
            let grown = (1..12).map(|n| {
                let tenfold = format!("&a{};", n - 1).repeat(10);
                format!("<!ENTITY a{n} \"{tenfold}\">")
            });
            let grown: String = grown.collect();
            format!("<!DOCTYPE a [<!ENTITY a0 \"lol\">{grown}]>")
        }
        1 => "<!DOCTYPE a [<!ENTITY a11 SYSTEM \"file:///etc/passwd\">]>".to_owned(),
        _ => "<!DOCTYPE a SYSTEM \"http://127.0.0.1:1/x.dtd\">".to_owned(),
    };
    let at = xml.find("<epcis:").unwrap_or(0);
    let text = format!("{}{doctype}{}", &xml[..at], &xml[at..]);
    text.replace("A123", "&a11;").into_bytes()
}

fn number(random: &mut ChaCha8Rng) -> String {
    match below(random, 5) {
        0 => "9".repeat(1 + below(random, 5_000)),
        1 => "-1e999999999".to_owned(),
        2 => format!("0.{}1", "0".repeat(below(random, 2_000))),
        3 => "NaN".to_owned(),
        _ => "0x7fffffffffffffff".to_owned(),
    }
}

/// The text with a number where one may stand, or where none may.
fn numbers(text: &str, number: &str) -> Vec<u8> {
    let text = text.replacen(
        "\"action\"",
        &format!("\"gs1ushc:n\":{number},\"action\""),
        1,
    );
    text.replacen("+00:00</", &format!("{number}</"), 1)
        .into_bytes()
}

fn replaced(text: &str, any: &[&str], with: &str) -> Vec<u8> {
    let found = any.iter().find(|word| text.contains(**word));
    found
        .map_or_else(|| text.to_owned(), |word| text.replacen(*word, with, 1))
        .into_bytes()
}

/// A member or element written twice.
fn twice(text: &str, random: &mut ChaCha8Rng) -> Vec<u8> {
    let pieces = if text.starts_with('{') {
        [
            "\"action\":\"ADD\",",
            "\"type\":\"ObjectEvent\",",
            "\"schemaVersion\":\"2.0\",",
            "\"bizStep\":\"commissioning\",",
        ]
    } else {
        [
            "<action>ADD</action>",
            "<eventTimeZoneOffset>+00:00</eventTimeZoneOffset>",
            "<EventList></EventList>",
            "<readPoint><id>urn:epc:id:sgln:030001.111111.0</id></readPoint>",
        ]
    };
    let piece = pieces[below(random, pieces.len())];
    match text.find(piece) {
        Some(at) => format!("{}{piece}{}", &text[..at], &text[at..]).into_bytes(),
        None => format!("{text}{piece}").into_bytes(),
    }
}
