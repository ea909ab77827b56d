//! What is about calls to an API, on each middleware.

mod tower {
    hallpass_conformance::mount_calls!(hallpass_conformance::Tower;
        egress { an_unlisted_origin_sees_nothing odd_hosts_are_refused no_pair_is_mistaken });
}

mod ureq {
    hallpass_conformance::mount_calls!(hallpass_conformance::Ureq;
        egress { an_unlisted_origin_sees_nothing odd_hosts_are_refused no_pair_is_mistaken });

    /// It frames what it can repeat.
    #[test]
    fn nothing_is_a_body_too() {
        hallpass_conformance::suite::wire::nothing_is_a_body_too::<hallpass_conformance::Ureq>();
    }
}

/// It has read the URL before the middleware sees it, so what is odd to hallpass has become plain.
mod reqwest {
    hallpass_conformance::mount_calls!(hallpass_conformance::ReqwestMiddleware;
        egress { an_unlisted_origin_sees_nothing });
}
