//! How many threads this process may use at once: the processors that it may run on, and the share of their time that a container's limits leave.

use std::fs::read_to_string;
use std::path::{Path, PathBuf};

/// At least 1. Work that uses more threads than this is stopped by the system in the middle of its runs, and takes longer than with fewer.
pub fn available_threads() -> usize {
    // The standard library knows limits too, but rounds them down: one and a half processors are worth two threads.
    let known = std::thread::available_parallelism().map_or(1, |n| n.get());
    threads_under(Path::new("/")).unwrap_or(known)
}

/// The same from the files below `root` (proc(5); cgroups(7)); `None` where they do not say which processors may be used.
fn threads_under(root: &Path) -> Option<usize> {
    let status = read_to_string(root.join("proc/self/status")).ok()?;
    let list = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:"))?;
    let processors = count(list.trim())?;
    let groups = read_to_string(root.join("proc/self/cgroup")).unwrap_or_default();
    let quota = groups.lines().filter_map(|line| quota(root, line)).fold(f64::INFINITY, f64::min);
    let share = quota.ceil();
    Some(if share < processors as f64 { (share as usize).max(1) } else { processors })
}

/// How many numbers a list like `0-3,8` has.
fn count(list: &str) -> Option<usize> {
    list.split(',').try_fold(0usize, |sum, part| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last): (usize, usize) = (first.parse().ok()?, last.parse().ok()?);
        Some(sum + last.checked_sub(first)? + 1)
    })
}

/// Processors' worth of time that one line of `/proc/self/cgroup` leaves, through all groups above; `None` where it sets no limit.
fn quota(root: &Path, line: &str) -> Option<f64> {
    let (_, rest) = line.split_once(':')?;
    let (controllers, group) = rest.split_once(':')?;
    let mount = root.join("sys/fs/cgroup");
    let (mount, limit): (PathBuf, fn(&Path) -> Option<f64>) = match controllers {
        "" if mount.join("cgroup.controllers").is_file() => (mount, unified),
        // Beside groups of the first version the second is mounted apart.
        "" => (mount.join("unified"), unified),
        _ if controllers.split(',').any(|name| name == "cpu") => {
            let both = mount.join(controllers);
            (if both.is_dir() { both } else { mount.join("cpu") }, separate)
        }
        _ => return None,
    };
    // In a container the group may be named as the host sees it, while only its own is mounted: then the mount itself has the limit.
    let group = Path::new(group.trim_start_matches('/'));
    group.ancestors().filter_map(|part| limit(&mount.join(part))).reduce(f64::min)
}

/// `cpu.max` of the second version: quota and period in microseconds, or `max`.
fn unified(group: &Path) -> Option<f64> {
    let text = read_to_string(group.join("cpu.max")).ok()?;
    let mut fields = text.split_whitespace();
    let (quota, period): (f64, f64) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    (quota > 0.0 && period > 0.0).then(|| quota / period)
}

/// The two files of the first version; a quota of -1 is none.
fn separate(group: &Path) -> Option<f64> {
    let number = |name: &str| read_to_string(group.join(name)).ok()?.trim().parse::<f64>().ok();
    let (quota, period) = (number("cpu.cfs_quota_us")?, number("cpu.cfs_period_us")?);
    (quota > 0.0 && period > 0.0).then(|| quota / period)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn system(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = root.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        root
    }

    fn status(list: &str) -> String {
        format!("Name:\tportico\nCpus_allowed:\tff\nCpus_allowed_list:\t{list}\nMems_allowed_list:\t0\n")
    }

    #[test]
    fn a_set_of_processors_counts() {
        for (list, expected) in [("0", 1), ("0-7", 8), ("0-3,8,10-11", 7)] {
            let root = system(&[("proc/self/status", &status(list)), ("proc/self/cgroup", "0::/\n")]);
            assert_eq!(threads_under(root.path()), Some(expected), "{list}");
        }
    }

    #[test]
    fn the_second_versions_quota_counts_rounded_up_and_through_all_groups() {
        for (own, above, expected) in [
            ("150000 100000", "max 100000", 2),
            ("50000 100000", "max 100000", 1),
            ("max 100000", "max 100000", 8),
            ("max 100000", "300000 100000", 3),
            ("800000 100000", "200000 100000", 2),
            ("9900000 100000", "max 100000", 8),
        ] {
            let root = system(&[
                ("proc/self/status", &status("0-7")),
                ("proc/self/cgroup", "0::/office.slice/portico.service\n"),
                ("sys/fs/cgroup/cgroup.controllers", "cpu memory\n"),
                ("sys/fs/cgroup/office.slice/cpu.max", above),
                ("sys/fs/cgroup/office.slice/portico.service/cpu.max", own),
            ]);
            assert_eq!(threads_under(root.path()), Some(expected), "{own} under {above}");
        }
    }

    #[test]
    fn a_container_that_sees_only_its_own_group_is_limited_by_it() {
        let root = system(&[
            ("proc/self/status", &status("0-7")),
            ("proc/self/cgroup", "0::/docker/0123abcd\n"),
            ("sys/fs/cgroup/cgroup.controllers", "cpu\n"),
            ("sys/fs/cgroup/cpu.max", "250000 100000"),
        ]);
        assert_eq!(threads_under(root.path()), Some(3));
    }

    #[test]
    fn the_first_versions_quota_counts_too() {
        for (quota, expected) in [("200000", 2), ("-1", 4), ("120000", 2)] {
            for folder in ["cpu,cpuacct", "cpu"] {
                let group = format!("sys/fs/cgroup/{folder}/box");
                let root = system(&[
                    ("proc/self/status", &status("0-3")),
                    ("proc/self/cgroup", "5:memory:/box\n4:cpu,cpuacct:/box\n1:name=systemd:/box\n0::/box\n"),
                    (&format!("{group}/cpu.cfs_quota_us"), quota),
                    (&format!("{group}/cpu.cfs_period_us"), "100000"),
                ]);
                assert_eq!(threads_under(root.path()), Some(expected), "{quota} in {folder}");
            }
        }
    }

    #[test]
    fn where_the_system_says_nothing_the_standard_library_is_asked() {
        assert_eq!(threads_under(system(&[]).path()), None);
        assert_eq!(threads_under(system(&[("proc/self/status", "Name: x\n")]).path()), None);
        assert!(available_threads() >= 1);
    }
}
