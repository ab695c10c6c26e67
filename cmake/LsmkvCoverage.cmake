# lsmkv_add_coverage_gate(): one test that runs every test program of an
# LSMKV_COVERAGE build and fails if they reach too little of the engine.
function(lsmkv_add_coverage_gate)
  get_property(programs GLOBAL PROPERTY lsmkv_test_programs)
  set(list ${CMAKE_BINARY_DIR}/coverage-programs.txt)
  list(TRANSFORM programs REPLACE "(.+)" "$<TARGET_FILE:\\1>")
  list(JOIN programs "\n" lines)
  file(GENERATE OUTPUT ${list} CONTENT "${lines}\n")
  add_test(NAME ${LSMKV_TEST_PREFIX}engine
    COMMAND ${PROJECT_SOURCE_DIR}/tests/coverage --programs ${list}
            --profiles ${CMAKE_BINARY_DIR}/profiles
            --report ${CMAKE_BINARY_DIR}/coverage.txt)
  set_tests_properties(${LSMKV_TEST_PREFIX}engine PROPERTIES
    TIMEOUT 900 LABELS coverage PROCESSORS 2)
endfunction()
