//! Fuzzes [`hallpass_fuzzing::wire()`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| hallpass_fuzzing::wire(data));
