//! Fuzzes [`hallpass_fuzzing::lifecycle()`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| hallpass_fuzzing::lifecycle(data));
