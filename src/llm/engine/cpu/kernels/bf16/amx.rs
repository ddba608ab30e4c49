//! Tiles by AMX, whose tile registers hold 16 rows of 64 bytes and multiply 16 × 32 by 32 × 16 numbers at once.
//!
//! The instructions have no stable intrinsics, so they are written as assembly. Between [`configure`] and [`release`]
//! tile registers hold nothing that outlives a call of [`sum`].
#![expect(unsafe_code, reason = "AMX instructions are reached by assembly alone")]

use super::chunk::{Blocks, CHUNK_PAIRS, LeftChunk, RightChunk, TILE_COLUMNS, TILE_ROWS};
use crate::llm::engine::cpu::kernels::target::Tile;
use std::arch::asm;
use std::sync::OnceLock;

/// Whether this processor has AMX for bf16, and the system lets this process use it.
pub(super) fn is_usable() -> bool {
    static USABLE: OnceLock<bool> = OnceLock::new();
    *USABLE.get_or_init(|| has_instructions() && is_permitted() && super::avx512::is_usable())
}

/// Whether the processor lists AMX-TILE and AMX-BF16 (CPUID, leaf 7, EDX bits 24 and 22).
fn has_instructions() -> bool {
    let leaf = std::arch::x86_64::__cpuid_count(7, 0);
    leaf.edx & (1 << 24) != 0 && leaf.edx & (1 << 22) != 0
}

/// Asks Linux for the memory that tile registers take when a thread is suspended; it saves them only for processes that
/// have asked.
#[cfg(target_os = "linux")]
fn is_permitted() -> bool {
    const ARCH_PRCTL: i64 = 158;
    const ARCH_REQ_XCOMP_PERM: i64 = 0x1023;
    const XFEATURE_XTILEDATA: i64 = 18;
    let mut answer = ARCH_PRCTL;
    // SAFETY: the system call changes nothing but what this process may use; it overwrites rax, rcx and r11.
    unsafe {
        asm!(
            "syscall",
            inout("rax") answer,
            in("rdi") ARCH_REQ_XCOMP_PERM,
            in("rsi") XFEATURE_XTILEDATA,
            lateout("rcx") _,
            lateout("r11") _,
            options(nostack)
        );
    }
    answer == 0
}

#[cfg(not(target_os = "linux"))]
fn is_permitted() -> bool {
    false
}

/// What `ldtilecfg` reads.
#[repr(C, align(64))]
struct Shape {
    palette: u8,
    start_row: u8,
    reserved: [u8; 14],
    /// Bytes of a row of each tile.
    row_bytes: [u16; 16],
    rows: [u8; 16],
}

/// All eight tiles are 16 rows of 64 bytes.
static SHAPE: Shape = Shape {
    palette: 1,
    start_row: 0,
    reserved: [0; 14],
    row_bytes: [64, 64, 64, 64, 64, 64, 64, 64, 0, 0, 0, 0, 0, 0, 0, 0],
    rows: [16, 16, 16, 16, 16, 16, 16, 16, 0, 0, 0, 0, 0, 0, 0, 0],
};

/// Sets the shapes of this thread's tiles.
///
/// # Safety
/// AMX is usable.
pub(super) unsafe fn configure() {
    // SAFETY: `SHAPE` is 64 bytes of the layout that palette 1 prescribes.
    unsafe { asm!("ldtilecfg [{shape}]", shape = in(reg) &raw const SHAPE, options(nostack, readonly)) };
}

/// Gives this thread's tiles back.
///
/// # Safety
/// AMX is usable.
pub(super) unsafe fn release() {
    // SAFETY: the instruction touches tile registers alone.
    unsafe { asm!("tilerelease", options(nostack, nomem)) };
}

/// Assembly of a sum: tiles 0 to 3 are sums, 4 and 5 blocks of the left factor, 6 and 7 halves of a panel.
macro_rules! sum {
    ($left:expr, $lower:expr, $right:expr, $chunks:expr, $fresh:expr, $sums:expr, $stride:expr,
     $load:literal, $zero:literal, $multiply:literal, $store:literal) => {
        asm!(
            "test {fresh:e}, {fresh:e}",
            "jnz 2f",
            $load,
            "jmp 3f",
            "2:",
            $zero,
            "3:",
            $multiply,
            "add {left}, 1024",
            "add {lower}, 1024",
            "add {right}, 2048",
            "dec {chunks}",
            "jnz 3b",
            $store,
            left = inout(reg) $left => _,
            lower = inout(reg) $lower => _,
            right = inout(reg) $right => _,
            chunks = inout(reg) $chunks => _,
            fresh = in(reg) u32::from($fresh),
            sums = in(reg) $sums,
            below = in(reg) $sums.wrapping_add(TILE_ROWS * $stride),
            row = in(reg) 4 * $stride,
            left_row = in(reg) 64usize,
            right_row = in(reg) 128usize,
            out("tmm0") _, out("tmm1") _, out("tmm2") _, out("tmm3") _,
            out("tmm4") _, out("tmm5") _, out("tmm6") _, out("tmm7") _,
            options(nostack)
        )
    };
}

/// See [`super::unit::Session::sum`], which checks that the blocks fit.
///
/// # Safety
/// AMX is usable, and this thread's tiles are configured.
#[expect(clippy::too_many_lines, reason = "one list of instructions for two blocks, and one for one")]
pub(super) unsafe fn sum(blocks: Blocks, right: &[RightChunk], fresh: bool, tile: &mut Tile) {
    const { assert!(size_of::<LeftChunk>() == 1024 && size_of::<RightChunk>() == 2048) };
    const { assert!(TILE_ROWS == 16 && TILE_COLUMNS == 32 && CHUNK_PAIRS == 16) };
    let chunks = blocks.chunks();
    let (left, right) = (blocks.upper.as_ptr(), right.as_ptr());
    let (sums, stride) = (tile.start(), tile.stride());
    match blocks.lower {
        // SAFETY: the factors have `chunks` chunks and the tile has all rows of the blocks, as the caller checked.
        Some(lower) => unsafe {
            sum!(
                left,
                lower.as_ptr(),
                right,
                chunks,
                fresh,
                sums,
                stride,
                "tileloadd tmm0, [{sums} + {row}]
                 tileloadd tmm1, [{sums} + {row} + 64]
                 tileloadd tmm2, [{below} + {row}]
                 tileloadd tmm3, [{below} + {row} + 64]",
                "tilezero tmm0
                 tilezero tmm1
                 tilezero tmm2
                 tilezero tmm3",
                "tileloadd tmm4, [{left} + {left_row}]
                 tileloadd tmm6, [{right} + {right_row}]
                 tdpbf16ps tmm0, tmm4, tmm6
                 tileloadd tmm7, [{right} + {right_row} + 64]
                 tdpbf16ps tmm1, tmm4, tmm7
                 tileloadd tmm5, [{lower} + {left_row}]
                 tdpbf16ps tmm2, tmm5, tmm6
                 tdpbf16ps tmm3, tmm5, tmm7",
                "tilestored [{sums} + {row}], tmm0
                 tilestored [{sums} + {row} + 64], tmm1
                 tilestored [{below} + {row}], tmm2
                 tilestored [{below} + {row} + 64], tmm3"
            );
        },
        // SAFETY: likewise.
        None => unsafe {
            sum!(
                left,
                left,
                right,
                chunks,
                fresh,
                sums,
                stride,
                "tileloadd tmm0, [{sums} + {row}]
                 tileloadd tmm1, [{sums} + {row} + 64]",
                "tilezero tmm0
                 tilezero tmm1",
                "tileloadd tmm4, [{left} + {left_row}]
                 tileloadd tmm6, [{right} + {right_row}]
                 tdpbf16ps tmm0, tmm4, tmm6
                 tileloadd tmm7, [{right} + {right_row} + 64]
                 tdpbf16ps tmm1, tmm4, tmm7",
                "tilestored [{sums} + {row}], tmm0
                 tilestored [{sums} + {row} + 64], tmm1
                 /* {below} */"
            );
        },
    }
}
