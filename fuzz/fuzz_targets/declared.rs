//! Fuzzes [`hallpass_fuzzing::declared()`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| hallpass_fuzzing::declared(data));
