//! All results of one run.

use comfy_table::{Cell, CellAlignment, Table, presets};
use serde::Serialize;
use std::collections::BTreeMap;

use super::{figures::Figure, machine::Machine};

/// Results with what they are from.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    version: &'static str,
    build: &'static str,
    machine: Machine,
    validators: u8,
    sections: BTreeMap<&'static str, Vec<Figure>>,
}

impl Report {
    /// No results yet.
    pub(super) fn new(validators: u8) -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION"),
            build: if cfg!(debug_assertions) {
                "debug"
            } else {
                "release"
            },
            machine: Machine::here(),
            validators,
            sections: BTreeMap::new(),
        }
    }

    /// Adds the figures of a section.
    pub(super) fn add(&mut self, section: &'static str, figures: Vec<Figure>) {
        self.sections.insert(section, figures);
    }

    /// The results for people.
    pub(super) fn table(&self) -> String {
        let mut table = Table::new();
        table.load_preset(presets::ASCII_MARKDOWN);
        table.set_header(["section", "what", "value", "unit", "aim"]);
        for (section, figures) in &self.sections {
            for figure in figures {
                table.add_row([
                    Cell::new(section),
                    Cell::new(&figure.name),
                    Cell::new(figure.number()).set_alignment(CellAlignment::Right),
                    Cell::new(figure.unit),
                    Cell::new(figure.aim.unwrap_or_default()),
                ]);
            }
        }
        format!(
            "{table}\npangolin {} ({}), {} validators as {} processes on one machine: {}",
            self.version,
            self.build,
            self.validators,
            self.validators,
            self.machine.line()
        )
    }
}
