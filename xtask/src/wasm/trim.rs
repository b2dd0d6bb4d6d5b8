//! Leaves out of a module what nobody uses: custom sections, and exports that are not the verifier's.
//!
//! The engine's packages carry descriptions for a generator of bindings, which this package does not use: a quarter of the module.
//! Layout: WebAssembly core specification 2.0, §5.5.

/// What a module begins with, its version included.
const HEADER: &[u8] = b"\0asm\x01\0\0\0";
/// Sections for tools.
const CUSTOM: u8 = 0;
/// The section of exports.
const EXPORTS: u8 = 7;

/// The module without them; `None` if it is no module.
pub(super) fn trim(module: &[u8], keep: impl Fn(&str) -> bool) -> Option<Vec<u8>> {
    let mut rest = module.strip_prefix(HEADER)?;
    let mut out = HEADER.to_vec();
    while let Some((&kind, after)) = rest.split_first() {
        let mut at = after;
        let body = bytes(&mut at)?;
        rest = at;
        let body = match kind {
            CUSTOM => continue,
            EXPORTS => exports(body, &keep)?,
            _ => body.to_vec(),
        };
        out.push(kind);
        put(&mut out, body.len());
        out.extend(body);
    }
    Some(out)
}

fn exports(body: &[u8], keep: impl Fn(&str) -> bool) -> Option<Vec<u8>> {
    let mut rest = body;
    let (mut kept, mut count) = (Vec::<u8>::new(), 0);
    for _ in 0..number(&mut rest)? {
        let entry = rest;
        let name = std::str::from_utf8(bytes(&mut rest)?).ok()?;
        let (_kind, after) = rest.split_first()?;
        rest = after;
        number(&mut rest)?;
        if keep(name) {
            kept.extend(entry.get(..entry.len() - rest.len())?);
            count += 1;
        }
    }
    let mut out = Vec::new();
    put(&mut out, count);
    out.extend(kept);
    rest.is_empty().then_some(out)
}

/// A length and so many bytes.
fn bytes<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = number(rest)?;
    let (body, after) = rest.split_at_checked(length)?;
    *rest = after;
    Some(body)
}

/// An unsigned LEB128 number of 32 bits.
fn number(rest: &mut &[u8]) -> Option<usize> {
    let mut value = 0_u64;
    for shift in (0..35).step_by(7) {
        let (&byte, after) = rest.split_first()?;
        *rest = after;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return u32::try_from(value)
                .ok()
                .and_then(|value| usize::try_from(value).ok());
        }
    }
    None
}

fn put(out: &mut Vec<u8>, mut value: usize) {
    loop {
        let low = value.to_le_bytes()[0] & 0x7f;
        value >>= 7;
        if value == 0 {
            out.push(low);
            return;
        }
        out.push(low | 0x80);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section(kind: u8, body: &[u8]) -> Vec<u8> {
        let mut out = vec![kind];
        put(&mut out, body.len());
        out.extend(body);
        out
    }

    #[test]
    fn only_what_is_used_stays() {
        let long = [9; 300];
        let module = |parts: &[Vec<u8>]| [HEADER, &parts.concat()].concat();
        let (code, notes) = (section(10, &long), section(CUSTOM, b"\x04name..."));
        let both = section(EXPORTS, b"\x02\x01a\x00\x05\x02bc\x02\x80\x01");
        let one = section(EXPORTS, b"\x01\x02bc\x02\x80\x01");
        let whole = module(&[notes, both.clone(), code.clone()]);
        let trimmed = trim(&whole, |name| name == "bc");
        assert_eq!(trimmed, Some(module(&[one, code.clone()])));
        assert_eq!(trim(&whole, |_| true), Some(module(&[both, code])));
        for cut in [3, 9, 12, whole.len() - 1] {
            assert_eq!(trim(&whole[..cut], |_| true), None, "cut at {cut}");
        }
        assert_eq!(trim(b"not a module", |_| true), None);
    }
}
