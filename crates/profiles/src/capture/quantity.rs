//! Quantities: amounts in thousandths of a base unit.
//!
//! Pieces have no unit. Measures are kept in grams, litres, metres and square metres; a stock of pieces and a stock of grams
//! of one class are different stocks, because neither can be taken from the other.

use pangolin_epcis::model::{Decimal, QuantityElement};
use pangolin_gs1::{Key, Level};
use pangolin_ledger::{
    id::{Amount, ClassId, GroupId},
    tx::{Quantities, Stock},
};

use super::{
    defect::{Found, Problem, quote},
    id,
};

/// Digits after the point that an amount keeps.
const DECIMALS: u32 = 3;

/// Units of UN/CEFACT Recommendation 20: code, dimension (0 for pieces), base units as `numerator / denominator`.
const UNITS: &[(&str, u8, u64, u64)] = &[
    ("EA", 0, 1, 1),
    ("H87", 0, 1, 1),
    ("C62", 0, 1, 1),
    ("NAR", 0, 1, 1),
    ("GRM", b'g', 1, 1),
    ("KGM", b'g', 1_000, 1),
    ("TNE", b'g', 1_000_000, 1),
    ("MGM", b'g', 1, 1_000),
    ("LTR", b'l', 1, 1),
    ("MLT", b'l', 1, 1_000),
    ("HLT", b'l', 100, 1),
    ("MTQ", b'l', 1_000, 1),
    ("MTR", b'm', 1, 1),
    ("MMT", b'm', 1, 1_000),
    ("CMT", b'm', 1, 100),
    ("KMT", b'm', 1_000, 1),
    ("MTK", b'a', 1, 1),
];

/// Reads a quantity list; lines of one stock add up.
pub(super) fn read(list: &[QuantityElement], member: &str, found: &mut Found) -> Quantities {
    let mut quantities = Quantities::new();
    for (index, element) in list.iter().enumerate() {
        if found.is_full() {
            break;
        }
        let place = format!("/{member}/{index}");
        match line(element) {
            Ok((stock, amount)) => {
                let sum = quantities
                    .get(&stock)
                    .map_or(Some(amount), |before: &Amount| {
                        before.0.checked_add(amount.0).map(Amount)
                    });
                match sum {
                    Some(sum) => {
                        quantities.insert(stock, sum);
                    }
                    None => found.add(
                        place,
                        Problem::QuantityRange {
                            quantity: "the sum".to_owned(),
                        },
                    ),
                }
            }
            Err(problem) => found.add(place, problem),
        }
    }
    quantities
}

fn line(element: &QuantityElement) -> Result<(Stock, Amount), Problem> {
    let uri = element.epc_class.as_str();
    let key = Key::parse(uri).map_err(|source| Problem::Identifier {
        uri: quote(uri),
        source,
    })?;
    let quantity = element
        .quantity
        .as_ref()
        .ok_or_else(|| Problem::QuantityOpen { class: quote(uri) })?;
    let unit = element.uom.as_deref().unwrap_or("C62");
    let (_, dimension, numerator, denominator) = *UNITS
        .iter()
        .find(|(code, ..)| *code == unit)
        .ok_or_else(|| Problem::Unit { unit: quote(unit) })?;
    let amount =
        amount(quantity, numerator, denominator).ok_or_else(|| Problem::QuantityRange {
            quantity: quote(quantity.as_str()),
        })?;
    Ok((stock(&key, dimension, uri)?, amount))
}

/// `None` unless the amount is positive and a whole number of thousandths.
fn amount(quantity: &Decimal, numerator: u64, denominator: u64) -> Option<Amount> {
    let (whole, fraction) = quantity
        .canonical()
        .split_once('.')
        .unwrap_or((quantity.canonical(), ""));
    let scale = u32::try_from(fraction.len()).ok()?;
    let digits: u128 = format!("{whole}{fraction}").parse().ok()?;
    let over = digits
        .checked_mul(u128::from(numerator))?
        .checked_mul(10u128.pow(DECIMALS))?;
    let under = 10u128
        .checked_pow(scale)?
        .checked_mul(u128::from(denominator))?;
    let amount = u64::try_from(over / under)
        .ok()
        .filter(|amount| *amount > 0)?;
    over.is_multiple_of(under).then_some(Amount(amount))
}

fn stock(key: &Key, dimension: u8, uri: &str) -> Result<Stock, Problem> {
    let too_long = |_| Problem::IdentifierTooLong {
        uri: quote(uri),
        max: ClassId::MAX_BYTES,
    };
    let mark = |bytes: &[u8]| {
        let mut bytes = bytes.to_vec();
        if dimension != 0 {
            // No identifier holds a zero byte in its text, so that no other identifier is hit.
            bytes.extend([0, dimension]);
        }
        bytes
    };
    if key.lot().is_some() {
        let lot = id::group(key).map_err(too_long)?;
        return GroupId::new(mark(lot.as_bytes()))
            .map(Stock::Group)
            .map_err(too_long);
    }
    if key.level() == Level::Instance {
        return Err(Problem::Identifier {
            uri: quote(uri),
            source: pangolin_gs1::KeyError::NoKey,
        });
    }
    let class = id::class(key).map_err(too_long)?;
    ClassId::new(mark(class.as_bytes()))
        .map(Stock::Class)
        .map_err(too_long)
}

#[cfg(test)]
mod tests {
    use super::*;
    use pangolin_epcis::model::Uri;

    fn one(
        class: &str,
        quantity: Option<&str>,
        uom: Option<&str>,
    ) -> Result<(Stock, u64), &'static str> {
        let element = QuantityElement {
            epc_class: Uri::parse(class).unwrap(),
            quantity: quantity.map(|text| Decimal::parse(text).unwrap()),
            uom: uom.map(str::to_owned),
        };
        line(&element)
            .map(|(stock, amount)| (stock, amount.0))
            .map_err(|problem| problem.code())
    }

    const LOT: &str = "urn:epc:class:lgtin:4012345.012345.998877";

    #[test]
    fn amounts_are_thousandths_of_base_units() {
        let amount = |quantity, uom| one(LOT, Some(quantity), uom).map(|(_, amount)| amount);
        assert_eq!(amount("200", None), Ok(200_000));
        assert_eq!(amount("0.001", Some("KGM")), Ok(1_000));
        assert_eq!(amount("1.5", Some("MGM")), Err("quantity-range"));
        assert_eq!(amount("2", Some("MGM")), Ok(2));
        assert_eq!(amount("0", None), Err("quantity-range"));
        assert_eq!(amount("-1", None), Err("quantity-range"));
        assert_eq!(amount("0.0001", None), Err("quantity-range"));
        assert_eq!(amount("1e30", None), Err("quantity-range"));
        assert_eq!(amount("1", Some("ZZ")), Err("unit-unknown"));
        assert_eq!(
            one(LOT, None, None).map(|(_, amount)| amount),
            Err("quantity-not-stated")
        );
    }

    #[test]
    fn stocks_of_different_dimensions_differ() {
        let (pieces, _) = one(LOT, Some("1"), None).unwrap();
        let (grams, _) = one(LOT, Some("1"), Some("GRM")).unwrap();
        let (kilos, _) = one(LOT, Some("1"), Some("KGM")).unwrap();
        assert!(matches!(pieces, Stock::Group(_)) && pieces != grams && grams == kilos);
        assert!(matches!(
            one("urn:epc:idpat:sgtin:4012345.012345.*", Some("1"), None),
            Ok((Stock::Class(_), 1_000))
        ));
    }

    #[test]
    fn lines_of_one_stock_add_up() {
        let element = QuantityElement {
            epc_class: Uri::parse(LOT).unwrap(),
            quantity: Some(Decimal::parse("2").unwrap()),
            uom: None,
        };
        let mut found = Found::default();
        let sum = read(&[element.clone(), element], "quantityList", &mut found);
        assert_eq!(
            sum.values().map(|amount| amount.0).collect::<Vec<_>>(),
            [4_000]
        );
        assert!(found.into_list().is_empty());
    }
}
