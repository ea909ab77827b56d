//! How long a record is worth keeping.

use core::time::Duration;

use hallpass_core::lifecycle::Record;

/// What a record may outlive its use by.
const MARGIN: Duration = Duration::from_hours(24);

/// Longer lives are kept for good.
const LONGEST: Duration = Duration::from_hours(10 * 366 * 24);

/// For how long to keep `record`; `None` is for good. What a login cannot get again is kept for good.
pub(super) fn life(record: &Record) -> Option<Duration> {
    let held = &record.held;
    if held.refresh_token.is_some() || held.user_key.is_some() || record.spending.is_some() {
        return None;
    }
    let grant = match &record.grant {
        Some(grant) => grant.life?,
        None => Duration::ZERO,
    };
    let closed = record.closed.as_ref().map_or(Duration::ZERO, |closed| closed.wait);
    Some(grant.max(closed).saturating_add(MARGIN)).filter(|life| *life < LONGEST)
}
