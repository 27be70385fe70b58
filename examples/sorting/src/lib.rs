//! Sorting in place: the result is in order, and a permutation of what was there.
//!
//! That it is a permutation is said by counting: every value occurs as often as before. What is only needed in specs is an ordinary
//! function.

use harmonic::*;

/// How often `x` occurs in `v`.
fn count(v: &[i32], x: i32) -> usize {
    if v.is_empty() {
        0
    } else if v[0] == x {
        1 + count(&v[1..], x)
    } else {
        count(&v[1..], x)
    }
}

/// Puts the least of what is left in front of it, again and again.
#[spec(
    captures: old = v.to_vec(),
    ensures: [
        forall(|i: usize, j: usize| implies(i < j && j < v.len(), v[i] <= v[j])),
        forall(|x: i32| count(v, x) == count(&old, x)),
    ],
)]
pub fn selection_sort(v: &mut [i32]) {
    let n = v.len();
    let start = v.to_vec();
    #[spec(maintains: [
        v.len() == n,
        forall(|p: usize, q: usize| implies(p < i && p < q && q < n, v[p] <= v[q])),
        forall(|x: i32| count(v, x) == count(&start, x)),
    ])]
    for i in 0..n {
        let mut least = i;
        #[spec(maintains: [
            i <= least && least < j,
            (i..j).all(|k| v[least] <= v[k]),
        ])]
        for j in i + 1..n {
            if v[j] < v[least] {
                least = j;
            }
        }
        v.swap(i, least);
    }
}

/// Turns a list around.
#[spec(
    captures: before = v.to_vec(),
    ensures: [
        v.len() == before.len(),
        forall(|i: usize| implies(i < v.len(), v[i] == before[v.len() - 1 - i])),
    ],
)]
pub fn reverse(v: &mut [i32]) {
    let n = v.len();
    let start = v.to_vec();
    let mut i = 0;
    #[spec(
        maintains: [
            v.len() == n,
            i <= n / 2,
            (0..i).all(|k| v[k] == start[n - 1 - k] && v[n - 1 - k] == start[k]),
            (i..n - i).all(|k| v[k] == start[k]),
        ],
        decreases: n / 2 - i,
    )]
    while i < n / 2 {
        v.swap(i, n - 1 - i);
        i += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_sort() {
        for list in [vec![], vec![1], vec![2, 1], vec![3, 1, 2, 1, i32::MIN, i32::MAX]] {
            let mut sorted = list.clone();
            sorted.sort_unstable();
            let (mut a, mut b) = (list.clone(), list.clone());
            selection_sort(&mut a);
            assert_eq!(a, sorted);
            reverse(&mut b);
            assert!(b.iter().eq(list.iter().rev()));
        }
    }
}
