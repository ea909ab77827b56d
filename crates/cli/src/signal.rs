//! Signals as this process was started with them, and the one that a limit on files sends.

/// From now on a write beyond what a file may have (`ulimit -f`) fails, where it would have ended this process amid a save.
/// A program that is run has the signal as ever: what is handled is reset for it, unlike what is ignored.
pub(crate) fn survive_long_files() {
    #[cfg(unix)]
    unix::survive_long_files();
}

#[cfg(unix)]
pub(crate) use unix::Ignored;

#[cfg(unix)]
mod unix {
    use std::sync::Once;

    use signal_hook::consts::SIGXFSZ;
    use signal_hook::flag;

    pub(super) fn survive_long_files() {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| {
            if !Ignored::read().has(SIGXFSZ) {
                // Nobody reads the flag: what counts is that there is a handler. Without one it is as it was.
                let _ = flag::register(SIGXFSZ, std::sync::Arc::default());
            }
        });
    }

    /// The signals that whoever started this process wanted ignored, as `nohup` does: one bit each. They stay so, for
    /// programs that are run too.
    #[derive(Clone, Copy)]
    pub(crate) struct Ignored(u64);

    impl Ignored {
        pub(crate) fn read() -> Self {
            let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
            let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
            Self(mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default())
        }

        pub(crate) fn has(self, signal: i32) -> bool {
            self.0 >> (signal - 1) & 1 == 1
        }
    }
}
