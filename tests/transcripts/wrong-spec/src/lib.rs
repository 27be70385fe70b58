use harmonic::*;

#[spec(requires: itms <= 1000, ensures: |out| out >= items)]
pub fn twice(items: u64) -> u64 {
    2 * items
}

#[spec(ensures: |out| out + items)]
pub fn same(items: u64) -> u64 {
    items
}
