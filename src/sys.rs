//! What the operating system tells about this process, and the one call that safe Rust does not have.
#![allow(unsafe_code)]

/// Gives memory that the C allocator keeps for later back to the operating system. Does nothing where the allocator has
/// no such call. Takes some milliseconds: called after a model was unloaded, not in a loop.
pub fn release_free_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: `malloc_trim` takes no pointer, may be called from any thread at any time (glibc marks it MT-Safe), and
    // touches only memory that the allocator holds as free.
    unsafe {
        libc::malloc_trim(0);
    }
}

/// Memory of this process in RAM now, in bytes; `None` where the system does not say.
pub fn resident_bytes() -> Option<u64> {
    status_bytes("VmRSS:")
}

/// The most that it ever was, in bytes.
pub fn peak_resident_bytes() -> Option<u64> {
    status_bytes("VmHWM:")
}

fn status_bytes(field: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|l| l.strip_prefix(field))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releasing_memory_is_harmless_and_the_figures_are_plausible() {
        let before = vec![1u8; 1 << 20];
        release_free_memory();
        assert_eq!(before.iter().map(|&b| u64::from(b)).sum::<u64>(), 1 << 20);
        if let (Some(now), Some(peak)) = (resident_bytes(), peak_resident_bytes()) {
            assert!(now > 1 << 20 && peak >= now / 2);
        }
    }
}
