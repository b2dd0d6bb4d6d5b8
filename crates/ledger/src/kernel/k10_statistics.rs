//! K10, statistics: the hook for deterministic early warning.
//!
//! Statistical rules are *watch* rules: they run on the committed stream, outside the vote, and never change state. What
//! the ledger fixes is the arithmetic, so that two watchers with the same recorded parameters raise the same alarms:
//! integers only, saturating, no clock. [`Cusum`] is the one-sided cumulative sum of E. S. Page (Biometrika 41, 1954).

use crate::codec::Wire as _;

/// Parameters of a one-sided cumulative sum, in the unit of the observations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CusumParameters {
    /// Expected value of an observation.
    pub target: u64,
    /// How much above the target is still ordinary.
    pub slack: u64,
    /// Sum at which the alarm is raised.
    pub threshold: u64,
}
wire_struct!(CusumParameters v 1 { target, slack, threshold });

/// A one-sided cumulative sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cusum {
    /// Recorded parameters.
    pub parameters: CusumParameters,
    /// The sum so far.
    pub sum: u64,
    /// Observations since the beginning.
    pub observations: u64,
}
wire_struct!(Cusum v 1 { parameters, sum, observations });

impl Cusum {
    /// Starts at zero.
    pub const fn new(parameters: CusumParameters) -> Self {
        Self {
            parameters,
            sum: 0,
            observations: 0,
        }
    }

    /// Takes an observation; returns whether the alarm is raised. The sum starts again after an alarm.
    pub fn observe(&mut self, value: u64) -> bool {
        self.observations = self.observations.saturating_add(1);
        let ordinary = self.parameters.target.saturating_add(self.parameters.slack);
        self.sum = self.sum.saturating_add(value).saturating_sub(ordinary);
        let alarm = self.sum >= self.parameters.threshold;
        if alarm {
            self.sum = 0;
        }
        alarm
    }

    /// What a report of an alarm cites: the encoding of parameters and sum.
    pub fn evidence(&self) -> Vec<u8> {
        self.to_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alarm_needs_a_lasting_excess() {
        let mut cusum = Cusum::new(CusumParameters {
            target: 10,
            slack: 2,
            threshold: 15,
        });
        let alarms: Vec<bool> = [10, 12, 30, 0, 18, 18, 18]
            .into_iter()
            .map(|v| cusum.observe(v))
            .collect();
        assert_eq!(alarms, [false, false, true, false, false, false, true]);
        assert_eq!(cusum.sum, 0);
        assert_eq!(Cusum::from_bytes(&cusum.evidence()), Ok(cusum));
    }

    #[test]
    fn extreme_values_saturate() {
        let mut cusum = Cusum::new(CusumParameters {
            target: u64::MAX,
            slack: u64::MAX,
            threshold: 1,
        });
        assert!(!cusum.observe(u64::MAX));
        let mut open = Cusum::new(CusumParameters {
            target: 0,
            slack: 0,
            threshold: u64::MAX,
        });
        assert!(open.observe(u64::MAX));
    }
}
