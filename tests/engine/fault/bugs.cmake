# Each deliberate bug (engine/src/util/deliberate_bug.h) and the test that it
# makes fail. The last test fails if a bug is missing here.
foreach(bug IN ITEMS
    tombstone_dropped_too_soon
    range_tombstone_dropped_too_soon
    compaction_forgets_snapshots
    filter_forgets_keys)
  lsmkv_add_bug_check(BUG ${bug} TEST model_test)
endforeach()

foreach(bug IN ITEMS
    acknowledged_before_sync
    directory_of_current_not_synced
    directory_of_log_not_synced
    directory_of_table_not_synced
    log_removed_before_flush_is_durable
    manifest_not_synced
    older_log_not_synced
    table_not_synced)
  lsmkv_add_bug_check(BUG ${bug} TEST crash_image_test
                      FILTER "*CrashImageTest*")
endforeach()

get_property(bugs GLOBAL PROPERTY lsmkv_bugs)
add_test(NAME ${LSMKV_TEST_PREFIX}bugs.all_have_a_test
  COMMAND ${CMAKE_CURRENT_LIST_DIR}/check_bug.py
          --covered ${PROJECT_SOURCE_DIR}/engine/src ${bugs})
