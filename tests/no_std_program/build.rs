//! Links the C library, which std would have linked: start-up code, memory moves and the allocator's.

fn main() {
    println!("cargo::rustc-link-lib=c");
}
