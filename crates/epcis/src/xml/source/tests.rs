//! Tests of the text source: encodings, places, budgets.

use super::*;

fn text_of(bytes: &[u8]) -> Result<String, SourceFault> {
    let mut source = TextSource::new(bytes);
    let mut text = String::new();
    match source.read_to_string(&mut text) {
        Ok(_) => Ok(text),
        Err(_) => Err(source.failure().cloned().unwrap()),
    }
}

fn utf16(text: &str, big: bool, mark: bool) -> Vec<u8> {
    let mark = if mark { "\u{FEFF}" } else { "" };
    format!("{mark}{text}")
        .encode_utf16()
        .flat_map(|unit| {
            if big {
                unit.to_be_bytes()
            } else {
                unit.to_le_bytes()
            }
        })
        .collect()
}

#[test]
fn every_encoding_becomes_the_same_text() {
    let text = "<?xml version=\"1.0\"?><a>Zürich \u{1F40B}</a>";
    assert_eq!(text_of(text.as_bytes()).unwrap(), text);
    assert_eq!(text_of(format!("\u{FEFF}{text}").as_bytes()).unwrap(), text);
    for big in [true, false] {
        for mark in [true, false] {
            assert_eq!(text_of(&utf16(text, big, mark)).unwrap(), text);
        }
    }
    let latin = b"<?xml version='1.0' encoding='ISO-8859-1'?><a>Z\xFCrich</a>";
    assert!(text_of(latin).unwrap().ends_with("<a>Zürich</a>"));
    let windows = b"<?xml version='1.0' encoding=\"windows-1252\"?><a>\x80 5</a>";
    assert!(text_of(windows).unwrap().ends_with("<a>€ 5</a>"));
}

#[test]
fn what_cannot_be_text_is_said() {
    let bad = |bytes: &[u8]| text_of(bytes).unwrap_err();
    assert_eq!(
        bad(b"<a>\xFF</a>"),
        SourceFault::BadBytes { encoding: "UTF-8" }
    );
    assert_eq!(
        bad(b"<a>\xE2\x82"),
        SourceFault::BadBytes { encoding: "UTF-8" }
    );
    let mut lone = utf16("<a/>", false, true);
    lone.extend([0x00, 0xD8, b'<', 0x00]);
    assert_eq!(bad(&lone), SourceFault::BadBytes { encoding: "UTF-16" });
    let mut odd = utf16("<a/>", true, true);
    odd.push(0);
    assert_eq!(bad(&odd), SourceFault::BadBytes { encoding: "UTF-16" });
    let named = b"<?xml version='1.0' encoding='KOI8-R'?><a/>";
    assert_eq!(
        bad(named),
        SourceFault::Unsupported {
            name: "KOI8-R".into()
        }
    );
    assert_eq!(
        bad(b"\xFF\xFE\0\0<\0\0\0"),
        SourceFault::Unsupported {
            name: "UTF-32".into()
        }
    );
}

#[test]
fn a_character_may_fall_between_two_reads() {
    struct Drip<'a>(&'a [u8]);
    impl Read for Drip<'_> {
        fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
            self.0.take(1).read(buf).inspect(|&n| self.0 = &self.0[n..])
        }
    }
    let text = "<a>Zürich \u{1F40B}</a>";
    for bytes in [
        text.as_bytes().to_vec(),
        utf16(text, true, true),
        utf16(text, false, false),
    ] {
        let mut got = String::new();
        TextSource::new(Drip(&bytes))
            .read_to_string(&mut got)
            .unwrap();
        assert_eq!(got, text);
    }
}

#[test]
fn lines_and_columns_count_bytes_of_text() {
    let mut source = TextSource::new("ü\r\nab\rc\n\nd".as_bytes());
    let mut spots = Vec::new();
    loop {
        let pos = source.pos();
        spots.push((pos.line, pos.column));
        if source.read(&mut [0]).unwrap() == 0 {
            break;
        }
    }
    // ü is two bytes of one character; \r\n is one line end.
    let expect = [
        (1, 1),
        (1, 2),
        (1, 3),
        (2, 1),
        (2, 1),
        (2, 2),
        (2, 3),
        (3, 1),
        (3, 2),
        (4, 1),
        (5, 1),
        (5, 2),
    ];
    assert_eq!(spots, expect);
    assert_eq!(after(START, "a\nbc"), Pos { line: 2, column: 3 });
}

#[test]
fn a_token_past_its_budget_stops() {
    let mut source = TextSource::new(io::repeat(b'a'));
    let mut taken = 0;
    let error = loop {
        match source.fill_buf() {
            Ok(bytes) => {
                let len = bytes.len();
                taken += len as u64;
                source.consume(len);
            }
            Err(error) => break error,
        }
    };
    assert!(error.to_string().contains("longer than"));
    assert_eq!(source.failure(), Some(&SourceFault::TokenTooLong));
    assert!(taken < TOKEN_BYTES_MAX + 2 * READ_BUFFER_BYTES as u64);
}
