//! The companies and their products. All of them are invented.
//!
//! Company prefixes are those that GS1 uses in its examples (0614141 and the range 952); labeler codes of the National
//! Drug Codes lie between 99900 and 99989, which no drug carries.

use std::sync::Arc;

use pangolin_gs1::{
    PrefixTable,
    check::check_digit,
    id::{Gln, Gtin, Ndc, NdcFormat},
};

use super::{IndustryError, Plan, names};

/// What a company is licensed to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Makes and commissions.
    Manufacturer,
    /// Buys and sells.
    Wholesaler,
    /// Dispenses to its patients.
    Hospital,
    /// Dispenses to the public.
    Pharmacy,
}

impl Role {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Manufacturer => "manufacturer",
            Self::Wholesaler => "wholesaler",
            Self::Hospital => "hospital",
            Self::Pharmacy => "pharmacy",
        }
    }
}

/// A company.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Company {
    /// Its place in [`World::companies`].
    pub index: usize,
    /// What it may do.
    pub role: Role,
    /// Its name.
    pub name: String,
    /// Its name in files, lower case.
    pub slug: String,
    /// Its GS1 Company Prefix, seven digits.
    pub prefix: String,
    /// The GLN of the company.
    pub gln: Gln,
    /// The GLN of its warehouse or shop.
    pub site: Gln,
    /// Offset of its clocks from UTC, in hours.
    pub zone_hours: i8,
}

/// A product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    /// Its place in [`World::products`].
    pub index: usize,
    /// The company that makes it, by index.
    pub maker: usize,
    /// Its name.
    pub name: String,
    /// Strength, as on the label.
    pub strength: &'static str,
    /// Dosage form.
    pub form: &'static str,
    /// Its National Drug Code with hyphens, 5-3-2.
    pub ndc: String,
    /// The GTIN of one pack.
    pub gtin: Gtin,
    /// Front of the EPC URN of a pack, up to the serial number.
    pub(super) urn_stem: String,
    /// Front of the Digital Link URI of a pack, up to the serial number.
    pub(super) link_stem: String,
}

impl Product {
    /// The company prefix in its GTIN, which is not the one in the GLNs of its maker.
    pub fn prefix(&self) -> &str {
        &self.gtin.as_str()[1..8]
    }
}

/// The companies and products of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct World {
    companies: Vec<Arc<Company>>,
    products: Vec<Arc<Product>>,
    wholesalers: std::ops::Range<usize>,
}

impl World {
    /// The world of a plan; it does not depend on the seed.
    pub fn new(plan: &Plan) -> Result<Self, IndustryError> {
        plan.check()?;
        let kinds = [
            (Role::Manufacturer, plan.manufacturers),
            (Role::Wholesaler, plan.wholesalers),
            (Role::Hospital, plan.hospitals),
            (Role::Pharmacy, plan.pharmacies),
        ];
        let mut companies = Vec::new();
        for (role, count) in kinds {
            for number in 0..count {
                companies.push(Arc::new(company(companies.len(), role, number)?));
            }
        }
        let mut products = Vec::new();
        // one product of each manufacturer after the other, so that few lots still have several makers
        for number in 0..plan.products {
            for maker in 0..plan.manufacturers {
                products.push(Arc::new(product(products.len(), maker, number)?));
            }
        }
        let first = usize::from(plan.manufacturers);
        Ok(Self {
            companies,
            products,
            wholesalers: first..first + usize::from(plan.wholesalers),
        })
    }

    /// Every company: manufacturers, wholesalers, hospitals, pharmacies.
    pub fn companies(&self) -> &[Arc<Company>] {
        &self.companies
    }

    /// Every product.
    pub fn products(&self) -> &[Arc<Product>] {
        &self.products
    }

    /// The manufacturers.
    pub fn manufacturers(&self) -> &[Arc<Company>] {
        &self.companies[..self.wholesalers.start]
    }

    /// The wholesalers.
    pub fn wholesalers(&self) -> &[Arc<Company>] {
        &self.companies[self.wholesalers.clone()]
    }

    /// The hospitals and pharmacies.
    pub fn dispensers(&self) -> &[Arc<Company>] {
        &self.companies[self.wholesalers.end..]
    }

    /// Every company prefix in use: who reads the files needs them to write EPC URNs.
    pub fn prefixes(&self) -> Result<PrefixTable, IndustryError> {
        let mut table = PrefixTable::new();
        for company in &self.companies {
            table.insert(&company.prefix)?;
        }
        for product in &self.products {
            table.insert(product.prefix())?;
        }
        Ok(table)
    }

    /// The company prefixes under which a company labels packs and logistic units.
    pub fn labels<'w>(&'w self, company: &'w Company) -> Vec<&'w str> {
        let products = self
            .products
            .iter()
            .filter(|product| product.maker == company.index);
        let mut prefixes: Vec<&str> = products.map(|product| product.prefix()).collect();
        prefixes.dedup();
        prefixes.insert(0, &company.prefix);
        prefixes
    }

    /// A company that is not `company`, preferably of the same kind.
    pub(super) fn other_than(&self, company: usize) -> usize {
        let role = self.companies[company].role;
        let others = || self.companies.iter().filter(|other| other.index != company);
        let same = others().find(|other| other.role == role);
        same.or_else(|| others().next())
            .map_or(company, |other| other.index)
    }
}

fn company(index: usize, role: Role, number: u16) -> Result<Company, IndustryError> {
    let prefix = match (role, number) {
        (Role::Manufacturer, 0) => 614_141,
        (Role::Manufacturer, 1) => 9_521_141,
        (Role::Manufacturer, _) => 9_522_000 + u32::from(number),
        (Role::Wholesaler, _) => 9_523_000 + u32::from(number),
        (Role::Hospital, _) => 9_524_000 + u32::from(number),
        (Role::Pharmacy, _) => 9_525_000 + u32::from(number),
    };
    let (name, slug) = names::company(role, number);
    Ok(Company {
        index,
        role,
        name,
        slug,
        prefix: format!("{prefix:07}"),
        gln: gln(prefix, 1)?,
        site: gln(prefix, 11)?,
        zone_hours: [-5, -6, -8, -7][usize::from(number) % 4],
    })
}

/// Prefix, five digits for the location, check digit.
fn gln(prefix: u32, location: u32) -> Result<Gln, IndustryError> {
    let digits = with_check_digit(format!("{prefix:07}{location:05}"));
    Ok(Gln::new(&digits)?)
}

/// The digits with their check digit. Digits only: other characters get none.
pub(super) fn with_check_digit(mut digits: String) -> String {
    if let Some(check) = check_digit(&digits) {
        digits.push(char::from(b'0' + check));
    }
    digits
}

fn product(index: usize, maker: u16, number: u16) -> Result<Product, IndustryError> {
    let labeler = 99_900 + u32::from(maker);
    let ndc = Ndc::new(&format!("{labeler}-{:03}-01", 100 + u32::from(number)))?;
    let gtin = ndc.to_gtin(0)?;
    let digits = gtin.as_str();
    let (name, strength, form) = names::product(maker, number);
    Ok(Product {
        index,
        maker: usize::from(maker),
        name,
        strength,
        form,
        ndc: ndc.hyphenated(NdcFormat::F532),
        urn_stem: format!(
            "urn:epc:id:sgtin:{}.{}{}.",
            &digits[1..8],
            &digits[..1],
            &digits[8..13]
        ),
        link_stem: format!("https://id.gs1.org/01/{digits}/21/"),
        gtin,
    })
}
