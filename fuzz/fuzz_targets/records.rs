//! Fuzzes [`hallpass_fuzzing::records()`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| hallpass_fuzzing::records(data));
