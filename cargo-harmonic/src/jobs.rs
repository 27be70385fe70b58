//! How many Leans run at a time.

use harmonic::*;

/// Memory that one Lean with the support library needs, with room for a hard proof.
const BYTES_EACH: u64 = 1 << 30;

/// As many as there are cores and room in memory for, and at least one.
pub fn default() -> usize {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let memory = free_memory().unwrap_or(u64::MAX);
    usize::try_from(at_once(u64::try_from(cores).unwrap_or(1), memory)).unwrap_or(1)
}

/// The number of Leans for this many cores and bytes of free memory.
#[spec(
    requires: cores >= 1,
    ensures: |out| [1 <= out, out <= cores, out == 1 || out <= memory / 1_073_741_824],
)]
fn at_once(cores: u64, memory: u64) -> u64 {
    let room = memory / BYTES_EACH;
    let least = if cores < room { cores } else { room };
    if least == 0 { 1 } else { least }
}

/// Bytes that programs may take without others being swapped out; `None` where the system does not tell.
fn free_memory() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_cores_nor_memory_are_exceeded() {
        assert_eq!(at_once(8, u64::MAX), 8);
        assert_eq!(at_once(8, 3 * BYTES_EACH), 3);
        assert_eq!(at_once(8, 5), 1);
        assert!(default() >= 1);
    }
}
