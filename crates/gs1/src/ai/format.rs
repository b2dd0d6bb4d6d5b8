//! What a row of the table says about an application identifier.

use crate::charset::CharSet;
use crate::lint::Linter;

/// The longest application identifier has four digits.
pub const AI_DIGITS_MAX: usize = 4;

/// The character set of a component.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// `N`: digits.
    Numeric,
    /// `X`: character set 82.
    Alphanumeric,
    /// `Y`: character set 39.
    Restricted,
    /// `Z`: base64url.
    Base64,
}

impl Class {
    /// The linter of the character set.
    pub const fn linter(self) -> Linter {
        match self {
            Self::Numeric => Linter::CsetNumeric,
            Self::Alphanumeric => Linter::Cset82,
            Self::Restricted => Linter::Cset39,
            Self::Base64 => Linter::Cset64,
        }
    }

    /// The characters themselves.
    pub const fn characters(self) -> CharSet {
        match self {
            Self::Numeric => CharSet::DIGITS,
            Self::Alphanumeric => CharSet::CSET82,
            Self::Restricted => CharSet::CSET39,
            Self::Base64 => CharSet::CSET64,
        }
    }
}

/// One component of an AI's value. Only the last one has a variable length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Component {
    /// Its characters.
    pub class: Class,
    /// The fewest characters.
    pub len_min: usize,
    /// The most characters.
    pub len_max: usize,
    /// Whether it may be absent (with all that follow).
    pub optional: bool,
    /// The linters it must pass, after the one of its character set.
    pub linters: &'static [Linter],
}

impl Component {
    const fn new(class: Class, len_min: usize, len_max: usize) -> Self {
        Self {
            class,
            len_min,
            len_max,
            optional: false,
            linters: &[],
        }
    }

    pub(super) const fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    pub(super) const fn lint(mut self, linters: &'static [Linter]) -> Self {
        self.linters = linters;
        self
    }
}

pub(super) const fn n(len: usize) -> Component {
    Component::new(Class::Numeric, len, len)
}

pub(super) const fn n_to(len_max: usize) -> Component {
    Component::new(Class::Numeric, 1, len_max)
}

pub(super) const fn x(len: usize) -> Component {
    Component::new(Class::Alphanumeric, len, len)
}

pub(super) const fn x_to(len_max: usize) -> Component {
    Component::new(Class::Alphanumeric, 1, len_max)
}

pub(super) const fn y_to(len_max: usize) -> Component {
    Component::new(Class::Restricted, 1, len_max)
}

pub(super) const fn z_to(len_max: usize) -> Component {
    Component::new(Class::Base64, 1, len_max)
}

/// Where an AI may stand without further marks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Use {
    predefined: bool,
    attribute: bool,
}

pub(super) const NONE: Use = uses(false, false);
pub(super) const PREDEFINED: Use = uses(true, false);
pub(super) const ATTRIBUTE: Use = uses(false, true);
pub(super) const BOTH: Use = uses(true, true);

const fn uses(predefined: bool, attribute: bool) -> Use {
    Use {
        predefined,
        attribute,
    }
}

/// A row of the table: an application identifier, or a range that differs only in decimal places.
#[derive(Debug, PartialEq, Eq)]
pub struct AiDef {
    /// The first AI of the row, as a number.
    pub(super) first: u16,
    /// The last AI of the row, as a number.
    pub(super) last: u16,
    /// How many digits the AI has: 2 to 4.
    pub digits: usize,
    /// Its length is predefined: no separator is needed behind it (General Specifications, section 7.8.5).
    pub predefined: bool,
    /// It may be a data attribute in the query of a Digital Link URI.
    pub attribute: bool,
    /// The components of the value.
    pub components: &'static [Component],
    /// AIs one of which must stand beside it: alternatives by `,`, groups by `+`, `n` for any digit. Empty: none.
    pub requires: &'static str,
    /// AIs that must not stand beside it: by `,`, `n` for any digit. Empty: none.
    pub excludes: &'static str,
    /// If it is a Digital Link primary key: its qualifiers in order, by `,`; alternative sequences by `|`.
    pub qualifiers: Option<&'static str>,
    /// The data title of the General Specifications.
    pub title: &'static str,
}

impl AiDef {
    /// The fewest characters of a value.
    pub fn len_min(&self) -> usize {
        let required = self.components.iter().filter(|part| !part.optional);
        required.map(|part| part.len_min).sum()
    }

    /// The most characters of a value.
    pub fn len_max(&self) -> usize {
        self.components.iter().map(|part| part.len_max).sum()
    }

    /// Where the AI, as text, falls in the order of the table.
    pub(super) const fn rank(number: u16, digits: usize) -> (u16, usize) {
        let scale = match digits {
            2 => 100,
            3 => 10,
            _ => 1,
        };
        (number * scale, digits)
    }
}

/// Reads the digits of an AI; 0 for anything else (the tests of the table find such a row).
pub(super) const fn number(digits: &str) -> u16 {
    let bytes = digits.as_bytes();
    if bytes.len() > AI_DIGITS_MAX {
        return 0;
    }
    let (mut i, mut number) = (0, 0_u16);
    while i < bytes.len() {
        if !bytes[i].is_ascii_digit() {
            return 0;
        }
        number = number * 10 + (bytes[i] - b'0') as u16;
        i += 1;
    }
    number
}

#[expect(clippy::too_many_arguments, reason = "the columns of a table")]
pub(super) const fn ai(
    first: &str,
    last: &str,
    uses: Use,
    components: &'static [Component],
    requires: &'static str,
    excludes: &'static str,
    qualifiers: Option<&'static str>,
    title: &'static str,
) -> AiDef {
    AiDef {
        first: number(first),
        last: number(last),
        digits: first.len(),
        predefined: uses.predefined,
        attribute: uses.attribute,
        components,
        requires,
        excludes,
        qualifiers,
        title,
    }
}
