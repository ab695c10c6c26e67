# lsmkv_warnings: the warnings our own code is built with. Link it PRIVATE, and
# never to generated code.
option(LSMKV_WERROR "Treat warnings as errors" OFF)
add_library(lsmkv_warnings INTERFACE)
target_compile_options(lsmkv_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor
  -Woverloaded-virtual
  $<$<CXX_COMPILER_ID:Clang>:-Wthread-safety>
  $<$<BOOL:${LSMKV_WERROR}>:-Werror>)

# address, undefined, thread: given as a list, applied to everything we build.
set(LSMKV_SANITIZE "" CACHE STRING "Sanitizers to build with, comma separated")
if(LSMKV_SANITIZE)
  add_compile_options(-fsanitize=${LSMKV_SANITIZE} -fno-omit-frame-pointer
                      -fno-sanitize-recover=all)
  # It looks at memory through a pipe, and so fails where file descriptors run
  # out, which a test arranges.
  add_compile_options($<$<CXX_COMPILER_ID:Clang>:-fno-sanitize=vptr>)
  add_link_options(-fsanitize=${LSMKV_SANITIZE})
  # Memory that we hand on by ourselves would hide from it who still uses it.
  add_compile_definitions(LSMKV_SANITIZED)
endif()

# Tells libFuzzer what an input reached. Only tests/fuzz links its main().
if(LSMKV_BUILD_FUZZERS)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# Tests that count their work do less of it here: tests/support/test_scale.h.
if(LSMKV_SANITIZE)
  add_compile_definitions(LSMKV_REDUCED_TESTS)
  if(LSMKV_SANITIZE MATCHES thread)
    add_compile_definitions(LSMKV_THREAD_SANITIZER)
  endif()
endif()
