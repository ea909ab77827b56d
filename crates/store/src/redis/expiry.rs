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

#[cfg(test)]
mod tests {
    use hallpass_core::UtcDateTime;
    use hallpass_core::dialect::Held;
    use hallpass_core::lifecycle::{Closed, Revision};

    use super::*;

    #[test]
    fn what_is_of_no_more_use_goes_a_day_later_and_what_is_of_use_for_long_stays() {
        let closed = |wait| Closed { since: UtcDateTime::UNIX_EPOCH, wait, strikes: 1, salt: 2, digest: 3, why: None };
        let record = |wait| Record { closed: Some(closed(wait)), ..Record::new(Revision(1), Held::default()) };
        assert_eq!(life(&Record::new(Revision(1), Held::default())), Some(MARGIN));
        assert_eq!(life(&record(Duration::from_secs(5))), Some(MARGIN + Duration::from_secs(5)));
        let ten_years = Duration::from_hours((10 * 366 - 1) * 24);
        assert_eq!(life(&record(ten_years)), None);
        let less = Duration::from_hours((10 * 366 - 2) * 24);
        assert_eq!(life(&record(less)), Some(less + MARGIN));
    }
}
