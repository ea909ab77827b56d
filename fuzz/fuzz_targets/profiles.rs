//! Fuzzes [`hallpass_fuzzing::profiles()`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| hallpass_fuzzing::profiles(data));
