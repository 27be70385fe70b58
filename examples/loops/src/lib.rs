//! Loops over slices: invariants say what has been done so far, measures say why it ends.
//!
//! An invariant of `for i in a..b` holds with `i = a` before the first iteration and with `i = b` after the last.

use harmonic::*;

/// The sum of the numbers up to `n`.
#[spec(
    requires: n <= 1_000,
    ensures: |out| out == n * (n + 1) / 2,
)]
pub fn sum_to(n: u32) -> u32 {
    let mut total = 0;
    let mut i = 0;
    #[spec(
        maintains: [i <= n, total == i * (i + 1) / 2],
        decreases: n - i,
    )]
    while i < n {
        i += 1;
        total += i;
    }
    total
}

/// The largest element.
#[spec(
    requires: !v.is_empty(),
    ensures: |out| [
        forall(|i: usize| implies(i < v.len(), v[i] <= out)),
        exists(|i: usize| i < v.len() && v[i] == out),
    ],
)]
pub fn max(v: &[i32]) -> i32 {
    let mut best = v[0];
    #[spec(
        maintains: [
            forall(|k: usize| implies(k < i, v[k] <= best)),
            exists(|k: usize| k < v.len() && v[k] == best),
        ],
    )]
    for i in 1..v.len() {
        if v[i] > best {
            best = v[i];
        }
    }
    best
}

/// Whether an element occurs.
#[spec(
    ensures: |out| out == (0..v.len()).any(|i| v[i] == x),
)]
pub fn contains(v: &[i32], x: i32) -> bool {
    #[spec(maintains: (0..i).all(|k| v[k] != x))]
    for i in 0..v.len() {
        if v[i] == x {
            return true;
        }
    }
    false
}

/// The first position of an element.
#[spec(
    ensures: |out| match out {
        Some(i) => i < v.len() && v[i] == x && (0..i).all(|k| v[k] != x),
        None => (0..v.len()).all(|k| v[k] != x),
    },
)]
pub fn position(v: &[u8], x: u8) -> Option<usize> {
    let mut i = 0;
    #[spec(
        maintains: [i <= v.len(), (0..i).all(|k| v[k] != x)],
        decreases: v.len() - i,
    )]
    while i < v.len() {
        if v[i] == x {
            return Some(i);
        }
        i += 1;
    }
    None
}

/// Whether neighbours are in order.
#[spec(
    ensures: |out| out == (1..v.len()).all(|i| v[i - 1] <= v[i]),
)]
pub fn is_sorted(v: &[u32]) -> bool {
    #[spec(maintains: (1..i).all(|k| v[k - 1] <= v[k]))]
    for i in 1..v.len() {
        if v[i - 1] > v[i] {
            return false;
        }
    }
    true
}

/// Where an element of a sorted slice is or would be.
#[spec(
    requires: forall(|i: usize, j: usize| implies(i <= j && j < v.len(), v[i] <= v[j])),
    ensures: |out| [
        out <= v.len(),
        (0..out).all(|k| v[k] < x),
        (out..v.len()).all(|k| v[k] >= x),
    ],
)]
pub fn lower_bound(v: &[u32], x: u32) -> usize {
    let mut lo = 0;
    let mut hi = v.len();
    #[spec(
        maintains: [
            lo <= hi,
            hi <= v.len(),
            (0..lo).all(|k| v[k] < x),
            (hi..v.len()).all(|k| v[k] >= x),
        ],
        decreases: hi - lo,
    )]
    while lo < hi {
        let mid = lo + (hi - lo) / 2;
        if v[mid] < x {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    lo
}

/// How many elements are below a limit.
#[spec(
    ensures: |out| out <= v.len(),
)]
pub fn count_below(v: &[i32], limit: i32) -> usize {
    let mut count = 0;
    #[spec(maintains: count <= i)]
    for i in 0..v.len() {
        if v[i] < limit {
            count += 1;
        }
    }
    count
}

/// Overwrites all elements.
#[spec(
    captures: n = v.len(),
    ensures: [v.len() == n, (0..v.len()).all(|i| v[i] == value)],
)]
pub fn fill(v: &mut [u8], value: u8) {
    #[spec(maintains: (0..i).all(|k| v[k] == value))]
    for i in 0..v.len() {
        v[i] = value;
    }
}

/// The sum of all elements, held at the largest number.
#[spec(
    ensures: |out| (0..v.len()).all(|i| v[i] <= out),
)]
pub fn saturating_sum(v: &[u32]) -> u32 {
    let mut total: u32 = 0;
    #[spec(maintains: (0..i).all(|k| v[k] <= total))]
    for i in 0..v.len() {
        total = total.saturating_add(v[i]);
    }
    total
}

/// Quotient and remainder by repeated subtraction.
#[spec(
    requires: d > 0,
    ensures: |(q, r)| [q * d + r == n, r < d],
)]
pub fn div_rem(n: u32, d: u32) -> (u32, u32) {
    let mut q = 0;
    let mut r = n;
    #[spec(
        maintains: [q <= n, r <= n, q + r <= n, q * d + r == n],
        decreases: r,
    )]
    while r >= d {
        r -= d;
        q += 1;
    }
    (q, r)
}

/// The even numbers below a limit: no more of them than there are numbers.
#[spec(
    requires: limit <= 1_000,
    ensures: |out| out.len() <= limit as usize,
)]
pub fn evens(limit: u32) -> Vec<u32> {
    let mut found = Vec::new();
    #[spec(maintains: found.len() <= n as usize)]
    for n in 0..limit {
        if n % 2 == 0 {
            found.push(n);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums() {
        assert_eq!(sum_to(0), 0);
        assert_eq!(sum_to(10), 55);
        assert_eq!(saturating_sum(&[u32::MAX, 5]), u32::MAX);
        assert_eq!(saturating_sum(&[1, 2, 3]), 6);
    }

    #[test]
    fn searches() {
        assert_eq!(max(&[3, -1, 8, 8, 2]), 8);
        assert!(contains(&[1, 2], 2) && !contains(&[], 2));
        assert_eq!(position(&[4, 5, 5], 5), Some(1));
        assert_eq!(position(&[4], 5), None);
        assert_eq!(lower_bound(&[1, 3, 3, 7], 3), 1);
        assert_eq!(lower_bound(&[1, 3, 3, 7], 9), 4);
        assert_eq!(count_below(&[5, -5, 0], 1), 2);
    }

    #[test]
    fn orders() {
        assert!(is_sorted(&[]) && is_sorted(&[1, 1, 2]) && !is_sorted(&[2, 1]));
    }

    #[test]
    fn writes() {
        let mut v = [1, 2, 3];
        fill(&mut v, 9);
        assert_eq!(v, [9, 9, 9]);
        assert_eq!(evens(7), [0, 2, 4, 6]);
        assert_eq!(div_rem(17, 5), (3, 2));
    }
}
