//! Fuzzes [`hallpass_fuzzing::replies()`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| hallpass_fuzzing::replies(data));
