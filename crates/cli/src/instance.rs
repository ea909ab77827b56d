//! The name that this process leaves on its marks, for others to know whom to ask.

/// Host and process.
pub(crate) fn name() -> String {
    let process = format!("process {}", std::process::id());
    host().map_or(process.clone(), |host| format!("{host}, {process}"))
}

#[cfg(unix)]
fn host() -> Option<String> {
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    (!name.is_empty()).then_some(name)
}

#[cfg(not(unix))]
fn host() -> Option<String> {
    std::env::var("COMPUTERNAME").ok().filter(|name| !name.is_empty())
}
