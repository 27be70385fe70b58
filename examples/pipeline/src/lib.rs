//! An iterator pipeline: readings of a sensor are checked, filtered, scaled and summed up, without a loop.

use harmonic::*;

/// One reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Which sensor.
    pub sensor: u16,
    /// What it read.
    pub value: i32,
}

/// Whether all values lie between two bounds.
#[spec(ensures: |out| out == forall(|i: usize|
    implies(i < readings.len(), low <= readings[i].value && readings[i].value <= high)))]
pub fn in_range(readings: &[Reading], low: i32, high: i32) -> bool {
    readings.iter().all(|r| r.value >= low && r.value <= high)
}

/// The first reading of a sensor.
#[spec(ensures: |out| match out {
    Some(i) => i < readings.len() && readings[i].sensor == sensor,
    None => readings.iter().all(|r| r.sensor != sensor),
})]
pub fn first_of(readings: &[Reading], sensor: u16) -> Option<usize> {
    readings.iter().position(|r| r.sensor == sensor)
}

/// How many readings a sensor has.
#[spec(ensures: |out| out <= readings.len())]
pub fn count_of(readings: &[Reading], sensor: u16) -> usize {
    readings.iter().filter(|r| r.sensor == sensor).count()
}

/// The values alone.
#[spec(ensures: |ref out| [
    out.len() == readings.len(),
    forall(|i: usize| implies(i < readings.len(), out[i] == readings[i].value)),
])]
pub fn values(readings: &[Reading]) -> Vec<i32> {
    readings.iter().map(|r| r.value).collect()
}

/// The values from a threshold on.
#[spec(ensures: |ref out| out.iter().all(|&v| v >= threshold) && out.len() <= readings.len())]
pub fn strong(readings: &[Reading], threshold: i32) -> Vec<i32> {
    readings.iter().map(|r| r.value).filter(|&v| v >= threshold).collect()
}

/// The values, doubled, where none can overflow.
#[spec(
    requires: values.iter().all(|&v| -1_000_000 <= v && v <= 1_000_000),
    ensures: |ref out| [
        out.len() == values.len(),
        forall(|i: usize| implies(i < values.len(), out[i] == 2 * values[i])),
    ],
)]
pub fn doubled(values: &[i32]) -> Vec<i32> {
    values.iter().map(|&v| v * 2).collect()
}

/// The sum, in a type that holds it.
#[spec(requires: values.len() <= 1_000_000)]
pub fn total(values: &[i32]) -> i64 {
    values.iter().map(|&v| i64::from(v)).sum()
}

/// The greatest value.
#[spec(ensures: |out| match out {
    Some(max) => values.iter().all(|&v| v <= max) && values.iter().any(|&v| v == max),
    None => values.is_empty(),
})]
pub fn peak(values: &[i32]) -> Option<i32> {
    values.iter().copied().max()
}

/// Whether two series agree as far as both go.
#[spec(ensures: |out| out == forall(|i: usize| implies(i < a.len() && i < b.len(), a[i] == b[i])))]
pub fn agree(a: &[i32], b: &[i32]) -> bool {
    a.iter().zip(b.iter()).all(|(x, y)| x == y)
}

/// How often a value is greater than the one before it.
#[spec(ensures: |out| out < values.len() || values.is_empty())]
pub fn rises(values: &[i32]) -> usize {
    values.iter().zip(values.iter().skip(1)).filter(|(a, b)| a < b).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_series() {
        let series = [(1, 5), (2, -3), (1, 9)].map(|(sensor, value)| Reading { sensor, value });
        assert!(in_range(&series, -3, 9) && !in_range(&series, 0, 9));
        assert_eq!(first_of(&series, 2), Some(1));
        assert_eq!(first_of(&series, 3), None);
        assert_eq!(count_of(&series, 1), 2);
        assert_eq!(values(&series), [5, -3, 9]);
        assert_eq!(strong(&series, 0), [5, 9]);
        assert_eq!(doubled(&values(&series)), [10, -6, 18]);
        assert_eq!(total(&values(&series)), 11);
        assert_eq!(peak(&values(&series)), Some(9));
        assert!(agree(&[1, 2], &[1, 2, 3]) && !agree(&[1], &[2]));
        assert_eq!(rises(&values(&series)), 1);
    }
}
