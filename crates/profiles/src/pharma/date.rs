//! The local date of an event.

use pangolin_ledger::{id::Value, tx::Event};

use crate::{
    calendar::{DAY_MS, MINUTE_MS, civil},
    capture::{attribute, fields::days_of},
};

/// The date of the event where it happened, `YYYYMMDD`, in the same form as expiry dates. A product may be sold up to the
/// end of its expiry date (21 CFR 211.137; GS1 General Specifications §3.4.7).
pub(super) fn local(event: &Event) -> Option<Value> {
    let offset = event.attributes.get(&attribute::OFFSET);
    let minutes = offset.and_then(|offset| {
        std::str::from_utf8(offset.as_bytes())
            .ok()?
            .parse::<i16>()
            .ok()
    });
    let local_ms = event
        .time
        .0
        .saturating_add(i64::from(minutes.unwrap_or(0)) * MINUTE_MS);
    let (year, month, day) = civil(local_ms.div_euclid(DAY_MS));
    Value::new(format!("{year:04}{month:02}{day:02}")).ok()
}

/// Whether `value` is a day, `YYYYMMDD`. Reduction writes it so, but a sender may state rule inputs of its own.
pub(super) fn is_date(value: &Value) -> bool {
    let text = std::str::from_utf8(value.as_bytes()).unwrap_or_default();
    if text.len() != 8 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return false;
    }
    let number = |from: usize, to: usize| {
        text.get(from..to)
            .and_then(|part| part.parse().ok())
            .unwrap_or(0)
    };
    let (year, month, day): (u32, u32, u32) = (number(0, 4), number(4, 6), number(6, 8));
    days_of(year, month).is_some_and(|last| (1..=last).contains(&day))
}

#[cfg(test)]
mod tests {
    use pangolin_ledger::{
        id::{Code, Digest32, EventId, TimeMs},
        tx::{Action, EventKind},
    };

    use super::*;

    #[test]
    fn dates_are_those_of_the_place() {
        let check = |time: i64, offset: Option<&str>, expect: &str| {
            let zero = Digest32([0; 32]);
            let mut event = Event::new(
                EventId([0; 32]),
                EventKind::Object,
                Action::Add,
                TimeMs(time),
                Code(0),
                zero,
            );
            event
                .attributes
                .extend(offset.map(|text| (attribute::OFFSET, Value::new(text).unwrap())));
            assert_eq!(local(&event).unwrap().to_string(), expect);
        };
        check(0, None, "19700101");
        check(-1, None, "19691231");
        check(1_709_164_800_000, None, "20240229");
        check(1_709_164_800_000, Some("-1"), "20240228");
        check(1_743_134_400_000, Some("-300"), "20250327");
        check(1_743_134_400_000, Some("840"), "20250328");
        check(4_102_444_799_999, None, "20991231");
        check(951_782_400_000, Some("x"), "20000229");
    }
}
