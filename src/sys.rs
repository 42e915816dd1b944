//! The one module with `unsafe`: calls of the C library that safe Rust does not have, and what the operating system tells
//! about this process.
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

/// Buffers of this size and more go back to the operating system as soon as they are free: pictures, that is.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const LARGE_BYTES: libc::c_int = 4 << 20;

/// Keeps what the C allocator holds for later from growing with time. By itself it gives eight arenas for each core to threads as they come, and keeps in each what
/// the largest picture there once took; and after it has freed a large buffer it takes the next ones of that size from an arena too, where they leave gaps.
/// Does nothing where the allocator is another one. Call it before any other thread is started.
pub fn bound_free_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        let arenas = libc::c_int::try_from(cores.clamp(2, 16)).unwrap_or(2);
        // SAFETY: `mallopt` takes two numbers and no pointer; there is one thread.
        unsafe {
            libc::mallopt(libc::M_ARENA_MAX, arenas);
            libc::mallopt(libc::M_MMAP_THRESHOLD, LARGE_BYTES);
        }
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

/// The release of an ONNX Runtime library that this process has loaded from `path`, e.g. `1.30.0`; `None` where it
/// cannot be asked. (The `ort` crate knows it and does not tell.)
pub fn onnxruntime_version(path: &std::path::Path) -> Option<String> {
    #[cfg(unix)]
    {
        use std::ffi::{CStr, CString};
        use std::os::unix::ffi::OsStrExt;
        let path = CString::new(path.as_os_str().as_bytes()).ok()?;
        // SAFETY: RTLD_NOLOAD runs no code of the library: it only gives a handle if it is loaded already, and the handle
        // is kept, so the library stays mapped. `OrtGetApiBase` has taken no argument and returned a pointer to a static
        // table since version 1.0; the second entry of that table returns a static C string.
        unsafe {
            let handle = libc::dlopen(path.as_ptr(), libc::RTLD_NOLOAD | libc::RTLD_LAZY);
            if handle.is_null() {
                return None;
            }
            let symbol = libc::dlsym(handle, c"OrtGetApiBase".as_ptr());
            if symbol.is_null() {
                return None;
            }
            let api_base: extern "C" fn() -> *const ort::sys::OrtApiBase = std::mem::transmute(symbol);
            let version = ((*api_base()).GetVersionString)();
            (!version.is_null()).then(|| CStr::from_ptr(version).to_string_lossy().into_owned())
        }
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        None
    }
}

/// ONNX Runtime's word for its uploader of usage data. Since 1.29 the library has one on Linux and macOS too, and starts it when it is loaded: it makes up a
/// number for the machine, keeps it in the user's cache folder and looks for its collector, before anybody can tell the library not to.
const NO_TELEMETRY: &str = "ORT_DISABLE_TELEMETRY";

/// Keeps ONNX Runtime's uploader from ever starting, in this process and its children, whatever the environment says. The program calls it before anything
/// else; whoever uses this crate as a library has it called when the runtime is loaded.
pub fn forbid_runtime_telemetry() {
    if std::env::var_os(NO_TELEMETRY).is_some_and(|value| value == "1") {
        return;
    }
    // SAFETY: at the beginning of `main` there is one thread. Later calls come from a library's user only, once, under the lock of the runtime's loading;
    // Rust's own readers of the environment are held off by the standard library, and the variable is new, so that no C code holds a pointer to its value.
    unsafe {
        std::env::set_var(NO_TELEMETRY, "1");
    }
}

fn status_bytes(field: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|l| l.strip_prefix(field))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

/// A command whose reader has gone (`portico models list | head`) ends like any Unix program, instead of failing on its next line.
/// Not for the server: its sockets must not end it.
pub fn end_quietly_on_a_closed_pipe() {
    #[cfg(unix)]
    // SAFETY: restoring the default action of a signal touches no memory; called before any thread is started.
    unsafe {
        libc::signal(libc::SIGPIPE, libc::SIG_DFL);
    }
}

/// Lets this process open as many files as it may at all; gives that number, `None` where the system has no such limit.
pub fn raise_open_files_limit() -> Option<u64> {
    #[cfg(unix)]
    {
        let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        // SAFETY: both calls take a pointer to a struct that lives on this stack and keep none of it.
        unsafe {
            if libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) != 0 {
                return None;
            }
            let before = limit.rlim_cur;
            limit.rlim_cur = limit.rlim_max.min(OPEN_FILES_ENOUGH.max(before));
            if limit.rlim_cur > before && libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit) != 0 {
                limit.rlim_cur = before;
            }
        }
        Some(limit.rlim_cur)
    }
    #[cfg(not(unix))]
    None
}

/// Some systems allow a billion, and programs that are started from here may walk through all of them.
#[cfg(unix)]
const OPEN_FILES_ENOUGH: libc::rlim_t = 65_536;

/// Ends a connection whose peer has acknowledged nothing of what was sent for so long; the system's own limit is about a quarter of an hour.
pub fn end_when_unacknowledged(stream: &tokio::net::TcpStream, silence: std::time::Duration) {
    #[cfg(target_os = "linux")]
    {
        use std::os::fd::AsRawFd as _;
        let ms = libc::c_uint::try_from(silence.as_millis()).unwrap_or(libc::c_uint::MAX);
        // SAFETY: the descriptor is open as long as `stream` is borrowed; the option takes an unsigned int by pointer and length.
        unsafe {
            libc::setsockopt(
                stream.as_raw_fd(),
                libc::IPPROTO_TCP,
                libc::TCP_USER_TIMEOUT,
                (&raw const ms).cast(),
                size_of::<libc::c_uint>() as libc::socklen_t,
            );
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (stream, silence);
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
