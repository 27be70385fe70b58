use harmonic::*;

#[spec(requires: items <= 1000, ensures: |out| out == items * each)]
pub fn price(items: u32, each: u32) -> u32 {
    items * each
}
