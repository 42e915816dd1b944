//! What the operating system says about this process. Linux only; elsewhere the figures are missing.

/// Ticks of `/proc/self/stat` in a second: `USER_HZ`, which Linux fixes at 100 for programs.
const TICKS_PER_SECOND: f64 = 100.0;

/// `None` where it cannot be read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Process {
    pub resident_bytes: Option<u64>,
    pub cpu_seconds: Option<f64>,
    pub threads: Option<u64>,
    pub open_fds: Option<u64>,
    pub max_fds: Option<u64>,
}

impl Process {
    pub fn now() -> Process {
        let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
        // The name, in parentheses, may hold anything; the fields after it are counted from 3 (proc_pid_stat(5)).
        let fields: Vec<&str> = stat.rsplit_once(')').map(|(_, rest)| rest.split_whitespace().collect()).unwrap_or_default();
        let field = |number: usize| fields.get(number - 3).and_then(|text| text.parse::<u64>().ok());
        let ticks = field(14).zip(field(15)).map(|(user, system)| user + system);
        let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
        let files = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
        Process {
            resident_bytes: crate::sys::resident_bytes(),
            cpu_seconds: ticks.map(|ticks| ticks as f64 / TICKS_PER_SECOND),
            threads: field(20),
            // The folder that is being read is one of them.
            open_fds: std::fs::read_dir("/proc/self/fd").ok().map(|entries| (entries.count() as u64).saturating_sub(1)),
            max_fds: files.and_then(|line| line.split_whitespace().next()?.parse().ok()),
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn this_process_has_memory_threads_and_open_files() {
        let process = Process::now();
        assert!(process.resident_bytes.unwrap() > 1 << 20);
        assert!(process.threads.unwrap() >= 1 && process.cpu_seconds.unwrap() >= 0.0);
        let held: Vec<std::fs::File> = (0..8).map(|_| std::fs::File::open("/dev/null").unwrap()).collect();
        let open = Process::now().open_fds.unwrap();
        assert!(open >= held.len() as u64);
        assert!(process.max_fds.is_none_or(|max| max >= open));
    }
}
