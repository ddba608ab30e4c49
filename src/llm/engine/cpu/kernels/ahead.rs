//! Asking for memory before it is needed.
#![cfg_attr(target_arch = "x86_64", expect(unsafe_code, reason = "the instruction takes an address"))]

/// Asks for the line that `number` is in to be brought into the second-level cache. Nothing else comes of it.
pub(super) fn fetch<T>(number: &T) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: fetching ahead changes nothing that a program could see.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T1>(std::ptr::from_ref(number).cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = number;
}
