//! What a mount is: a way to run a case.

use crate::case::Case;
use crate::outcome::Outcome;

/// One way to run the cases.
///
/// A driver's mount does for each case what its user would do. It starts a socket that plays, on its nth connection,
/// the [script](crate::reply::Canned::script) of [`Case::answer`] (every reply says `connection: close`, so a request is
/// a connection); makes a client of `case.login` (dialect, secrets and held state) against the socket's origin, with
/// a total time of a second or two where the reply never ends; asks for a token, registers, or calls the API at
/// `/api`; and returns what came of it, with what is held afterwards and the requests that the socket saw.
pub trait Mount: Sync {
    /// The column's name.
    fn name(&self) -> &str;

    /// Why this mount cannot run the case; `None` if it can.
    fn skips(&self, _case: &Case) -> Option<&'static str> {
        None
    }

    /// The mount whose outcomes this one's must equal, also where a vector leaves room.
    fn reference(&self) -> Option<&dyn Mount> {
        None
    }

    /// Runs one case.
    fn login(&self, case: &Case) -> Outcome;
}
