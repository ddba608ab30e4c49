//! The machine this process runs on: its processors, its memory, and bytes as people write and read them.

/// Number of processors that this process may use; 1 if the system does not say.
pub fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// The processors that this process may use, as the system lists them; `None` if it does not say.
pub fn processors_allowed() -> Option<String> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let list = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:"))?;
    Some(list.trim().to_owned())
}

/// The name of this machine in its network; `None` if it has none.
pub fn name() -> Option<String> {
    Some(gethostname::gethostname().to_string_lossy().into_owned()).filter(|name| !name.is_empty())
}

/// A number of GiB as bytes.
pub fn gibibytes(amount: f64) -> u64 {
    (amount * f64::from(1 << 30)) as u64
}

/// Bytes that this process can still get: what the system has free, or what its group's limit leaves; `None` if neither
/// is known.
pub fn available() -> Option<u64> {
    [free(), left_to_group()].into_iter().flatten().min()
}

/// Bytes that the control group this process sees as its own still has.
fn left_to_group() -> Option<u64> {
    let read =
        |name: &str| std::fs::read_to_string(format!("/sys/fs/cgroup/memory.{name}")).ok()?.trim().parse::<u64>().ok();
    Some(read("max")?.saturating_sub(read("current")?))
}

fn free() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}

/// A number of bytes, formatted for people.
pub fn readable(bytes: u64) -> String {
    let mut amount = bytes as f64;
    for unit in ["bytes", "KiB", "MiB", "GiB"] {
        if amount < 1024.0 {
            return if unit == "bytes" { format!("{bytes} bytes") } else { format!("{amount:.1} {unit}") };
        }
        amount /= 1024.0;
    }
    format!("{amount:.1} TiB")
}

/// A number of GiB, as bytes, from an argument of the command line.
pub fn parse_gibibytes(text: &str) -> Result<u64, String> {
    let amount: f64 = text.parse().map_err(|_| "expected a number of GiB".to_string())?;
    let bytes = amount * f64::from(1 << 30);
    if bytes.is_finite() && bytes >= 1.0 { Ok(bytes as u64) } else { Err("expected a number above 0".into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gibibytes_are_read() {
        assert_eq!((parse_gibibytes("2"), parse_gibibytes("0.5")), (Ok(2 << 30), Ok(1 << 29)));
        for wrong in ["0", "-1", "nan", "inf", "two"] {
            assert!(parse_gibibytes(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn bytes_read_well() {
        assert_eq!(
            (readable(900), readable(1536), readable(3 << 40)),
            ("900 bytes".into(), "1.5 KiB".into(), "3.0 TiB".into())
        );
    }
}
