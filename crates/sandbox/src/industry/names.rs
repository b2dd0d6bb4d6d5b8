//! Invented names.

use super::Role;

const MANUFACTURERS: [(&str, &str); 2] = [
    ("Acmegen Pharma (fictitious)", "acmegen"),
    ("Fictilab Therapeutics (fictitious)", "fictilab"),
];
const WHOLESALERS: [(&str, &str); 2] = [
    ("Samplewell Distribution (fictitious)", "samplewell"),
    ("Placebo & Sons Wholesale (fictitious)", "placebo"),
];
const HOSPITALS: [(&str, &str); 1] = [("Utopia General Hospital (fictitious)", "utopia")];
const PHARMACIES: [(&str, &str); 1] = [("Nowhere Corner Pharmacy (fictitious)", "nowhere")];

/// Name, strength, form.
const PRODUCTS: [(&str, &str, &str); 8] = [
    ("Exemplamab", "100 mg/mL", "INJECTION, SOLUTION"),
    ("Placebotine", "20 mg", "TABLET"),
    ("Fictofen", "400 mg", "TABLET, FILM COATED"),
    ("Imaginol", "5 mg", "CAPSULE"),
    ("Hypothetizine", "10 mg", "TABLET"),
    ("Nonexistol", "0.5 mg", "CAPSULE"),
    ("Samplicillin", "250 mg", "CAPSULE"),
    ("Demostatin", "40 mg", "TABLET"),
];

/// Name and file name of the `number`-th company of a kind.
pub(super) fn company(role: Role, number: u16) -> (String, String) {
    let known = match role {
        Role::Manufacturer => &MANUFACTURERS[..],
        Role::Wholesaler => &WHOLESALERS[..],
        Role::Hospital => &HOSPITALS[..],
        Role::Pharmacy => &PHARMACIES[..],
    };
    if let Some((name, slug)) = known.get(usize::from(number)) {
        return ((*name).to_owned(), (*slug).to_owned());
    }
    let word = role.as_str();
    (
        format!("Fictitious {word} {}", number + 1),
        format!("{word}{}", number + 1),
    )
}

/// Name, strength and form of the `number`-th product of a manufacturer.
pub(super) fn product(maker: u16, number: u16) -> (String, &'static str, &'static str) {
    let at = usize::from(number) * 2 + usize::from(maker);
    let (name, strength, form) = PRODUCTS[at % PRODUCTS.len()];
    match at / PRODUCTS.len() {
        0 => (name.to_owned(), strength, form),
        round => (format!("{name} {}", round + 1), strength, form),
    }
}
