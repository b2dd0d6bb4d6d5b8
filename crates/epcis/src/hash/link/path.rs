//! Digital Link URIs (GS1 Digital Link: URI Syntax 1.2 §4).

use super::{DOMAIN, all_digits, recode};

/// `rest` is the text after `https://`.
pub(super) fn link(rest: &str) -> Option<String> {
    let end = rest.find(['?', '#']).unwrap_or(rest.len());
    let (_domain, path) = rest[..end].split_once('/')?;
    let segments: Vec<&str> = path.trim_end_matches('/').split('/').collect();
    // a path stem may come before the key
    (0..segments.len()).find_map(|at| from_key(&segments[at..]))
}

fn from_key(segments: &[&str]) -> Option<String> {
    let (key, qualifiers) = segments.split_at_checked(2)?;
    let ai = key_ai(key[0])?;
    let value = key_value(ai, key[1])?;
    if !qualifiers.len().is_multiple_of(2) {
        return None;
    }
    let mut path = format!("{DOMAIN}/{ai}/{value}");
    let mut found: Vec<(&str, &str)> = Vec::new();
    for pair in qualifiers.chunks(2) {
        found.push((qualifier_ai(pair[0])?, pair[1]));
    }
    // the finest level first; coarser ones and those without a place here are left out
    let finest = qualifiers_of(ai).iter().find_map(|(wanted, max)| {
        let (_, text) = found.iter().find(|(have, _)| have == wanted)?;
        Some((*wanted, *text, *max))
    });
    if let Some((qualifier, text, max)) = finest {
        let value = if qualifier == "8011" {
            (text.len() <= max && all_digits(text)).then(|| text.to_owned())?
        } else {
            recode(text, max)?
        };
        path.extend(["/", qualifier, "/", &value]);
    }
    Some(path)
}

/// The application identifier of a primary key, from its digits or its short name of version 1.1.
fn key_ai(segment: &str) -> Option<&'static str> {
    Some(match segment {
        "00" | "sscc" => "00",
        "01" | "gtin" => "01",
        "253" | "gdti" => "253",
        "255" | "gcn" => "255",
        "401" | "ginc" => "401",
        "402" | "gsin" => "402",
        "414" | "gln" => "414",
        "417" | "party" | "partyGln" => "417",
        "8003" | "grai" => "8003",
        "8004" | "giai" => "8004",
        "8006" | "itip" => "8006",
        "8010" | "cpid" => "8010",
        "8017" | "gsrnp" => "8017",
        "8018" | "gsrn" => "8018",
        _ => return None,
    })
}

/// The application identifier of a key qualifier.
fn qualifier_ai(segment: &str) -> Option<&'static str> {
    Some(match segment {
        "10" | "lot" => "10",
        "21" | "ser" => "21",
        "22" | "cpv" => "22",
        "235" | "tpx" => "235",
        "254" | "glnx" => "254",
        "7040" => "7040",
        "8011" | "cpsn" => "8011",
        "8019" | "srin" => "8019",
        "8020" | "refno" => "8020",
        _ => return None,
    })
}

/// Qualifiers that stay, finest first, with their greatest length.
fn qualifiers_of(ai: &str) -> &'static [(&'static str, usize)] {
    match ai {
        "01" => &[("21", 20), ("235", 28), ("10", 20)],
        "8006" => &[("21", 20), ("10", 20)],
        "414" => &[("254", 20)],
        "8010" => &[("8011", 12)],
        _ => &[],
    }
}

/// The value of a primary key, if it has the form of one.
fn key_value(ai: &str, text: &str) -> Option<String> {
    let digits =
        |length: usize| (text.len() == length && all_digits(text)).then(|| text.to_owned());
    let digits_and = |length: usize, more: usize| {
        let (fixed, serial) = text.split_at_checked(length)?;
        if !all_digits(fixed) {
            return None;
        }
        if serial.is_empty() {
            return Some(fixed.to_owned());
        }
        Some(format!("{fixed}{}", recode(serial, more)?))
    };
    match ai {
        "00" | "8006" | "8017" | "8018" => digits(18),
        "01" => match text.len() {
            8 | 12 | 13 | 14 if all_digits(text) => Some(format!("{text:0>14}")),
            _ => None,
        },
        "253" => digits_and(13, 17),
        "255" => digits_and(13, 12).filter(|value| all_digits(value)),
        "402" => digits(17),
        "414" | "417" => digits(13),
        "8003" => digits_and(14, 16),
        // every company prefix has at least four digits
        "401" | "8004" | "8010" => {
            let prefix = text.get(..4)?;
            all_digits(prefix).then(|| recode(text, 30))?
        }
        _ => None,
    }
}
