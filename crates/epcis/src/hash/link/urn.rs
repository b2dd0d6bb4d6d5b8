//! EPC URNs (EPC Tag Data Standard 2.1 §6, §7).

use super::{DOMAIN, all_digits, check_digit, recode};

/// `rest` is the text after `urn:epc:`.
pub(super) fn link(rest: &str) -> Option<String> {
    let (space, rest) = rest.split_once(':')?;
    let (scheme, body) = rest.split_once(':')?;
    let (prefix, body) = body.split_once('.')?;
    if !(6..=12).contains(&prefix.len()) || !all_digits(prefix) {
        return None;
    }
    let path = match space {
        "id" => instance(scheme, prefix, body),
        "class" if scheme == "lgtin" => {
            let (item, lot) = body.split_once('.')?;
            Some(format!(
                "01/{}/10/{}",
                gtin(prefix, item)?,
                recode(lot, 20)?
            ))
        }
        "idpat" => pattern(scheme, prefix, body.strip_suffix(".*")?),
        _ => None,
    }?;
    Some(format!("{DOMAIN}/{path}"))
}

fn instance(scheme: &str, prefix: &str, body: &str) -> Option<String> {
    Some(match scheme {
        "sgtin" => {
            let (item, serial) = body.split_once('.')?;
            format!("01/{}/21/{}", gtin(prefix, item)?, recode(serial, 20)?)
        }
        "upui" => {
            let (item, serial) = body.split_once('.')?;
            format!("01/{}/235/{}", gtin(prefix, item)?, recode(serial, 28)?)
        }
        "itip" => {
            let (item, rest) = body.split_once('.')?;
            let (pieces, serial) = rest.split_at_checked(6)?;
            format!(
                "8006/{}/21/{}",
                itip(prefix, item, pieces)?,
                recode(serial, 20)?
            )
        }
        "sscc" => {
            let digits = joined(prefix, body, 17)?;
            // the extension digit comes first in the SSCC, not the company prefix
            let (extension, serial) = body.split_at_checked(1)?;
            let sscc = format!("{extension}{prefix}{serial}");
            debug_assert_eq!(sscc.len(), digits.len());
            format!("00/{}", checked(&sscc))
        }
        "sgln" => {
            let (location, extension) = body.split_once('.')?;
            let gln = checked(&joined(prefix, location, 12)?);
            if extension == "0" {
                format!("414/{gln}")
            } else {
                format!("414/{gln}/254/{}", recode(extension, 20)?)
            }
        }
        "pgln" => format!("417/{}", checked(&joined(prefix, body, 12)?)),
        "grai" => {
            let (asset, serial) = body.split_once('.')?;
            format!(
                "8003/0{}{}",
                checked(&joined(prefix, asset, 12)?),
                recode(serial, 16)?
            )
        }
        "giai" => format!("8004/{prefix}{}", recode(body, 30 - prefix.len())?),
        "gsrn" => format!("8018/{}", checked(&joined(prefix, body, 17)?)),
        "gsrnp" => format!("8017/{}", checked(&joined(prefix, body, 17)?)),
        "gdti" => {
            let (document, serial) = body.split_once('.')?;
            format!(
                "253/{}{}",
                checked(&joined(prefix, document, 12)?),
                recode(serial, 17)?
            )
        }
        "sgcn" => {
            let (coupon, serial) = body.split_once('.')?;
            format!(
                "255/{}{}",
                checked(&joined(prefix, coupon, 12)?),
                number(serial, 12)?
            )
        }
        "cpi" => {
            let (part, serial) = body.split_once('.')?;
            let part = recode(part, 30 - prefix.len())?;
            format!("8010/{prefix}{part}/8011/{}", number(serial, 12)?)
        }
        "ginc" => format!("401/{prefix}{}", recode(body, 30 - prefix.len())?),
        "gsin" => format!("402/{}", checked(&joined(prefix, body, 16)?)),
        _ => return None,
    })
}

fn pattern(scheme: &str, prefix: &str, body: &str) -> Option<String> {
    Some(match scheme {
        "sgtin" | "upui" => format!("01/{}", gtin(prefix, body)?),
        "itip" => {
            let (item, pieces) = body.split_once('.')?;
            format!("8006/{}", itip(prefix, item, &format!("{pieces}."))?)
        }
        "grai" => format!("8003/0{}", checked(&joined(prefix, body, 12)?)),
        "gdti" => format!("253/{}", checked(&joined(prefix, body, 12)?)),
        "sgcn" => format!("255/{}", checked(&joined(prefix, body, 12)?)),
        "cpi" => format!("8010/{prefix}{}", recode(body, 30 - prefix.len())?),
        _ => return None,
    })
}

/// Company prefix and reference together, if they have this many digits.
fn joined(prefix: &str, reference: &str, length: usize) -> Option<String> {
    let fits = prefix.len() + reference.len() == length && all_digits(reference);
    fits.then(|| format!("{prefix}{reference}"))
}

fn checked(digits: &str) -> String {
    format!("{digits}{}", check_digit(digits))
}

fn number(text: &str, max: usize) -> Option<&str> {
    ((1..=max).contains(&text.len()) && all_digits(text)).then_some(text)
}

/// GTIN-14: the indicator digit comes first, before the company prefix.
fn gtin(prefix: &str, item: &str) -> Option<String> {
    joined(prefix, item, 13)?;
    let (indicator, reference) = item.split_at_checked(1)?;
    Some(checked(&format!("{indicator}{prefix}{reference}")))
}

/// GTIN, piece and total; `pieces` is `pp.tt.`.
fn itip(prefix: &str, item: &str, pieces: &str) -> Option<String> {
    let mut parts = pieces.split('.');
    let (piece, total) = (parts.next()?, parts.next()?);
    let fits = piece.len() == 2 && total.len() == 2 && all_digits(piece) && all_digits(total);
    fits.then_some(())?;
    Some(format!("{}{piece}{total}", gtin(prefix, item)?))
}
