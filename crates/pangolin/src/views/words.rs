//! Small words: identifiers, times, who has how much.

use pangolin_client::{Holding, Whereabouts};

/// An identifier as people write it on packs: `(01)…(21)…` where it has that form.
pub(super) fn epc(uri: &str) -> String {
    pangolin_api::words::on_pack(uri)
}

/// A time without what nobody reads: `2026-01-05 13:00:00 UTC`.
pub(super) fn time(text: &str) -> String {
    let Some((date, rest)) = text.split_once('T') else {
        return text.to_owned();
    };
    let Some(clock) = rest.strip_suffix('Z').and_then(|clock| clock.get(..8)) else {
        return text.to_owned();
    };
    format!("{date} {clock} UTC")
}

/// The last part of a word of the standard: `shipping` of `https://ref.gs1.org/cbv/BizStep-shipping`.
pub(super) fn short(word: &str) -> &str {
    let tail = word.rsplit(['/', ':']).next().unwrap_or(word);
    tail.split_once('-').map_or(tail, |(kind, rest)| {
        if matches!(kind, "BizStep" | "Disp") {
            rest
        } else {
            tail
        }
    })
}

/// So many of something.
pub(super) fn count(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// Who has packs of a lot, one line each. `name` gives the name of a party.
pub(crate) fn lot_holders(found: &Whereabouts, name: impl Fn(&str) -> String) -> Vec<String> {
    let line = |holding: &Holding| {
        let packs = count(holding.objects, "pack", "packs");
        let mut text = match (&holding.party, holding.status.as_str()) {
            (Some(party), "live") => format!("{packs} with {}", name(party)),
            (None, "live") => format!("{packs} with nobody that is known here"),
            (party, status) => {
                let state = holding.reason.as_deref().unwrap_or(status);
                let last = party
                    .as_ref()
                    .map(|party| format!(", last with {}", name(party)));
                format!("{packs} {state}{}", last.unwrap_or_default())
            }
        };
        if let Some(to) = &holding.offered_to {
            text = format!("{text}, on the way to {}", name(to));
        }
        if holding.held {
            text.push_str(", held back");
        }
        text
    };
    let mut lines: Vec<String> = found.holders.iter().map(line).collect();
    if found.truncated {
        lines.push(format!(
            "and more: only {} of {} were counted",
            found.counted, found.made
        ));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_the_standard_are_shortened() {
        for (word, expect) in [
            ("https://ref.gs1.org/cbv/BizStep-shipping", "shipping"),
            ("urn:epcglobal:cbv:disp:in_transit", "in_transit"),
            ("https://ref.gs1.org/cbv/Disp-active", "active"),
            ("packing", "packing"),
            ("https://example.org/our-step", "our-step"),
        ] {
            assert_eq!(short(word), expect);
        }
    }

    #[test]
    fn identifiers_are_shown_as_on_the_pack() {
        assert_eq!(
            epc("urn:epc:id:sgtin:0614141.112345.400"),
            "(01)10614141123459(21)400"
        );
        assert_eq!(epc("urn:example:thing"), "urn:example:thing");
    }

    #[test]
    fn times_are_short() {
        assert_eq!(time("2026-01-05T13:00:00.123Z"), "2026-01-05 13:00:00 UTC");
        assert_eq!(time("yesterday"), "yesterday");
    }

    #[test]
    fn a_lot_is_told_in_words() {
        let holding = |party: Option<&str>, status: &str, objects| Holding {
            party: party.map(str::to_owned),
            offered_to: None,
            status: status.into(),
            reason: (status == "ended").then(|| "dispensed".into()),
            held: false,
            objects,
            example: String::new(),
        };
        let mut found = Whereabouts {
            lot: "urn:lot".into(),
            made: 9,
            counted: 9,
            holders: vec![
                holding(Some("a"), "live", 1),
                holding(Some("b"), "ended", 8),
            ],
            truncated: false,
            height: 1,
            time: String::new(),
        };
        found.holders[0].offered_to = Some("b".into());
        let lines = lot_holders(&found, str::to_uppercase);
        assert_eq!(
            lines,
            [
                "1 pack with A, on the way to B",
                "8 packs dispensed, last with B"
            ]
        );
        found.truncated = true;
        assert_eq!(lot_holders(&found, str::to_owned).len(), 3);
    }
}
