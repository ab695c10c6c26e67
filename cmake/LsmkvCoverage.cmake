# Which lines and branches of the engine its tests reach. A build with sanitizers
# measures it too, as it runs the same tests.
option(LSMKV_COVERAGE "Measure the coverage of the engine (clang)" OFF)

# lsmkv_cover(<target>): counts what is reached in its files.
function(lsmkv_cover target)
  if(LSMKV_COVERAGE)
    target_compile_options(${target} PRIVATE
      -fprofile-instr-generate -fcoverage-mapping)
    target_link_options(${target} PUBLIC -fprofile-instr-generate)
  endif()
endfunction()

# lsmkv_cover_test(<test> <program>): what the test reaches counts.
function(lsmkv_cover_test test program)
  if(LSMKV_COVERAGE)
    set_property(GLOBAL APPEND PROPERTY lsmkv_covering_programs ${program})
    # One profile a program, merged (%m) by all the processes it starts.
    set(profile ${CMAKE_BINARY_DIR}/profiles/${program}.%m.profraw)
    set_tests_properties(${test} PROPERTIES
      ENVIRONMENT "LLVM_PROFILE_FILE=${profile}"
      FIXTURES_REQUIRED coverage_begun FIXTURES_SETUP coverage)
  endif()
endfunction()

# lsmkv_add_coverage_gate(): a test that fails if the tests reach too little.
function(lsmkv_add_coverage_gate)
  if(NOT LSMKV_COVERAGE)
    return()
  endif()
  get_property(programs GLOBAL PROPERTY lsmkv_covering_programs)
  set(list ${CMAKE_BINARY_DIR}/coverage-programs.txt)
  list(TRANSFORM programs REPLACE "(.+)" "$<TARGET_FILE:\\1>")
  list(JOIN programs "\n" lines)
  file(GENERATE OUTPUT ${list} CONTENT "${lines}\n")
  set(begin ${LSMKV_TEST_PREFIX}coverage_begin)
  add_test(NAME ${begin}
    COMMAND ${CMAKE_COMMAND} -E rm -rf ${CMAKE_BINARY_DIR}/profiles)
  set_tests_properties(${begin} PROPERTIES
    FIXTURES_SETUP coverage_begun LABELS coverage)
  set(gate ${LSMKV_TEST_PREFIX}coverage)
  add_test(NAME ${gate}
    COMMAND ${PROJECT_SOURCE_DIR}/tests/coverage --programs ${list}
            --profiles ${CMAKE_BINARY_DIR}/profiles
            --report ${CMAKE_BINARY_DIR}/coverage.txt)
  set_tests_properties(${gate} PROPERTIES
    FIXTURES_REQUIRED coverage TIMEOUT 300 LABELS coverage)
endfunction()
