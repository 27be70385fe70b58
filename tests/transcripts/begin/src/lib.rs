pub fn price(items: u32, each: u32) -> u32 {
    items * each
}
