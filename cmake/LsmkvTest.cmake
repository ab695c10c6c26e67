# lsmkv_add_test(NAME <name> SOURCES <file>... [LIBS <target>...]
#                [LABELS <label>...] [TIMEOUT <seconds>] [HOOKS])
#
# One gtest executable, and one ctest test for each fact in it; under a
# sanitizer, one for all. The facts are listed when ctest starts, not when the
# executable is linked: a build never runs what it built.
#   LIBS     what is under test; gtest, gmock, the test support library and
#            the warnings are always there.
#   LABELS   default "unit". Others in use: model, crash, sim, e2e, slow, long.
#            "long" is left out of tests/run unless it is asked for.
#   TIMEOUT  for one fact; default 120 seconds. A sanitizer has longer.
#   HOOKS    link the engine that has hooks for tests (deliberate bugs, the
#            scheduler) instead of the plain one; LIBS must not name an engine.
include(GoogleTest)

# Told apart in one summary: tests/run gives the sanitizer builds "asan." and
# "tsan." here.
set(LSMKV_TEST_PREFIX "" CACHE STRING "What every test's name starts with")

function(lsmkv_add_test)
  if(LSMKV_BUILD_FUZZERS)
    return()  # a build of fuzzers has no other test
  endif()
  cmake_parse_arguments(PARSE_ARGV 0 arg "HOOKS" "NAME;TIMEOUT"
                        "SOURCES;LIBS;LABELS")
  if(NOT arg_NAME OR NOT arg_SOURCES)
    message(FATAL_ERROR "lsmkv_add_test needs NAME and SOURCES")
  endif()
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR
      "lsmkv_add_test(${arg_NAME}): unknown: ${arg_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT arg_LABELS)
    set(arg_LABELS unit)
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  set(support lsmkv_test_support)
  if(arg_HOOKS)
    set(support lsmkv_test_support_hooks)
  endif()
  add_executable(${arg_NAME} ${arg_SOURCES})
  set_target_properties(${arg_NAME} PROPERTIES LSMKV_SUPPORT ${support})
  target_include_directories(${arg_NAME} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${arg_NAME} PRIVATE
    ${arg_LIBS}
    $<TARGET_NAME_IF_EXISTS:${support}>
    GTest::gtest_main GTest::gmock lsmkv_warnings)
  target_precompile_headers(${arg_NAME} REUSE_FROM ${support})
  if(LSMKV_SANITIZE)
    lsmkv_add_program_test(${arg_NAME} "${arg_LABELS}")
    return()
  endif()
  gtest_discover_tests(${arg_NAME}
    TEST_PREFIX "${LSMKV_TEST_PREFIX}${arg_NAME}."
    TEST_LIST ${arg_NAME}_facts
    DISCOVERY_MODE PRE_TEST
    DISCOVERY_TIMEOUT 60
    PROPERTIES TIMEOUT ${arg_TIMEOUT})
  # gtest_discover_tests keeps only the first of several labels, so they are
  # set by a script that ctest reads after the list of facts.
  set(labels_file ${CMAKE_CURRENT_BINARY_DIR}/${arg_NAME}_labels.cmake)
  file(WRITE ${labels_file}
    "foreach(fact IN LISTS ${arg_NAME}_facts)\n"
    "  set_tests_properties(\"\${fact}\" PROPERTIES LABELS"
    " \"${arg_LABELS}\")\n"
    "endforeach()\n")
  set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES ${labels_file})
endfunction()

# One ctest test for all facts of a program: thousands of processes that each
# start slowly would be most of a sanitizer's time.
function(lsmkv_add_program_test program labels)
  set(test ${LSMKV_TEST_PREFIX}${program})
  add_test(NAME ${test} COMMAND ${program} --gtest_brief=1)
  set_tests_properties(${test} PROPERTIES LABELS "${labels}" TIMEOUT 900)
  lsmkv_cover_test(${test} ${program})
endfunction()

# lsmkv_add_bug_check(BUG <name> TEST <name> [FILTER <gtest filter>])
#
# Proves that TEST, which lsmkv_add_test made, notices a deliberate bug of the
# engine (engine/src/util/deliberate_bug.h): TEST is linked once more, with the
# engine that has hooks, and must fail when the bug is on.
function(lsmkv_add_bug_check)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "BUG;TEST;FILTER" "")
  if(NOT arg_FILTER)
    set(arg_FILTER "*")
  endif()
  set_property(GLOBAL APPEND PROPERTY lsmkv_bugs ${arg_BUG})
  set(program ${arg_TEST})
  get_target_property(support ${arg_TEST} LSMKV_SUPPORT)
  if(support STREQUAL lsmkv_test_support)
    set(program ${arg_TEST}_hooks)
    if(NOT TARGET ${program})
      get_target_property(sources ${arg_TEST} SOURCES)
      get_target_property(folder ${arg_TEST} SOURCE_DIR)
      list(TRANSFORM sources PREPEND ${folder}/ REGEX "^[^/]")
      add_executable(${program} ${sources})
      target_include_directories(${program} PRIVATE ${PROJECT_SOURCE_DIR})
      target_link_libraries(${program} PRIVATE lsmkv::engine_hooks
        lsmkv_test_support_hooks GTest::gtest_main GTest::gmock lsmkv_warnings)
      target_precompile_headers(${program} REUSE_FROM lsmkv_test_support_hooks)
    endif()
  endif()
  add_test(NAME ${LSMKV_TEST_PREFIX}bugs.${arg_BUG}
    COMMAND ${PROJECT_SOURCE_DIR}/tests/engine/fault/check_bug.py
            --bug ${arg_BUG} --program $<TARGET_FILE:${program}>
            --filter ${arg_FILTER})
  set_tests_properties(${LSMKV_TEST_PREFIX}bugs.${arg_BUG} PROPERTIES
    TIMEOUT 600 LABELS bugs)
endfunction()
