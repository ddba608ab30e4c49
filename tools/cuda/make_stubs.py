#!/usr/bin/env python3
"""Writes static stand-ins for the CUDA libraries, so that a binary built with them starts on machines without a driver.

usage: make_stubs.py CUDARC_SOURCE OUTPUT_FOLDER

Each function of a stand-in jumps through a table. The first call opens the real shared library and looks the function up;
where the library or the function is missing, the call returns that library's own error code instead. x86-64 Linux only;
needs gcc and ar.
"""

import re
import subprocess
import sys
from pathlib import Path

# Library, module of cudarc that declares its functions, names to open in turn, code for a library that is not there, code for
# a function that an older library lacks.
LIBRARIES = [
    ("cuda", "driver", ["libcuda.so.1"], 100, 500),
    ("cublas", "cublas", ["libcublas.so.13", "libcublas.so.12"], 1, 15),
    ("cublasLt", "cublaslt", ["libcublasLt.so.13", "libcublasLt.so.12"], 1, 15),
    ("curand", "curand", ["libcurand.so.10"], 203, 203),
    ("nvrtc", "nvrtc", ["libnvrtc.so.13", "libnvrtc.so.12"], 11, 11),
]

C_PART = """
#include <dlfcn.h>
#include <stddef.h>
#include <string.h>
static const char *const files[] = {{ {files}, 0 }};
static const char *const names[] = {{ {names} }};
__attribute__((visibility("hidden"))) void *{lib}_stub_table[{count}];
static int library_is_missing(void) {{ return {no_library}; }}
static int function_is_missing(void) {{ return {no_function}; }}
static const char *text_is_missing(void) {{ return "{lib}: library or function not found"; }}

/* These return a text where all others return a status. */
static int returns_text(const char *name) {{
  const char *const texts[] = {{ "nvrtcGetErrorString", "cublasGetStatusName", "cublasGetStatusString",
                                 "cublasLtGetStatusName", "cublasLtGetStatusString" }};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    if (!strcmp(name, texts[i])) return 1;
  return 0;
}}

/* Threads may race here: each finds the same address and stores it whole. */
__attribute__((visibility("hidden"))) void *{lib}_stub_find(size_t i) {{
  void *library = 0;
  for (int k = 0; files[k] && !library; k++) library = dlopen(files[k], RTLD_LAZY | RTLD_LOCAL);
  void *found = library ? dlsym(library, names[i]) : 0;
  if (!found && returns_text(names[i])) found = (void *)text_is_missing;
  if (!found) found = library ? (void *)function_is_missing : (void *)library_is_missing;
  __atomic_store_n(&{lib}_stub_table[i], found, __ATOMIC_RELEASE);
  return found;
}}
"""

ENTRY = """
.globl {name}
.type {name}, @function
{name}:
  movq {lib}_stub_table+{offset}(%rip), %r11
  testq %r11, %r11
  je 1f
  jmp *%r11
1:
  movq ${index}, %r11
  jmp {lib}_stub_slow
.size {name}, .-{name}
"""

REGISTERS = ["rdi", "rsi", "rdx", "rcx", "r8", "r9", "rax"]


def slow_path(lib):
    """Keeps every register that may hold an argument while the function is looked up, then goes on to it."""
    saved = "".join(f"  pushq %{r}\n" for r in REGISTERS) + "  subq $128, %rsp\n"
    saved += "".join(f"  movups %xmm{i}, {16 * i}(%rsp)\n" for i in range(8))
    restored = "".join(f"  movups {16 * i}(%rsp), %xmm{i}\n" for i in range(8)) + "  addq $128, %rsp\n"
    restored += "".join(f"  popq %{r}\n" for r in reversed(REGISTERS))
    call = f"  movq %r11, %rdi\n  call {lib}_stub_find\n  movq %rax, %r11\n"
    return f".type {lib}_stub_slow, @function\n{lib}_stub_slow:\n{saved}{call}{restored}  jmp *%r11\n"


def write(source, out, lib, module, files, no_library, no_function):
    declared = (source / "src" / module / "sys" / "mod.rs").read_text()
    names = sorted(set(re.findall(r"^pub unsafe fn ((?:cu|nvrtc)\w+)\(", declared, re.M)) - {"culib"})
    if not names:
        sys.exit(f"{source}: no functions of {module} found; is this cudarc's source folder?")
    quoted = lambda words: ", ".join(f'"{word}"' for word in words)
    (out / f"{lib}_find.c").write_text(
        C_PART.format(
            lib=lib, files=quoted(files), names=quoted(names), count=len(names),
            no_library=no_library, no_function=no_function,
        )
    )
    entries = "".join(ENTRY.format(name=n, lib=lib, offset=8 * i, index=i) for i, n in enumerate(names))
    end = '.section .note.GNU-stack,"",@progbits\n'
    (out / f"{lib}_jump.S").write_text(".text\n" + entries + slow_path(lib) + end)
    objects = []
    for part in (f"{lib}_find.c", f"{lib}_jump.S"):
        objects.append(out / (part + ".o"))
        subprocess.check_call(["gcc", "-O2", "-fPIC", "-c", out / part, "-o", objects[-1]])
    archive = out / f"lib{lib}.a"
    archive.unlink(missing_ok=True)
    subprocess.check_call(["ar", "crs", archive, *objects])
    print(f"{archive}: {len(names)} functions")


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    source, out = Path(sys.argv[1]), Path(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)
    for library in LIBRARIES:
        write(source, out, *library)


if __name__ == "__main__":
    main()
