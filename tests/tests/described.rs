//! The suite on both drivers, with every dialect described in data.

mod blocking {
    hallpass_conformance::mount!(hallpass_conformance::Described<hallpass_conformance::Blocking>);
}

mod asynchronous {
    hallpass_conformance::mount!(hallpass_conformance::Described<hallpass_conformance::Async>);
}
