//! Sensor data that are syntactically right but cannot be meant.

use std::cmp::Ordering;

use super::{Violation, rules, violation};
use crate::model::{Decimal, Event, SensorMetadata, SensorReport};

/// The member all of these are found at.
const MEMBER: &str = "sensorElementList";

pub(super) fn check(event: &Event, found: &mut Vec<Violation>) {
    for element in &event.sensor_elements {
        if let Some(metadata) = &element.metadata {
            interval(metadata, found);
        }
        for report in &element.reports {
            values(report, found);
        }
    }
}

fn interval(metadata: &SensorMetadata, found: &mut Vec<Violation>) {
    if let (Some(start), Some(end)) = (&metadata.start_time, &metadata.end_time)
        && start.instant() > end.instant()
    {
        let message = format!("startTime {start} is after endTime {end}");
        found.push(violation(rules::SENSOR_INTERVAL, MEMBER, message));
    }
}

fn values(report: &SensorReport, found: &mut Vec<Violation>) {
    if let (Some(least), Some(greatest)) = (&report.min_value, &report.max_value)
        && least.compare(greatest) == Ordering::Greater
    {
        let message = format!("minValue {least} is greater than maxValue {greatest}");
        found.push(violation(rules::SENSOR_RANGE, MEMBER, message));
    }
    if let Some(rank) = &report.perc_rank
        && (rank.is_negative() || rank.compare(&Decimal::from(100_u32)) == Ordering::Greater)
    {
        let message = format!("percRank is {rank}");
        found.push(violation(rules::SENSOR_RANK, MEMBER, message));
    }
}
