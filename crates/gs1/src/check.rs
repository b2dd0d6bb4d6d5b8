//! Check digits and check characters (GS1 General Specifications, section 7.9).

use crate::charset::{CSET32, CSET82};

/// The longest data part a check character pair is computed for, in characters: no AI carries more than 99.
pub const CHECK_PAIR_DATA_MAX: usize = 97;

/// The check digit of `digits` (without check digit), weights 3 and 1 alternating from the right (section 7.9.1).
///
/// `None` if `digits` holds anything but ASCII digits. Any length is accepted: GTIN, SSCC, GLN … share the algorithm.
///
/// ```
/// assert_eq!(pangolin_gs1::check::check_digit("629104150021"), Some(3));
/// ```
pub fn check_digit(digits: &str) -> Option<u8> {
    mod10(digits.as_bytes())
}

/// See [`check_digit`]; over bytes, for callers that hold no text.
pub(crate) fn mod10(digits: &[u8]) -> Option<u8> {
    // A memory of 64 bits cannot hold enough digits to overflow the sum.
    let mut sum = 0_u64;
    let mut weight = 3;
    for &byte in digits.iter().rev() {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        sum += weight * u64::from(digit);
        weight = 4 - weight;
    }
    u8::try_from((10 - sum % 10) % 10).ok()
}

/// The check character pair of `data` (without the pair), as used by GMN, AI (8013) (section 7.9.5).
///
/// `None` if `data` leaves character set 82 or is longer than [`CHECK_PAIR_DATA_MAX`].
///
/// ```
/// assert_eq!(pangolin_gs1::check::check_pair("1987654Ad4X4bL5ttr2310c"), Some(['2', 'K']));
/// ```
pub fn check_pair(data: &str) -> Option<[char; 2]> {
    pair(data.as_bytes()).map(|pair| pair.map(char::from))
}

/// See [`check_pair`]; over bytes.
pub(crate) fn pair(data: &[u8]) -> Option<[u8; 2]> {
    if data.len() > CHECK_PAIR_DATA_MAX {
        return None;
    }
    let mut sum = 0_usize;
    for (byte, prime) in data.iter().rev().zip(PRIMES) {
        let value = CSET82.iter().position(|c| c == byte)?;
        sum = (sum + value * prime) % 1021;
    }
    Some([CSET32[sum >> 5], CSET32[sum & 31]])
}

/// The weights of the check pair: the primes in ascending order, from the rightmost character to the left.
const PRIMES: [usize; CHECK_PAIR_DATA_MAX] = first_primes();

const fn first_primes() -> [usize; CHECK_PAIR_DATA_MAX] {
    let mut primes = [0; CHECK_PAIR_DATA_MAX];
    let (mut found, mut candidate) = (0, 2);
    while found < CHECK_PAIR_DATA_MAX {
        let (mut divisor, mut prime) = (2, true);
        while divisor * divisor <= candidate {
            if candidate % divisor == 0 {
                prime = false;
            }
            divisor += 1;
        }
        if prime {
            primes[found] = candidate;
            found += 1;
        }
        candidate += 1;
    }
    primes
}

/// The check digit of a price or weight field of four or five digits inside a restricted circulation number
/// (sections 7.9.2 to 7.9.4).
///
/// `None` unless `field` is four or five ASCII digits.
///
/// ```
/// assert_eq!(pangolin_gs1::check::price_check_digit("2875"), Some(9));
/// assert_eq!(pangolin_gs1::check::price_check_digit("14685"), Some(6));
/// ```
pub fn price_check_digit(field: &str) -> Option<u8> {
    let digits: Vec<usize> = field
        .bytes()
        .take(6)
        .map(|byte| byte.is_ascii_digit().then(|| usize::from(byte - b'0')))
        .collect::<Option<_>>()?;
    let sum = |tables: &[&[u8; 10]]| -> u8 {
        tables
            .iter()
            .zip(&digits)
            .map(|(table, &digit)| table[digit])
            .sum()
    };
    match digits.len() {
        4 => Some(sum(&[&MINUS_2, &MINUS_2, &TIMES_3, &MINUS_5]) * 3 % 10),
        5 => {
            let sum = sum(&[&PLUS_5, &MINUS_2, &MINUS_5, &PLUS_5, &MINUS_2]);
            let wanted = (10 - sum % 10) % 10;
            let digit = MINUS_5.iter().position(|&product| product == wanted)?;
            u8::try_from(digit).ok()
        }
        _ => None,
    }
}

/// Weighted products of section 7.9.2, by digit.
const MINUS_2: [u8; 10] = [0, 2, 4, 6, 8, 9, 1, 3, 5, 7];
const TIMES_3: [u8; 10] = [0, 3, 6, 9, 2, 5, 8, 1, 4, 7];
const PLUS_5: [u8; 10] = [0, 5, 1, 6, 2, 7, 3, 8, 4, 9];
const MINUS_5: [u8; 10] = [0, 5, 9, 4, 8, 3, 7, 2, 6, 1];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_of_known_keys() {
        for (data, digit) in [
            ("0234567", 3),
            ("41600033610", 8),
            ("", 0),
            ("0000000000000", 0),
        ] {
            assert_eq!(check_digit(data), Some(digit), "{data}");
        }
        assert_eq!(check_digit("12a"), None);
        assert_eq!(check_digit(&"9".repeat(100_000)), Some(0));
    }

    #[test]
    fn check_pairs_have_bounds() {
        assert_eq!(check_pair(""), Some(['2', '2']));
        assert_eq!(check_pair("a b"), None);
        assert!(check_pair(&"z".repeat(CHECK_PAIR_DATA_MAX)).is_some());
        assert_eq!(check_pair(&"z".repeat(CHECK_PAIR_DATA_MAX + 1)), None);
    }

    #[test]
    fn the_weights_are_the_first_primes() {
        assert_eq!(PRIMES[..5], [2, 3, 5, 7, 11]);
        assert_eq!(PRIMES[CHECK_PAIR_DATA_MAX - 1], 509);
    }

    #[test]
    fn price_fields_have_four_or_five_digits() {
        for bad in ["", "123", "123456", "12a4", "١٢٣٤"] {
            assert_eq!(price_check_digit(bad), None, "{bad}");
        }
    }

    #[test]
    fn every_price_check_digit_detects_one_wrong_digit() {
        for field in ["28750", "14685", "00000", "99999"] {
            let own = price_check_digit(field);
            for place in 0..5 {
                for digit in '0'..='9' {
                    let mut other: Vec<char> = field.chars().collect();
                    other[place] = digit;
                    let other: String = other.into_iter().collect();
                    assert_eq!(
                        other == field,
                        price_check_digit(&other) == own,
                        "{field} {other}"
                    );
                }
            }
        }
    }
}
